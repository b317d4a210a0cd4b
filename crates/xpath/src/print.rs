//! An expression as text again: for messages, and for forms written out as XML. Reading it back gives the same program.

use std::fmt::{self, Display, Formatter, Write};

use crate::expr::{Axis, Expr, ExprKind, NodeTest, Path, QName, Start, Step};
use crate::number::format_number;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Text(text) => write_text(text, f),
            ExprKind::Pattern(pattern) => write_text(pattern.source(), f),
            ExprKind::Number(number) => f.write_str(&format_number(*number)),
            ExprKind::Negate(inner) => {
                f.write_char('-')?;
                operand(inner, 7, f)
            }
            ExprKind::Binary(operator, left, right) => {
                operand(left, operator.precedence(), f)?;
                write!(f, " {} ", operator.symbol())?;
                operand(right, operator.precedence() + 1, f)
            }
            ExprKind::And(terms) => chain(terms, " and ", 2, f),
            ExprKind::Or(terms) => chain(terms, " or ", 1, f),
            ExprKind::Union(terms) => chain(terms, " | ", 8, f),
            ExprKind::Path(path) => path.fmt(f),
            ExprKind::Slot(slot) => write!(f, "#{}", slot.0),
            ExprKind::Call(function, arguments) => call(function.name(), arguments, f),
            ExprKind::Unknown(name, _) if name.starts_with('$') => f.write_str(name),
            ExprKind::Unknown(name, arguments) => call(name, arguments, f),
        }
    }
}

/// How tightly the outermost operator of an expression binds.
fn precedence(expr: &Expr) -> u8 {
    match &expr.kind {
        ExprKind::Or(_) => 1,
        ExprKind::And(_) => 2,
        ExprKind::Binary(operator, _, _) => operator.precedence(),
        ExprKind::Negate(_) => 7,
        ExprKind::Union(_) => 8,
        // A negative number is written with the minus operator.
        ExprKind::Number(number) if number.is_sign_negative() => 7,
        ExprKind::Text(_)
        | ExprKind::Number(_)
        | ExprKind::Path(_)
        | ExprKind::Slot(_)
        | ExprKind::Call(..)
        | ExprKind::Pattern(_)
        | ExprKind::Unknown(..) => 9,
    }
}

fn operand(expr: &Expr, least: u8, f: &mut Formatter<'_>) -> fmt::Result {
    if precedence(expr) >= least { write!(f, "{expr}") } else { write!(f, "({expr})") }
}

fn chain(terms: &[Expr], between: &str, own: u8, f: &mut Formatter<'_>) -> fmt::Result {
    for (index, term) in terms.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        operand(term, own + 1, f)?;
    }
    Ok(())
}

fn call(name: &str, arguments: &[Expr], f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{name}(")?;
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        argument.fmt(f)?;
    }
    f.write_char(')')
}

/// XPath 1.0 has no escapes: a text holds at most one kind of quote.
fn write_text(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let quote = if text.contains('\'') { '"' } else { '\'' };
    write!(f, "{quote}{text}{quote}")
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.start {
            Start::Root => f.write_char('/')?,
            Start::Context => {}
            Start::Current => f.write_str("current()")?,
            Start::Instance(name) => write!(f, "instance({name})")?,
            Start::Question(name) => write!(f, "${{{name}}}")?,
            Start::LastSaved(name) => write!(f, "${{last-saved#{name}}}")?,
            Start::Filter(primary, predicates) => {
                // What is a path itself would take the steps that follow for its own.
                match &primary.kind {
                    ExprKind::Call(..) | ExprKind::Unknown(..) => primary.fmt(f)?,
                    _ => write!(f, "({primary})")?,
                }
                write_predicates(predicates, f)?;
            }
        }
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 || !matches!(self.start, Start::Root | Start::Context) {
                f.write_char('/')?;
            }
            step.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match (self.axis, &self.test) {
            (Axis::SelfNode, NodeTest::Node) if self.predicates.is_empty() => return f.write_char('.'),
            (Axis::Parent, NodeTest::Node) if self.predicates.is_empty() => return f.write_str(".."),
            (Axis::Child, _) => {}
            (Axis::Attribute, _) => f.write_char('@')?,
            (axis, _) => write!(f, "{}::", axis.name())?,
        }
        match &self.test {
            NodeTest::Name(name) => name.fmt(f)?,
            NodeTest::AnyName => f.write_char('*')?,
            NodeTest::AnyInNamespace(prefix) => write!(f, "{prefix}:*")?,
            NodeTest::Node => f.write_str("node()")?,
            NodeTest::Text => f.write_str("text()")?,
            NodeTest::Comment => f.write_str("comment()")?,
            NodeTest::Instruction(None) => f.write_str("processing-instruction()")?,
            NodeTest::Instruction(Some(target)) => {
                f.write_str("processing-instruction(")?;
                write_text(target, f)?;
                f.write_char(')')?;
            }
        }
        write_predicates(&self.predicates, f)
    }
}

fn write_predicates(predicates: &[Expr], f: &mut Formatter<'_>) -> fmt::Result {
    predicates.iter().try_for_each(|predicate| write!(f, "[{predicate}]"))
}

impl Display for QName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.prefix {
            Some(prefix) => write!(f, "{prefix}:{}", self.local),
            None => f.write_str(&self.local),
        }
    }
}
