//! Conditions in plain words: `selected(${crops}, 'none')` becomes “None” is marked in answer 12.

use std::collections::BTreeSet;

use chaski_xpath::{BinaryOperator as Operator, Expr, ExprKind, Function, Start, format_number, parse};

use super::{Paper, escaped};
use crate::kind::Keeps;
use crate::source::{DefinedChoices, DefinedNode};

/// How deep conditions are followed, through calculations too.
const DEPTH: usize = 12;

/// What is said of, and what it is compared with.
#[derive(Clone, Copy)]
enum Subject {
    /// A question, by its place.
    Asked(usize),
    /// The question whose constraint it is.
    Own(usize),
}

impl Subject {
    fn place(self) -> usize {
        match self {
            Self::Asked(place) | Self::Own(place) => place,
        }
    }
}

impl Paper<'_> {
    /// When a node is asked, as a sentence; nothing where that is always.
    ///
    /// What cannot be said in words that a person understands names the answers it depends on.
    pub(super) fn when(&self, node: &DefinedNode) -> Option<String> {
        let relevant = node.relevant.as_deref()?;
        let words = self.tongue.words();
        let parsed = parse(relevant).ok()?;
        if is_call(&parsed, Function::True) {
            return None;
        }
        if let Some(said) = self.condition(&parsed, None, false, DEPTH) {
            return Some(format!("{} {said}.", words.only_if));
        }
        let mut numbers = BTreeSet::new();
        self.questions_in(&parsed, &mut numbers, DEPTH);
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        Some(match numbers.as_slice() {
            [] => words.sometimes.to_owned(),
            [one] => filled(words.depends[0], one, ""),
            several => filled(words.depends[1], &self.tongue.listed(several), ""),
        })
    }

    /// Which answers a question takes, as HTML: in the form's own words where these cannot say all of it.
    pub(super) fn accepted(&self, place: usize, node: &DefinedNode) -> Option<String> {
        let parsed = parse(node.constraint.as_deref()?).ok()?;
        let terms = match &parsed.kind {
            ExprKind::And(terms) => terms.as_slice(),
            _ => std::slice::from_ref(&parsed),
        };
        let mut said = Vec::new();
        let mut rest = terms;
        if let Some(range) = self.range(terms) {
            said.push(range);
            rest = &[];
        }
        let is_range = rest.is_empty();
        said.extend(rest.iter().filter_map(|term| self.condition(term, Some(place), false, DEPTH)));
        if !is_range
            && said.len() < terms.len()
            && let Some(message) = self.text(&node.constraint_message)
        {
            return Some(message);
        }
        (!said.is_empty()).then(|| escaped(&format!("{}: {}.", self.tongue.words().accepted, said.join("; "))))
    }

    /// How many digits a question takes exactly, where its constraint says so.
    pub(super) fn digits(&self, node: &DefinedNode) -> Option<usize> {
        let mut found = None;
        parse(node.constraint.as_deref()?).ok()?.walk(&mut |part| {
            if let ExprKind::Call(Function::Regex, arguments) = &part.kind
                && let [_, pattern] = arguments.as_slice()
            {
                found = found.or(pattern_text(pattern).and_then(exact_digits));
            }
        });
        found.filter(|digits| (1..=20).contains(digits))
    }

    /// `. >= 0 and . <= 500`, the constraint that most forms have.
    fn range(&self, terms: &[Expr]) -> Option<String> {
        let [first, second] = terms else { return None };
        let bound = |term: &Expr, wanted: Operator| match &term.kind {
            ExprKind::Binary(operator, left, right) if *operator == wanted && is_own(left) => literal_number(right),
            ExprKind::Binary(operator, left, right) if *operator == turned(wanted) && is_own(right) => {
                literal_number(left)
            }
            _ => None,
        };
        let both = |low: &Expr, high: &Expr| {
            Some((bound(low, Operator::GreaterOrEqual)?, bound(high, Operator::LessOrEqual)?))
        };
        let (low, high) = both(first, second).or_else(|| both(second, first))?;
        Some(filled(self.tongue.words().between, &format_number(low), &format_number(high)))
    }

    /// A condition in words; nothing where some part of it cannot be said.
    fn condition(&self, part: &Expr, own: Option<usize>, negated: bool, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        match &part.kind {
            ExprKind::And(terms) => self.joined(terms, own, negated, !negated, depth),
            ExprKind::Or(terms) => self.joined(terms, own, negated, negated, depth),
            ExprKind::Binary(operator, left, right) if operator.is_comparison() => {
                self.comparison(*operator, left, right, own, negated)
            }
            ExprKind::Call(Function::Not, arguments) => self.condition(arguments.first()?, own, !negated, depth),
            ExprKind::Call(Function::Boolean, arguments) => self.condition(arguments.first()?, own, negated, depth),
            ExprKind::Call(Function::Selected, arguments) => {
                let [subject, code] = arguments.as_slice() else { return None };
                let (subject, code) = (self.subject(subject, own)?, literal_text(code)?);
                let words = self.tongue.words();
                let is_one = self.definition.nodes.get(subject.place())?.kind.facts().keeps == Keeps::Choice;
                let pattern = match (is_one, negated) {
                    (true, false) => words.is,
                    (true, true) => words.is_not,
                    (false, false) => words.is_marked,
                    (false, true) => words.is_not_marked,
                };
                Some(filled(pattern, &self.named(subject), &self.value(subject, code)))
            }
            ExprKind::Call(Function::Regex, arguments) if !negated => {
                let [subject, pattern] = arguments.as_slice() else { return None };
                let digits = exact_digits(pattern_text(pattern)?)?;
                matches!(self.subject(subject, own)?, Subject::Own(_))
                    .then(|| filled(self.tongue.words().digits, &digits.to_string(), ""))
            }
            _ => None,
        }
    }

    /// Conditions that all hold, or one of which does.
    fn joined(&self, terms: &[Expr], own: Option<usize>, negated: bool, is_all: bool, depth: usize) -> Option<String> {
        let words = self.tongue.words();
        let said = terms.iter().map(|term| {
            let said = self.condition(term, own, negated, depth)?;
            let is_inside = matches!(term.kind, ExprKind::And(_) | ExprKind::Or(_));
            Some(if is_inside { format!("({said})") } else { said })
        });
        let said: Option<Vec<String>> = said.collect();
        Some(said?.join(&format!(" {} ", if is_all { words.and } else { words.or })))
    }

    fn comparison(
        &self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
        own: Option<usize>,
        negated: bool,
    ) -> Option<String> {
        let words = self.tongue.words();
        let operator = if negated { opposite(operator) } else { operator };
        // `5 < ${age}` says what `${age} > 5` does.
        let (operator, left, right) = match self.counted_or_subject(left, own) {
            Some(_) => (operator, left, right),
            None => (turned(operator), right, left),
        };
        match self.counted_or_subject(left, own)? {
            Compared::Marks(subject) => {
                let some = match (operator, literal_number(right)?) {
                    (Operator::Greater | Operator::NotEqual, 0.0) | (Operator::GreaterOrEqual, 1.0) => true,
                    (Operator::Equal | Operator::LessOrEqual, 0.0) | (Operator::Less, 1.0) => false,
                    _ => return None,
                };
                Some(filled(if some { words.some_marked } else { words.none_marked }, &self.named(subject), ""))
            }
            Compared::Length(subject) => match (operator, literal_number(right)?) {
                (Operator::Greater | Operator::NotEqual, 0.0) | (Operator::GreaterOrEqual, 1.0) => {
                    Some(filled(words.is_not_blank, &self.named(subject), ""))
                }
                (Operator::Equal | Operator::LessOrEqual, 0.0) | (Operator::Less, 1.0) => {
                    Some(filled(words.is_blank, &self.named(subject), ""))
                }
                (Operator::Equal, length) if matches!(subject, Subject::Own(_)) => {
                    Some(filled(words.letters, &format_number(length), ""))
                }
                _ => None,
            },
            Compared::Answer(subject) => {
                let named = self.named(subject);
                let is_moment = matches!(
                    self.definition.nodes.get(subject.place())?.kind.facts().keeps,
                    Keeps::Date | Keeps::Time | Keeps::DateTime
                );
                let order = if is_moment { &words.moments } else { &words.numbers };
                if literal_text(right) == Some("") {
                    return match operator {
                        Operator::Equal => Some(filled(words.is_blank, &named, "")),
                        Operator::NotEqual => Some(filled(words.is_not_blank, &named, "")),
                        _ => None,
                    };
                }
                let value = self.compared_with(subject, right, own)?;
                let pattern = match operator {
                    Operator::Equal => words.is,
                    Operator::NotEqual => words.is_not,
                    Operator::Less => order[0],
                    Operator::LessOrEqual => order[1],
                    Operator::Greater => order[2],
                    Operator::GreaterOrEqual => order[3],
                    _ => return None,
                };
                Some(filled(pattern, &named, &value))
            }
        }
    }

    fn counted_or_subject(&self, part: &Expr, own: Option<usize>) -> Option<Compared> {
        match &part.kind {
            ExprKind::Call(Function::CountSelected, arguments) => {
                Some(Compared::Marks(self.subject(arguments.first()?, own)?))
            }
            ExprKind::Call(Function::StringLength, arguments) => {
                Some(Compared::Length(self.subject(arguments.first()?, own)?))
            }
            ExprKind::Call(Function::Number | Function::Int | Function::String | Function::Date, arguments) => {
                Some(Compared::Answer(self.subject(arguments.first()?, own)?))
            }
            _ => Some(Compared::Answer(self.subject(part, own)?)),
        }
    }

    /// The question that a path leads to, if it is one that a person answers.
    fn subject(&self, part: &Expr, own: Option<usize>) -> Option<Subject> {
        if is_own(part) {
            return own.map(Subject::Own);
        }
        let place = self.leads_to(part)?;
        self.numbers.contains_key(&place).then_some(Subject::Asked(place))
    }

    /// The place of the node that a path leads to.
    pub(super) fn leads_to(&self, part: &Expr) -> Option<usize> {
        let ExprKind::Path(path) = &part.kind else { return None };
        let name = match (&path.start, path.steps.last()) {
            (Start::Question(name), None) => name,
            (Start::Root | Start::Context | Start::Current, Some(step)) => match &step.test {
                chaski_xpath::NodeTest::Name(name) => &name.local,
                _ => return None,
            },
            _ => return None,
        };
        self.by_name.get(name.as_ref()).copied()
    }

    /// The numbers of all questions that decide about an expression, those behind calculations too.
    fn questions_in(&self, part: &Expr, numbers: &mut BTreeSet<usize>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let mut places = BTreeSet::new();
        part.walk(&mut |part| places.extend(self.leads_to(part)));
        for place in places {
            if let Some(number) = self.numbers.get(&place) {
                numbers.insert(*number);
                continue;
            }
            let calculation = self.definition.nodes.get(place).and_then(|node| node.calculation.as_deref());
            if let Some(parsed) = calculation.and_then(|text| parse(text).ok()) {
                self.questions_in(&parsed, numbers, depth);
            }
        }
    }

    fn named(&self, subject: Subject) -> String {
        let words = self.tongue.words();
        match subject {
            Subject::Own(_) => words.this_answer.to_owned(),
            Subject::Asked(place) => {
                let number = self.numbers.get(&place).copied().unwrap_or_default();
                filled(words.answer, &number.to_string(), "")
            }
        }
    }

    /// What a question is compared with.
    fn compared_with(&self, subject: Subject, part: &Expr, own: Option<usize>) -> Option<String> {
        if let Some(text) = literal_text(part) {
            return Some(self.value(subject, text));
        }
        if let Some(number) = literal_number(part) {
            let text = format_number(number);
            // A code may be a number.
            return Some(self.choice(subject, &text).unwrap_or(text));
        }
        match &part.kind {
            ExprKind::Call(Function::Today | Function::Now, _) => Some(self.tongue.words().today.to_owned()),
            ExprKind::Call(Function::Date | Function::DateTime, arguments) => {
                let text = literal_text(arguments.first()?)?;
                Some(text.parse().map_or_else(|_| text.to_owned(), |day| self.tongue.day(day)))
            }
            _ => self.subject(part, own).map(|other| self.named(other)),
        }
    }

    /// A text as a person knows it: a choice by its label.
    fn value(&self, subject: Subject, text: &str) -> String {
        self.choice(subject, text).unwrap_or_else(|| match text.parse() {
            Ok(day) => self.tongue.day(day),
            Err(_) => self.tongue.quoted(text),
        })
    }

    fn choice(&self, subject: Subject, code: &str) -> Option<String> {
        let node = self.definition.nodes.get(subject.place())?;
        let (Some(DefinedChoices::List(name)) | Some(DefinedChoices::External(name))) = &node.choices else {
            return None;
        };
        let list = self.list(node, name)?;
        let choice = list.choices.iter().find(|choice| choice.code == code)?;
        Some(self.tongue.quoted(&self.plain(&choice.label).unwrap_or_else(|| code.to_owned())))
    }
}

enum Compared {
    Answer(Subject),
    /// How many choices are marked.
    Marks(Subject),
    /// How long a text is.
    Length(Subject),
}

/// A pattern of [`super::words::Words`] with its two places filled.
pub(super) fn filled(pattern: &str, of: &str, value: &str) -> String {
    pattern.replacen("{}", of, 1).replacen("{v}", value, 1)
}

fn is_call(part: &Expr, wanted: Function) -> bool {
    matches!(&part.kind, ExprKind::Call(function, _) if *function == wanted)
}

fn is_own(part: &Expr) -> bool {
    matches!(&part.kind, ExprKind::Path(path) if path.is_self())
}

fn literal_text(part: &Expr) -> Option<&str> {
    match &part.kind {
        ExprKind::Text(text) => Some(text),
        _ => None,
    }
}

fn literal_number(part: &Expr) -> Option<f64> {
    match &part.kind {
        ExprKind::Number(number) => Some(*number),
        ExprKind::Negate(inner) => literal_number(inner).map(std::ops::Neg::neg),
        _ => None,
    }
}

fn pattern_text(part: &Expr) -> Option<&str> {
    match &part.kind {
        ExprKind::Text(text) => Some(text),
        ExprKind::Pattern(pattern) => Some(pattern.source()),
        _ => None,
    }
}

/// `^[0-9]{8}$` and its like.
fn exact_digits(pattern: &str) -> Option<usize> {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    let count = pattern.strip_prefix("[0-9]").or_else(|| pattern.strip_prefix("\\d"))?;
    count.strip_prefix('{')?.strip_suffix('}')?.parse().ok()
}

/// The operator that says the same with its sides exchanged.
fn turned(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
        other => other,
    }
}
