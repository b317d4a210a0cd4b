//! Everything an evaluation asks of its caller besides the tree: the clock, chance, lookups and resolved paths.

use chaski_values::Timestamp;

use crate::error::EvalError;
use crate::expr::Slot;
use crate::tree::Tree;
use crate::value::{Text, Value};

/// A total over nodes that a caller may keep up to date, so that it need not be counted anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregate {
    Count,
    CountNonEmpty,
    Sum,
    Min,
    Max,
    /// The place of a repeat's row among its siblings, from 1.
    Position,
}

/// What to do where one value is needed and a path gives several nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Several {
    /// Refuse, naming two of them: which one was meant is for the author to say.
    Refuse,
    /// Take the first in document order, as XPath 1.0 has it.
    First,
}

/// The node of a context's tree.
pub(crate) type NodeOf<C> = <<C as Context>::Tree as Tree>::Node;

/// What an expression is evaluated in. Every answer must stay the same during one evaluation.
pub trait Context {
    type Tree: Tree;

    fn tree(&self) -> &Self::Tree;

    /// The node the expression belongs to: `.` outside predicates, and `current()`.
    fn current(&self) -> NodeOf<Self>;

    /// This moment.
    fn now(&self) -> Timestamp;

    /// The record's zone in minutes east of UTC; −300 in Peru.
    fn offset_minutes(&self) -> i16;

    /// A number from 0, below 1.
    fn random(&self) -> f64;

    /// A random UUID of version 4, in its usual form. The default draws it from [`Context::random`].
    fn uuid(&self) -> String {
        crate::eval::random_uuid(&mut || self.random())
    }

    /// How many steps the caller still allows: evaluations that each end soon may take long together.
    fn work_left(&self) -> u64 {
        u64::MAX
    }

    /// An evaluation is over, after so many steps.
    fn worked(&self, _steps: u64) {}

    /// What a resolved path leads to: a value where there is exactly one, nodes where there may be none or several.
    ///
    /// # Errors
    /// When the caller cannot answer.
    fn slot(&self, slot: Slot) -> Result<Value<NodeOf<Self>>, EvalError>;

    /// All nodes of a resolved path, for `count`, `sum` and the like, which need nodes.
    ///
    /// # Errors
    /// When the caller cannot answer.
    fn slot_nodes(&self, slot: Slot) -> Result<Vec<NodeOf<Self>>, EvalError>;

    /// A total over a resolved path that the caller maintains; `None`: it is counted from [`Context::slot_nodes`].
    fn aggregate(&self, _aggregate: Aggregate, _slot: Slot) -> Option<f64> {
        None
    }

    /// `indexed-repeat` over resolved paths: the question, and the row (from 1) of each repeat around it. `None`: it is
    /// found by walking the tree.
    fn indexed_repeat(&self, _question: Slot, _rows: &[(Slot, f64)]) -> Option<Value<NodeOf<Self>>> {
        None
    }

    /// The node that `instance('name')` stands for: the parent of the list's root element.
    fn instance(&self, _name: &str) -> Option<NodeOf<Self>> {
        None
    }

    /// The form's text of this id, in the session's language.
    fn itext(&self, _id: &str) -> Option<Text> {
        None
    }

    /// The label, in the session's language, of the choice with this code in the question at this path.
    fn choice_name(&self, _code: &str, _question: &str) -> Option<Text> {
        None
    }

    /// The cell in `column` of the row of `table` whose `key_column` is `key`; blank text when there is no such row.
    ///
    /// # Errors
    /// When the table or a column does not exist.
    fn pull_data(&self, table: &str, _column: &str, _key_column: &str, _key: &str) -> Result<Text, EvalError> {
        Err(EvalError::Unavailable { what: format!("there is no table `{table}` to pull data from") })
    }

    /// The message inside signed `text`, if the Ed25519 signature by `public_key` holds; blank otherwise.
    fn extract_signed(&self, _text: &str, _public_key: &str) -> Option<Text> {
        None
    }

    /// The value `once()` finds stored: by default that of the current node.
    fn stored(&self) -> Value<NodeOf<Self>> {
        self.tree().value(self.current())
    }

    fn several(&self) -> Several {
        Several::Refuse
    }

    /// The short name of a month, 1 to 12, for `%b`.
    fn month_abbreviation(&self, month: u32) -> &str {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        MONTHS.get((month as usize).wrapping_sub(1)).copied().unwrap_or("")
    }

    /// The short name of a day of the week, 0 for Sunday to 6, for `%a`.
    fn weekday_abbreviation(&self, weekday: u32) -> &str {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        DAYS.get(weekday as usize).copied().unwrap_or("")
    }
}
