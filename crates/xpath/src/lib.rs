//! ODK XPath: turns an expression's text into a typed program, and evaluates it against a tree its caller offers.
//!
//! Form authors write expressions in the dialect of the [ODK XForms specification](https://getodk.github.io/xforms-spec):
//! XPath 1.0 with dates, select questions, repeats and lookups. Three steps, each a plain function or trait:
//!
//! 1. [`parse`] reads the text into an [`Expr`]: functions are a closed set with checked argument counts, every part
//!    knows its [`Span`], and size and depth are bounded, so that any text at all is safe to read.
//! 2. The forms engine walks [`references`] to draw its dependency graph, and replaces paths by [`Slot`]s it resolved
//!    beforehand with [`Expr::map_paths`]: evaluation then never walks a name.
//! 3. [`evaluate`] computes a [`Value`]. The tree comes through [`Tree`]; the clock, the zone, chance, lookups and the
//!    maintained aggregates come through [`Context`]. The same expression and context give the same value, always.
//!
//! It knows no form, no record and no clock. An off-the-shelf XPath 1.0 engine was weighed and left: none has the
//! dates, blanks and select questions of ODK, and none lets its caller answer a path from an index.
//!
//! Blank is the empty text: it is not a number, so arithmetic on it is not a number either, and it is never zero.

mod context;
mod error;
mod eval;
mod expr;
mod function;
mod lex;
mod literal;
mod moment;
mod number;
mod parse;
mod pattern;
mod print;
mod references;
mod tree;
mod value;

pub use context::{Aggregate, Context, Several};
pub use error::{Column, EvalError, ParseError, ParseFault, Span};
pub use eval::{evaluate, evaluate_boolean, evaluate_nodes, evaluate_number, evaluate_text, shuffle_by_seed};
pub use expr::{Axis, BinaryOperator, Expr, ExprKind, NodeTest, Path, QName, Slot, Standing, Start, Step};
pub use function::{Arity, Function};
pub use moment::{Moment, Precision};
pub use number::{format_number, parse_number};
pub use parse::{MAX_DEPTH, MAX_LENGTH, parse, parse_deferring};
pub use pattern::Pattern;
pub use references::{Enclosing, Reference, Target, Usage, references};
pub use tree::{NodeKind, Tree};
pub use value::{Kind, Text, Value};
