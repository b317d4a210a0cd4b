//! From words to a program: precedence climbing over the grammar of XPath 1.0.

use std::sync::Arc;

use crate::error::{ParseError, ParseFault, Span};
use crate::expr::{Axis, BinaryOperator, Expr, ExprKind, NodeTest, Path, QName, Start, Step};
use crate::function::Function;
use crate::lex::{Lexeme, Token, lex};
use crate::literal::{Unfit, unfit};
use crate::pattern::Pattern;
use crate::value::{Kind, Text};

#[cfg(test)]
mod tests;

/// The longest text that is read, in bytes. The longest expression in 115 real forms has 9 KB.
pub const MAX_LENGTH: usize = 256 * 1024;

/// The deepest nesting that is read. Every part deeper costs the evaluator stack.
pub const MAX_DEPTH: usize = 160;

/// Reads an expression.
///
/// `${name}` and `${last-saved#name}` are read as paths that start at a question, for the caller to resolve.
///
/// # Errors
/// Names what is wrong, where, and what to write instead, if that can be told. Any text may be offered.
pub fn parse(source: &str) -> Result<Expr, ParseError> {
    read(source, Strangers::Refused)
}

/// As [`parse`], but a variable, and a call that [`parse`] would refuse for its name or the number of its arguments, is
/// an error only when it is evaluated, as in other engines; an argument that is written out and can never be right counts
/// as an unsuitable answer does.
///
/// # Errors
/// As [`parse`].
pub fn parse_deferring(source: &str) -> Result<Expr, ParseError> {
    read(source, Strangers::Deferred)
}

/// What becomes of a call that can never be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strangers {
    Refused,
    Deferred,
}

fn read(source: &str, strangers: Strangers) -> Result<Expr, ParseError> {
    let placed = |fault: Fault| {
        let (fault, span) = *fault;
        ParseError { fault, span, column: span.column(source) }
    };
    if source.len() > MAX_LENGTH {
        return Err(placed(fault(ParseFault::TooLong { length: source.len(), limit: MAX_LENGTH }, Span::default())));
    }
    let lexemes = lex(source).map_err(|found| placed(Box::new(found)))?;
    if lexemes.len() == 1 {
        return Err(placed(fault(ParseFault::Empty, Span::default())));
    }
    let mut parser = Parser { source, lexemes, at: 0, depth: 0, strangers };
    parser.whole().map_err(placed)
}

/// Boxed, as it is in the result of every function of the descent, whose frames add up.
type Fault = Box<(ParseFault, Span)>;

#[cold]
fn fault(what: ParseFault, span: Span) -> Fault {
    Box::new((what, span))
}

/// A part that was read, and the height of its tree: a chain of operators grows high without nesting in the text.
struct Part {
    expr: Expr,
    height: usize,
}

struct Parser<'s> {
    source: &'s str,
    lexemes: Vec<Lexeme>,
    at: usize,
    depth: usize,
    strangers: Strangers,
}

/// What may stand between two operands.
#[derive(Clone, Copy, PartialEq)]
enum Operator {
    Or,
    And,
    Binary(BinaryOperator),
}

impl Parser<'_> {
    fn whole(&mut self) -> Result<Expr, Fault> {
        let part = self.expression()?;
        match self.peek() {
            Token::End => Ok(part.expr),
            _ => Err(self.unexpected("an operator or the end")),
        }
    }

    fn peek(&self) -> &Token {
        self.lexemes.get(self.at).map_or(&Token::End, |lexeme| &lexeme.token)
    }

    fn peek_second(&self) -> &Token {
        self.lexemes.get(self.at + 1).map_or(&Token::End, |lexeme| &lexeme.token)
    }

    fn span(&self) -> Span {
        self.lexemes.get(self.at).map(|lexeme| lexeme.span).unwrap_or_default()
    }

    /// The end of what was read last.
    fn end(&self) -> Span {
        self.at.checked_sub(1).and_then(|before| self.lexemes.get(before)).map(|lexeme| lexeme.span).unwrap_or_default()
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token, expected: &'static str) -> Result<(), Fault> {
        if self.take(token) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn unexpected(&self, expected: &'static str) -> Fault {
        let span = self.span();
        let remedy = self.remedy(expected);
        let found = match self.peek() {
            Token::End => "the end".to_owned(),
            _ => format!("`{}`", span.of(self.source)),
        };
        fault(ParseFault::Unexpected { found, expected, remedy }, span)
    }

    /// What an author probably meant by what cannot stand here.
    fn remedy(&self, expected: &'static str) -> Option<&'static str> {
        const COMPARISON: &str = "a comparison is written `=`, `!=`, `<=` or `>=`, without a space inside";
        let before = self.at.checked_sub(1).and_then(|at| self.lexemes.get(at)).map(|lexeme| &lexeme.token);
        let is_word = |token: Option<&Token>, words: &[&str]| matches!(token, Some(Token::Name(name)) if name.prefix.is_none() && words.contains(&&*name.local.to_lowercase()));
        let ends = expected == "an operator or the end";
        match self.peek() {
            Token::Number(_) | Token::OpenParen | Token::Question(_) if before == Some(&Token::Slash) => {
                Some("write `div` to divide")
            }
            Token::Slash => Some("write `div` to divide"),
            Token::OpenBracket => Some("`.` and `..` take no predicate; write `self::node()[...]`"),
            here if is_word(Some(here), &["and", "or", "div", "mod"]) => Some("operators are written in small letters"),
            _ if is_word(before, &["not"]) => {
                Some("write `not(...)` around what shall not hold, and `= ''` for a blank answer")
            }
            here if ends && is_word(Some(here), &["y", "e"]) => Some("write `and`"),
            here if ends && is_word(Some(here), &["o", "u"]) => Some("write `or`"),
            here if ends && is_word(Some(here), &["in"]) => Some("write a comparison for each, with `or` between them"),
            Token::Name(_) if self.span().of(self.source).starts_with(|c| matches!(c, '\u{ff01}'..='\u{ff5e}')) => {
                Some("write it in letters and signs of the usual width")
            }
            Token::Equal => Some(COMPARISON),
            Token::Greater | Token::Less if before == Some(&Token::Equal) => Some(COMPARISON),
            Token::Less | Token::LessOrEqual | Token::Greater | Token::GreaterOrEqual | Token::NotEqual
                if expected == "a value" =>
            {
                Some("write before it what is compared: `.` for the answer in a constraint, or `${name}`")
            }
            Token::Comma if ends && matches!(before, Some(Token::Number(_))) => {
                Some("decimals are written with a point")
            }
            Token::CloseParen if ends => Some("it closes no `(`; remove it, or add the `(`"),
            Token::End if expected == "`)`" => Some("close the `(`"),
            Token::Question(_) | Token::Text(_) | Token::Number(_) if ends => {
                Some("write an operator before it, such as `=`, `and` or `+`")
            }
            Token::Question(_) | Token::Text(_) | Token::Number(_) if expected == "`,` or `)`" => {
                Some("write `,` before it")
            }
            _ => None,
        }
    }

    fn part(&self, kind: ExprKind, span: Span, height: usize) -> Result<Part, Fault> {
        if height > MAX_DEPTH {
            return Err(fault(ParseFault::TooDeep { limit: MAX_DEPTH }, span));
        }
        Ok(Part { expr: Expr { kind, span }, height })
    }

    fn expression(&mut self) -> Result<Part, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(fault(ParseFault::TooDeep { limit: MAX_DEPTH }, self.span()));
        }
        let part = self.operation(1);
        self.depth -= 1;
        part
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let binary = |operator: BinaryOperator| Some((Operator::Binary(operator), operator.precedence()));
        match self.peek() {
            Token::Name(QName { prefix: None, local }) => match &**local {
                "or" => Some((Operator::Or, 1)),
                "and" => Some((Operator::And, 2)),
                "div" => binary(BinaryOperator::Divide),
                "mod" => binary(BinaryOperator::Modulo),
                _ => None,
            },
            Token::Equal => binary(BinaryOperator::Equal),
            Token::NotEqual => binary(BinaryOperator::NotEqual),
            Token::Less => binary(BinaryOperator::Less),
            Token::LessOrEqual => binary(BinaryOperator::LessOrEqual),
            Token::Greater => binary(BinaryOperator::Greater),
            Token::GreaterOrEqual => binary(BinaryOperator::GreaterOrEqual),
            Token::Plus => binary(BinaryOperator::Add),
            Token::Minus => binary(BinaryOperator::Subtract),
            Token::Star => binary(BinaryOperator::Multiply),
            _ => None,
        }
    }

    /// Operands joined by operators that bind at least as tightly as `least`.
    fn operation(&mut self, least: u8) -> Result<Part, Fault> {
        let mut left = self.unary()?;
        while let Some((operator, precedence)) = self.operator().filter(|(_, precedence)| *precedence >= least) {
            self.at += 1;
            let right = self.operation(precedence + 1)?;
            left = self.combined(operator, left, right)?;
        }
        Ok(left)
    }

    /// Out of line, as are the others of its kind: what the descent recurses through keeps small frames.
    #[inline(never)]
    fn combined(&self, operator: Operator, left: Part, right: Part) -> Result<Part, Fault> {
        let span = left.expr.span.to(right.expr.span);
        let (kind, height) = match (operator, left.expr.kind) {
            // A chain is one list: it may be long without being deep.
            (Operator::Or, ExprKind::Or(mut terms)) => {
                terms.push(right.expr);
                (ExprKind::Or(terms), left.height.max(right.height + 1))
            }
            (Operator::And, ExprKind::And(mut terms)) => {
                terms.push(right.expr);
                (ExprKind::And(terms), left.height.max(right.height + 1))
            }
            (operator, kind) => {
                let first = Expr { kind, span: left.expr.span };
                let kind = match operator {
                    Operator::Or => ExprKind::Or(vec![first, right.expr]),
                    Operator::And => ExprKind::And(vec![first, right.expr]),
                    Operator::Binary(operator) => ExprKind::Binary(operator, Box::new(first), Box::new(right.expr)),
                };
                (kind, left.height.max(right.height) + 1)
            }
        };
        self.part(kind, span, height)
    }

    fn unary(&mut self) -> Result<Part, Fault> {
        let first = self.span();
        let mut signs = 0;
        while self.take(&Token::Minus) {
            signs += 1;
        }
        let part = self.union()?;
        if signs == 0 { Ok(part) } else { self.negated(part, first, signs) }
    }

    #[inline(never)]
    fn negated(&self, mut part: Part, first: Span, signs: usize) -> Result<Part, Fault> {
        // Two signs cancel out, but still make a number of what follows.
        for _ in 0..if signs > 2 { 2 - signs % 2 } else { signs } {
            let span = first.to(part.expr.span);
            part = self.part(ExprKind::Negate(Box::new(part.expr)), span, part.height + 1)?;
        }
        Ok(part)
    }

    fn union(&mut self) -> Result<Part, Fault> {
        let first = self.path()?;
        if self.peek() == &Token::Bar { self.united(first) } else { Ok(first) }
    }

    #[inline(never)]
    fn united(&mut self, first: Part) -> Result<Part, Fault> {
        let mut height = first.height;
        let mut terms = vec![first.expr];
        while self.take(&Token::Bar) {
            let next = self.path()?;
            height = height.max(next.height);
            terms.push(next.expr);
        }
        for term in &terms {
            if self.strangers == Strangers::Refused && !gives_nodes(term.static_kind()) {
                return Err(fault(ParseFault::NotNodes { function: "|", found: self.text(term.span) }, term.span));
            }
        }
        let span = terms[0].span.to(self.end());
        self.part(ExprKind::Union(terms), span, height + 1)
    }

    fn text(&self, span: Span) -> String {
        span.of(self.source).chars().take(80).collect()
    }

    fn path(&mut self) -> Result<Part, Fault> {
        let first = self.span();
        if self.at_primary() {
            let primary = self.primary()?;
            let is_root = matches!(primary.expr.kind, ExprKind::Call(Function::Current | Function::Instance, _));
            let goes_on = matches!(self.peek(), Token::OpenBracket | Token::Slash | Token::SlashSlash);
            return if is_root || goes_on { self.after_primary(primary, first) } else { Ok(primary) };
        }
        self.location(first)
    }

    #[inline(never)]
    fn location(&mut self, first: Span) -> Result<Part, Fault> {
        match self.peek().clone() {
            Token::Slash => {
                self.at += 1;
                if self.at_step() {
                    return self.steps(Start::Root, first, 1, None);
                }
                let path = Path { start: Start::Root, steps: Vec::new(), span: first };
                self.part(ExprKind::Path(path), first, 1)
            }
            Token::SlashSlash => {
                self.at += 1;
                self.steps(Start::Root, first, 1, Some(any_depth()))
            }
            Token::Question(name) => {
                self.at += 1;
                self.after_start(Start::Question(name), first, 1)
            }
            Token::LastSaved(name) => {
                self.at += 1;
                self.after_start(Start::LastSaved(name), first, 1)
            }
            _ if self.at_step() => self.steps(Start::Context, first, 1, None),
            _ => Err(self.unexpected("a value")),
        }
    }

    #[inline(never)]
    fn after_primary(&mut self, primary: Part, first: Span) -> Result<Part, Fault> {
        let (kind, span, height) = (primary.expr.kind, primary.expr.span, primary.height);
        match kind {
            ExprKind::Call(Function::Current, _) => self.after_start(Start::Current, first, height),
            ExprKind::Call(Function::Instance, mut arguments) if arguments.len() == 1 => {
                self.after_start(Start::Instance(Box::new(arguments.remove(0))), first, height + 1)
            }
            kind => {
                let primary = Expr { kind, span };
                if gives_nodes(primary.static_kind()) {
                    return self.after_start(Start::Filter(Box::new(primary), Vec::new()), first, height + 1);
                }
                // A value before a slash is a division, wherever it was learnt.
                if self.peek() == &Token::Slash && primary.static_kind() != Kind::Text {
                    return Err(self.unexpected("an operator or the end"));
                }
                Err(fault(ParseFault::NoParts { found: self.text(span) }, span))
            }
        }
    }

    /// The predicates and steps that follow a start.
    fn after_start(&mut self, start: Start, first: Span, height: usize) -> Result<Part, Fault> {
        let (mut start, mut height) = (start, height);
        if self.peek() == &Token::OpenBracket {
            let (predicates, deepest) = self.predicates()?;
            height = height.max(deepest) + 1;
            start = match start {
                Start::Filter(primary, _) => Start::Filter(primary, predicates),
                start => {
                    let span = first.to(self.end());
                    let path = Path { start, steps: Vec::new(), span };
                    Start::Filter(Box::new(Expr { kind: ExprKind::Path(path), span }), predicates)
                }
            };
        }
        if self.take(&Token::Slash) {
            self.steps(start, first, height, None)
        } else if self.take(&Token::SlashSlash) {
            self.steps(start, first, height, Some(any_depth()))
        } else {
            let span = first.to(self.end());
            self.part(ExprKind::Path(Path { start, steps: Vec::new(), span }), span, height)
        }
    }

    fn steps(&mut self, start: Start, first: Span, height: usize, before: Option<Step>) -> Result<Part, Fault> {
        let mut steps: Vec<Step> = before.into_iter().collect();
        let mut height = height;
        loop {
            let (step, deepest) = self.step()?;
            height = height.max(deepest + 1);
            steps.push(step);
            if self.take(&Token::Slash) {
                continue;
            }
            if self.take(&Token::SlashSlash) {
                steps.push(any_depth());
                continue;
            }
            break;
        }
        let span = first.to(self.end());
        self.part(ExprKind::Path(Path { start, steps, span }), span, height)
    }

    fn at_primary(&self) -> bool {
        match self.peek() {
            Token::Number(_) | Token::Text(_) | Token::OpenParen | Token::Variable(_) => true,
            Token::Name(name) => self.peek_second() == &Token::OpenParen && node_type(name).is_none(),
            _ => false,
        }
    }

    fn at_step(&self) -> bool {
        matches!(
            self.peek(),
            Token::Dot | Token::DotDot | Token::At | Token::Star | Token::Name(_) | Token::PrefixStar(_)
        )
    }

    fn primary(&mut self) -> Result<Part, Fault> {
        let span = self.span();
        match self.peek() {
            Token::OpenParen => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(&Token::CloseParen, "`)`")?;
                // The parentheses belong to the part: an error then shows all that was written.
                let span = span.to(self.end());
                self.part(inner.expr.kind, span, inner.height)
            }
            Token::Name(name) => {
                let name = name.clone();
                self.call(&name, span)
            }
            _ => self.literal(span),
        }
    }

    #[inline(never)]
    fn literal(&mut self, span: Span) -> Result<Part, Fault> {
        match self.peek().clone() {
            Token::Number(number) => {
                self.at += 1;
                self.part(ExprKind::Number(number), span, 1)
            }
            Token::Text(text) => {
                self.at += 1;
                self.part(ExprKind::Text(text), span, 1)
            }
            Token::Variable(name) if self.strangers == Strangers::Deferred => {
                self.at += 1;
                self.part(ExprKind::Unknown(name, Vec::new()), span, 1)
            }
            Token::Variable(name) => Err(fault(ParseFault::Variable { name: name.to_string() }, span)),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn call(&mut self, name: &QName, name_span: Span) -> Result<Part, Fault> {
        self.at += 2;
        let mut arguments = Vec::new();
        let mut height = 0;
        if !self.take(&Token::CloseParen) {
            loop {
                let argument = self.expression()?;
                height = height.max(argument.height);
                arguments.push(argument.expr);
                if self.take(&Token::Comma) {
                    continue;
                }
                self.expect(&Token::CloseParen, "`,` or `)`")?;
                break;
            }
        }
        self.called(name, name_span, arguments, height)
    }

    #[inline(never)]
    fn called(&self, name: &QName, name_span: Span, arguments: Vec<Expr>, height: usize) -> Result<Part, Fault> {
        let mut arguments = arguments;
        let span = name_span.to(self.end());
        let written = match &name.prefix {
            Some(prefix) => format!("{prefix}:{}", name.local),
            None => name.local.to_string(),
        };
        let kind = match (Function::named(&written), self.strangers) {
            (Some(function), Strangers::Deferred) if !takes(function, arguments.len()) => {
                ExprKind::Unknown(written.into(), arguments)
            }
            (Some(function), _) => {
                self.check_call(function, &arguments, name_span)?;
                compile_pattern(function, &mut arguments);
                ExprKind::Call(function, arguments)
            }
            (None, Strangers::Deferred) => ExprKind::Unknown(written.into(), arguments),
            (None, Strangers::Refused) => {
                let suggestion = Function::nearest(&written);
                return Err(fault(ParseFault::UnknownFunction { name: written, suggestion }, name_span));
            }
        };
        self.part(kind, span, height + 1)
    }

    fn check_call(&self, function: Function, arguments: &[Expr], span: Span) -> Result<(), Fault> {
        let (expected, got) = (function.arity(), arguments.len());
        if expected.admits(got) && !takes(function, got) {
            return Err(fault(ParseFault::Unpaired { function: function.name() }, span));
        }
        if !expected.admits(got) {
            return Err(fault(ParseFault::ArgumentCount { function: function.name(), expected, got }, span));
        }
        for (index, argument) in arguments.iter().enumerate() {
            if function.needs_nodes(index) && !gives_nodes(argument.static_kind()) {
                let found = self.text(argument.span);
                return Err(fault(ParseFault::NotNodes { function: function.name(), found }, argument.span));
            }
            if self.strangers == Strangers::Refused
                && let Some(Unfit { why, remedy }) = unfit(function, index, argument)
            {
                let (function, found) = (function.name(), self.text(argument.span));
                return Err(fault(ParseFault::Unfit { function, found, why, remedy }, argument.span));
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(Step, usize), Fault> {
        for (token, axis) in [(Token::Dot, Axis::SelfNode), (Token::DotDot, Axis::Parent)] {
            if self.take(&token) {
                if self.peek() == &Token::OpenBracket {
                    return Err(self.unexpected("`/` or an operator"));
                }
                return Ok((Step { axis, test: NodeTest::Node, predicates: Vec::new() }, 0));
            }
        }
        let axis = if self.take(&Token::At) {
            Axis::Attribute
        } else if let (Token::Name(name), Token::ColonColon) = (self.peek(), self.peek_second()) {
            let found = Axis::ALL.into_iter().find(|axis| name.prefix.is_none() && axis.name() == &*name.local);
            let axis =
                found.ok_or_else(|| fault(ParseFault::UnknownAxis { name: self.text(self.span()) }, self.span()))?;
            self.at += 2;
            axis
        } else {
            Axis::Child
        };
        let test = self.node_test()?;
        self.predicated(axis, test)
    }

    fn predicated(&mut self, axis: Axis, test: NodeTest) -> Result<(Step, usize), Fault> {
        let (predicates, height) = self.predicates()?;
        Ok((Step { axis, test, predicates }, height))
    }

    fn predicates(&mut self) -> Result<(Vec<Expr>, usize), Fault> {
        let (mut predicates, mut height) = (Vec::new(), 0);
        while self.take(&Token::OpenBracket) {
            let predicate = self.expression()?;
            self.expect(&Token::CloseBracket, "`]`")?;
            height = height.max(predicate.height);
            predicates.push(predicate.expr);
        }
        Ok((predicates, height))
    }

    fn node_test(&mut self) -> Result<NodeTest, Fault> {
        match self.peek().clone() {
            Token::Star => {
                self.at += 1;
                Ok(NodeTest::AnyName)
            }
            Token::PrefixStar(prefix) => {
                self.at += 1;
                Ok(NodeTest::AnyInNamespace(prefix))
            }
            Token::Name(name) if self.peek_second() == &Token::OpenParen => {
                let Some(test) = node_type(&name) else { return Err(self.unexpected("a name")) };
                self.at += 2;
                let test = match (test, self.peek().clone()) {
                    (NodeTest::Instruction(_), Token::Text(target)) => {
                        self.at += 1;
                        NodeTest::Instruction(Some(target))
                    }
                    (test, _) => test,
                };
                self.expect(&Token::CloseParen, "`)`")?;
                Ok(test)
            }
            Token::Name(name) => {
                self.at += 1;
                Ok(NodeTest::Name(name))
            }
            _ => Err(self.unexpected("a name")),
        }
    }
}

/// The step that `//` stands for.
fn any_depth() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: NodeTest::Node, predicates: Vec::new() }
}

fn node_type(name: &QName) -> Option<NodeTest> {
    match (&name.prefix, &*name.local) {
        (None, "node") => Some(NodeTest::Node),
        (None, "text") => Some(NodeTest::Text),
        (None, "comment") => Some(NodeTest::Comment),
        (None, "processing-instruction") => Some(NodeTest::Instruction(None)),
        _ => None,
    }
}

fn gives_nodes(kind: Kind) -> bool {
    match kind {
        Kind::Nodes | Kind::Any => true,
        Kind::Text | Kind::Number | Kind::Boolean | Kind::Date => false,
    }
}

/// Whether `function` can be called with so many arguments.
fn takes(function: Function, count: usize) -> bool {
    let whole_pairs = match function {
        Function::IndexedRepeat => count % 2 == 1,
        Function::WeightedChecklist => count.is_multiple_of(2),
        _ => true,
    };
    function.arity().admits(count) && whole_pairs
}

/// A pattern that is written out is compiled here, once.
fn compile_pattern(function: Function, arguments: &mut [Expr]) {
    if function == Function::Regex
        && let Some(Expr { kind, .. }) = arguments.get_mut(1)
        && let ExprKind::Text(source) = kind
    {
        let source: Text = source.clone();
        *kind = ExprKind::Pattern(Arc::new(Pattern::new(&source)));
    }
}
