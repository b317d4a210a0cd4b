//! A form ready to be filled in: an arena of nodes, its expressions compiled, and the graph of what depends on what.
//!
//! Nodes are told apart by number and stand in document order. A *scope* is the record itself or a repeat: every node
//! belongs to the innermost scope around it, and a session holds one set of cells for each row of a scope. What an
//! expression reads is found when the form is compiled, so that filling in never searches for a name.

use std::collections::{BTreeMap, HashMap};

use chaski_values::{FormId, FormVersion, NodePath};

use crate::Document;
use crate::kind::Kind;
use crate::problem::{FormErrors, Problem};
use crate::reading::Spans;
use crate::source::{DefinedRow, FormSource, Texts};
use crate::view::{Language, MediaNames};

pub(crate) use action::{Action, Given};
pub(crate) use choices::{ChoiceList, ChoiceSource, ChoicesFrom, Filter, LabelAt, ListedChoice, Order};
pub(crate) use compile::choices::columns_of_file;
pub(crate) use compile::looks_computed;
pub(crate) use doubts::doubts;
pub(crate) use expression::{Expression, Purpose, Read, Target, straightened};
pub(crate) use graph::{Aspect, Edge, Graph, Property};
pub(crate) use keep::{Keep, Misfit, StoredChoices, trace_from_odk, trace_to_odk};
pub(crate) use pages::Page;
pub(crate) use search::{Agreement, Search, columns as search_columns};
pub(crate) use text::{Message, Part, Piece, output, split, start_of_reference};

mod action;
mod choices;
mod compile;
mod doubts;
mod expression;
mod graph;
mod keep;
mod pages;
pub(crate) mod search;
mod text;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            pub(crate) fn at(self) -> usize {
                self.0 as usize
            }
        }
    };
}

number!(
    /// A node's place in document order.
    NodeId
);
number!(
    /// The record (0), or the rows of one repeat.
    ScopeId
);
number!(
    /// A compiled expression.
    ExprId
);

impl ScopeId {
    pub(crate) const RECORD: Self = Self(0);
}

/// A form, compiled: its nodes, expressions and their dependencies. Share it behind an `Arc`.
#[derive(Debug)]
pub struct Form {
    pub(crate) id: FormId,
    pub(crate) version: FormVersion,
    pub(crate) title: String,
    pub(crate) languages: Vec<Language>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) top: Vec<NodeId>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) lists: Vec<ChoiceList>,
    pub(crate) expressions: Vec<Expression>,
    pub(crate) targets: Vec<Target>,
    pub(crate) graph: Graph,
    pub(crate) pages: Vec<Page>,
    pub(crate) instance_name: Option<ExprId>,
    /// Texts that expressions look up.
    pub(crate) texts: BTreeMap<String, Message>,
    /// Documents that `instance()` reads, by name.
    pub(crate) documents: Vec<(String, Document)>,
    /// What `instance()` calls otherwise than its file is called.
    pub(crate) files: BTreeMap<String, String>,
    /// The questions of the record saved last that expressions read.
    pub(crate) last_saved: Vec<String>,
    /// Whether any value is words in a language.
    pub(crate) speaks: bool,
    /// By the node whose value changes: the nodes that get a value then, and which of their actions gives it.
    pub(crate) triggered: BTreeMap<NodeId, Vec<(NodeId, usize)>>,
    /// By the path in the form, without rows.
    pub(crate) by_path: HashMap<String, NodeId>,
}

/// A question, calculation, note, group or repeat.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) parent: Option<NodeId>,
    pub(crate) children: Vec<NodeId>,
    /// The scope whose rows hold this node; a repeat is held by the scope around it.
    pub(crate) scope: ScopeId,
    /// Its cell in each row of its scope.
    pub(crate) cell: usize,
    /// For a repeat: the scope of its rows.
    pub(crate) rows: Option<ScopeId>,
    /// The page it is on; nothing for what is never shown.
    pub(crate) page: Option<u32>,
    pub(crate) keep: Option<Keep>,
    /// What any text becomes that is computed or put here.
    pub(crate) cast: Cast,
    /// The node around it that makes it read-only, if any can.
    pub(crate) locked_by: Option<NodeId>,
    /// Whether the form says how many digits its decimal keeps.
    pub(crate) has_own_scale: bool,
    pub(crate) label: Message,
    pub(crate) hint: Message,
    pub(crate) guidance: Message,
    pub(crate) media: Media,
    pub(crate) required_message: Message,
    pub(crate) constraint_message: Message,
    pub(crate) relevant: Option<ExprId>,
    /// For a repeat: what each of its rows asks of itself, and is hidden alone when it does not hold.
    pub(crate) row_relevant: Option<ExprId>,
    pub(crate) required: Option<ExprId>,
    pub(crate) readonly: Option<ExprId>,
    pub(crate) constraint: Option<ExprId>,
    pub(crate) calculation: Option<Calculation>,
    pub(crate) repeat_count: Option<ExprId>,
    pub(crate) default: Option<Default>,
    pub(crate) choices: Option<ChoiceSource>,
    pub(crate) actions: Vec<Action>,
    /// For a repeat: the rows that a new record, or a new row around it, begins with.
    pub(crate) first_rows: Vec<DefinedRow>,
    /// For a repeat: no one adds or removes a row.
    pub(crate) is_fixed: bool,
    pub(crate) appearance: Vec<String>,
    pub(crate) parameters: BTreeMap<String, String>,
}

/// The files that are shown or played with a text, by language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) image: Texts,
    pub(crate) big_image: Texts,
    pub(crate) audio: Texts,
    pub(crate) video: Texts,
}

impl Media {
    /// As a language has them; as the default language has them, or any, where that one has none.
    pub(crate) fn names(&self, language: u16) -> Option<MediaNames> {
        let name = |texts: &Texts| {
            let found = texts.get(&language).or_else(|| texts.get(&0)).or_else(|| texts.values().next());
            found.cloned()
        };
        let names = MediaNames {
            image: name(&self.image),
            big_image: name(&self.big_image),
            audio: name(&self.audio),
            video: name(&self.video),
        };
        (names != MediaNames::default()).then_some(names)
    }
}

/// What the data type of a node makes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cast {
    Nothing,
    /// A whole number, without what stands after the point.
    Whole,
    /// The day of a moment.
    Day,
}

/// A calculation, and whether its value is computed anew or once and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calculation {
    Always(ExprId),
    /// Kept in the record when it first gives something: `once(…)`, and whatever asks the clock, chance or the record saved
    /// last.
    Once(ExprId),
}

/// What a question holds when its record or row is new.
#[derive(Debug, Clone)]
pub(crate) enum Default {
    Text(String),
    Computed(ExprId),
}

/// The rows a set of nodes lives in.
#[derive(Debug)]
pub(crate) struct Scope {
    /// The repeat; nothing for the record itself.
    pub(crate) repeat: Option<NodeId>,
    pub(crate) parent: Option<ScopeId>,
    /// The nodes it holds, by their cell.
    pub(crate) nodes: Vec<NodeId>,
    /// The repeats directly inside it.
    pub(crate) repeats: Vec<ScopeId>,
    /// How many scopes are around it.
    pub(crate) depth: u32,
    /// Its place among the repeats of its parent.
    pub(crate) ordinal: usize,
}

/// A form and what is doubtful in it.
pub(crate) struct Compiled {
    pub(crate) form: Form,
    pub(crate) warnings: Vec<Problem>,
}

/// Compiles a definition; problems are told where `spans` says their rows stand.
pub(crate) fn compile(source: &FormSource, spans: &Spans) -> Result<Compiled, FormErrors> {
    compile::compile(source, spans)
}

impl Form {
    /// Compiles a definition.
    ///
    /// # Errors
    /// With every problem found. A definition that [`crate::read_xlsx`] gave has none.
    pub fn from_source(source: &FormSource) -> Result<Self, FormErrors> {
        compile(source, &Spans::default()).map(|compiled| compiled.form)
    }

    pub fn id(&self) -> &FormId {
        &self.id
    }

    pub fn version(&self) -> FormVersion {
        self.version
    }

    /// What the form is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The languages it is written in, the default first.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// How many questions a person may be asked, those in repeats counted once.
    pub fn question_count(&self) -> usize {
        self.nodes.iter().filter(|node| node.kind.asked_as().is_some()).count()
    }

    /// Whether it asks what the record saved last holds: [`crate::Lookups::LAST_SAVED`].
    pub fn reads_last_saved(&self) -> bool {
        !self.last_saved.is_empty() || self.files.values().any(|file| file == crate::Lookups::LAST_SAVED)
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.at()]
    }

    pub(crate) fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.at()]
    }

    pub(crate) fn expression(&self, id: ExprId) -> &Expression {
        &self.expressions[id.at()]
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// The node a path leads to, whatever its rows.
    pub(crate) fn find(&self, path: &NodePath) -> Option<NodeId> {
        self.by_path.get(&path.in_form().to_string()).copied()
    }

    /// The innermost scope around both.
    pub(crate) fn common(&self, mut left: ScopeId, mut right: ScopeId) -> ScopeId {
        while left != right {
            let (l, r) = (self.scope(left), self.scope(right));
            if l.depth >= r.depth {
                left = l.parent.unwrap_or(ScopeId::RECORD);
            } else {
                right = r.parent.unwrap_or(ScopeId::RECORD);
            }
        }
        left
    }

    /// Whether `inner` is `outer` or inside it.
    pub(crate) fn is_within(&self, inner: ScopeId, outer: ScopeId) -> bool {
        self.common(inner, outer) == outer
    }
}

/// The children of a group or repeat that are drawn, or hold something that is.
pub(crate) fn shown_children(form: &Form, node: NodeId) -> Vec<NodeId> {
    pages::shown(&form.nodes, &form.node(node).children)
}
