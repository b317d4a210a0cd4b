//! What an expression refers to, and how: the edges of the forms engine's dependency graph.

use crate::context::Aggregate;
use crate::error::Span;
use crate::expr::{Expr, ExprKind, Path, Slot, Standing, Start};
use crate::function::Function;

/// One reference of an expression.
#[derive(Debug, Clone)]
pub struct Reference<'e> {
    pub target: Target<'e>,
    pub usage: Usage,
    pub span: Span,
    /// For a path inside a predicate: the path it filters. `None` outside predicates.
    pub enclosing: Option<Enclosing<'e>>,
}

/// What is referred to.
#[derive(Debug, Clone, Copy)]
pub enum Target<'e> {
    Path(&'e Path),
    Slot(Slot),
}

/// How the nodes of a reference are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// As one value.
    Value,
    /// As a set of values, or only for their existence or names.
    Nodes,
    /// As one total.
    Aggregate(Aggregate),
}

/// The place of a predicate: the relative paths in it lead from the nodes of `path` after its step `step`.
#[derive(Debug, Clone, Copy)]
pub struct Enclosing<'e> {
    pub path: &'e Path,
    /// The step's index; `None` when the predicate filters the path's start.
    pub step: Option<usize>,
}

impl Reference<'_> {
    /// What a relative path here leads from.
    pub fn standing(&self) -> Standing {
        if self.enclosing.is_some() { Standing::Predicate } else { Standing::Outer }
    }

    /// Whether this is `.`, outside predicates: the value of the question the expression belongs to.
    pub fn is_own_value(&self) -> bool {
        self.enclosing.is_none() && matches!(self.target, Target::Path(path) if path.is_self())
    }
}

/// All references of `expr` in the order they are written, those in predicates after the path they filter.
pub fn references(expr: &Expr) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    collect(expr, Usage::Value, None, &mut found);
    found
}

fn collect<'e>(expr: &'e Expr, usage: Usage, enclosing: Option<Enclosing<'e>>, found: &mut Vec<Reference<'e>>) {
    match &expr.kind {
        ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Pattern(_) => {}
        ExprKind::Negate(inner) => collect(inner, Usage::Value, enclosing, found),
        ExprKind::Binary(_, left, right) => {
            collect(left, Usage::Value, enclosing, found);
            collect(right, Usage::Value, enclosing, found);
        }
        ExprKind::And(terms) | ExprKind::Or(terms) | ExprKind::Unknown(_, terms) => {
            terms.iter().for_each(|term| collect(term, Usage::Value, enclosing, found));
        }
        ExprKind::Union(terms) => terms.iter().for_each(|term| collect(term, usage, enclosing, found)),
        ExprKind::Call(function, arguments) => {
            for (index, argument) in arguments.iter().enumerate() {
                collect(argument, argument_usage(*function, index, arguments.len(), usage), enclosing, found);
            }
        }
        ExprKind::Slot(slot) => {
            found.push(Reference { target: Target::Slot(*slot), usage, span: expr.span, enclosing });
        }
        ExprKind::Path(path) => {
            match &path.start {
                Start::Root | Start::Context | Start::Current | Start::Question(_) | Start::LastSaved(_) => {
                    found.push(Reference { target: Target::Path(path), usage, span: path.span, enclosing });
                }
                Start::Instance(name) => {
                    found.push(Reference { target: Target::Path(path), usage, span: path.span, enclosing });
                    collect(name, Usage::Value, enclosing, found);
                }
                Start::Filter(primary, predicates) => {
                    collect(primary, Usage::Nodes, enclosing, found);
                    for predicate in predicates {
                        collect(predicate, Usage::Value, Some(Enclosing { path, step: None }), found);
                    }
                    if !path.steps.is_empty() {
                        found.push(Reference { target: Target::Path(path), usage, span: path.span, enclosing });
                    }
                }
            }
            for (index, step) in path.steps.iter().enumerate() {
                for predicate in &step.predicates {
                    collect(predicate, Usage::Value, Some(Enclosing { path, step: Some(index) }), found);
                }
            }
        }
    }
}

/// How `function` uses its argument at `index`.
fn argument_usage(function: Function, index: usize, count: usize, outer: Usage) -> Usage {
    match function {
        Function::Count => Usage::Aggregate(Aggregate::Count),
        Function::CountNonEmpty => Usage::Aggregate(Aggregate::CountNonEmpty),
        Function::Sum => Usage::Aggregate(Aggregate::Sum),
        Function::Min if count == 1 => Usage::Aggregate(Aggregate::Min),
        Function::Max if count == 1 => Usage::Aggregate(Aggregate::Max),
        Function::Position => Usage::Aggregate(Aggregate::Position),
        Function::Min | Function::Max | Function::Concat => Usage::Nodes,
        Function::Join if index > 0 => Usage::Nodes,
        Function::Area | Function::Distance => Usage::Nodes,
        Function::Randomize if index == 0 => Usage::Nodes,
        Function::Name | Function::LocalName | Function::NamespaceUri | Function::Id => Usage::Nodes,
        Function::IndexedRepeat if index == 0 || index % 2 == 1 => Usage::Nodes,
        Function::Checklist if index > 1 => Usage::Nodes,
        Function::WeightedChecklist if index > 1 => Usage::Nodes,
        Function::If if index > 0 => outer,
        Function::Coalesce | Function::Once => outer,
        _ => Usage::Value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn check(text: &str, expected: &[&str]) {
        let expr = parse(text).unwrap();
        let found: Vec<String> = references(&expr)
            .into_iter()
            .map(|reference| {
                let Target::Path(path) = reference.target else { panic!("{reference:?}") };
                let inside = reference.enclosing.map_or(String::new(), |place| format!(" in step {:?}", place.step));
                format!("{path} as {:?}{inside}", reference.usage)
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn each_reference_says_how_it_is_used() {
        check("${a} + ../b", &["${a} as Value", "../b as Value"]);
        check("sum(${a}) > count(../b)", &["${a} as Aggregate(Sum)", "../b as Aggregate(Count)"]);
        check("position(..)", &[".. as Aggregate(Position)"]);
        check("max(${a}) + max(${b}, 1)", &["${a} as Aggregate(Max)", "${b} as Nodes"]);
        check("join(${a}, ${b})", &["${a} as Value", "${b} as Nodes"]);
        check("if(${a}, ${b}, 1)", &["${a} as Value", "${b} as Value"]);
        check(
            "count(if(${a}, ${b}, ${c}))",
            &["${a} as Value", "${b} as Aggregate(Count)", "${c} as Aggregate(Count)"],
        );
        check("indexed-repeat(${a}, ${r}, ${n})", &["${a} as Nodes", "${r} as Nodes", "${n} as Value"]);
        check("-(${a} | ${b})", &["${a} as Value", "${b} as Value"]);
    }

    #[test]
    fn a_reference_in_a_predicate_says_what_it_leads_from() {
        check(
            "/data/r[x > ../y]/z",
            &["/data/r[x > ../y]/z as Value", "x as Value in step Some(1)", "../y as Value in step Some(1)"],
        );
        check("count((${r})[x = ${q}])", &["${r} as Nodes", "x as Value in step None", "${q} as Value in step None"]);
        check(
            "instance(${l})/root/item[k = current()/../p]",
            &[
                "instance(${l})/root/item[k = current()/../p] as Value",
                "${l} as Value",
                "k as Value in step Some(1)",
                "current()/../p as Value in step Some(1)",
            ],
        );
    }
}
