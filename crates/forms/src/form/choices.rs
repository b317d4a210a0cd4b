//! Where a select's choices come from, and which of them can be taken.

use std::collections::{BTreeMap, HashMap};

use super::{ExprId, Media, Message, Search};
use crate::lookups::Indexes;

/// A list of the form itself.
#[derive(Debug)]
pub(crate) struct ChoiceList {
    pub(crate) name: String,
    pub(crate) choices: Vec<ListedChoice>,
    /// The further columns that any choice has, sorted.
    pub(crate) columns: Vec<String>,
    /// The first choice with each code.
    pub(crate) by_code: HashMap<String, u32>,
    pub(crate) indexes: Indexes,
}

#[derive(Debug)]
pub(crate) struct ListedChoice {
    pub(crate) code: String,
    pub(crate) label: Message,
    pub(crate) image: Message,
    /// What else goes with its label.
    pub(crate) media: Media,
    pub(crate) extra: BTreeMap<String, String>,
}

impl ChoiceList {
    /// The choices whose column has exactly this text, in order.
    pub(crate) fn choices_where(&self, column: &str, wanted: &str) -> Vec<u32> {
        let place = match column {
            "name" => 0,
            _ => self.columns.iter().position(|known| known == column).map_or(usize::MAX, |place| place + 1),
        };
        let count = u32::try_from(self.choices.len()).unwrap_or(u32::MAX);
        self.indexes.rows_where(place, count, wanted, |choice| self.cell(choice, column))
    }

    /// The text of one cell: a further column, or `name`.
    pub(crate) fn cell(&self, choice: u32, column: &str) -> &str {
        let Some(choice) = self.choices.get(choice as usize) else { return "" };
        match column {
            "name" => &choice.code,
            _ => choice.extra.get(column).map_or("", String::as_str),
        }
    }
}

/// The choices of one select.
#[derive(Debug)]
pub(crate) struct ChoiceSource {
    pub(crate) from: ChoicesFrom,
    pub(crate) filter: Option<Filter>,
    pub(crate) order: Order,
}

/// In which order choices are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    AsListed,
    /// In another order in each record, and always the same one there.
    ByRecord,
    BySeed(ExprId),
}

#[derive(Debug)]
pub(crate) enum ChoicesFrom {
    /// A place in [`super::Form::lists`].
    List(usize),
    /// A table of the session's lookups, with the columns of code and label.
    Table { name: String, code: String, label: String },
    /// What is found in a table of the session's lookups.
    Search(Search),
    /// The nodes that an expression leads to.
    Nodes { nodes: ExprId, code: Vec<String>, label: LabelAt },
}

/// Where a choice that is a node has its label: names of elements from there.
#[derive(Debug)]
pub(crate) enum LabelAt {
    Path(Vec<String>),
    /// There stands the id of a text of the form.
    TextId(Vec<String>),
}

impl ChoiceSource {
    /// What decides which choices there are now, and in which order.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = ExprId> {
        let which: Vec<ExprId> = match &self.from {
            ChoicesFrom::Nodes { nodes, .. } => vec![*nodes],
            ChoicesFrom::Search(search) => search.expressions().collect(),
            ChoicesFrom::List(_) | ChoicesFrom::Table { .. } => self.filter.iter().map(Filter::expression).collect(),
        };
        let order = match self.order {
            Order::AsListed | Order::ByRecord => None,
            Order::BySeed(seed) => Some(seed),
        };
        which.into_iter().chain(order)
    }
}

/// What lets a choice through.
#[derive(Debug)]
pub(crate) enum Filter {
    /// `column = expression`, the usual one: found by an index, whatever the length of the list.
    Equal { column: String, value: ExprId },
    /// Anything else: computed for each choice, whose columns it reads by their number here.
    Each { condition: ExprId, columns: Vec<String> },
}

impl Filter {
    pub(crate) fn expression(&self) -> ExprId {
        match self {
            Self::Equal { value, .. } => *value,
            Self::Each { condition, .. } => *condition,
        }
    }
}
