//! The words of an expression, each with its span.

use chaski_values::{begins_name, continues_name};

use crate::error::{ParseFault, Span};
use crate::expr::QName;
use crate::number::parse_number;
use crate::value::Text;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    Text(Text),
    /// A name; whether it is an operator, a function or an element depends on where it stands.
    Name(QName),
    /// `prefix:*`
    PrefixStar(Text),
    /// `${name}`
    Question(Text),
    /// `${last-saved#name}`
    LastSaved(Text),
    /// `$name`, which forms do not have.
    Variable(Text),
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    Dot,
    DotDot,
    At,
    Comma,
    ColonColon,
    Slash,
    SlashSlash,
    Bar,
    Plus,
    Minus,
    Star,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct Lexeme {
    pub(crate) token: Token,
    pub(crate) span: Span,
}

type Fault = (ParseFault, Span);

/// Splits `source` into its words, with [`Token::End`] last.
pub(crate) fn lex(source: &str) -> Result<Vec<Lexeme>, Fault> {
    let mut lexemes = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, end) = match lexemes.last() {
            Some(Lexeme { token, .. }) if ends_operand(token) && glued_operator(&source[at..]).is_some() => {
                let operator = glued_operator(&source[at..]).unwrap_or_default();
                (Token::Name(QName { prefix: None, local: operator.into() }), at + operator.len())
            }
            _ => read(source, at, first)?,
        };
        lexemes.push(Lexeme { token, span: Span::new(at, end) });
        at = end;
    }
    lexemes.push(Lexeme { token: Token::End, span: Span::new(source.len(), source.len()) });
    Ok(lexemes)
}

/// Whether an operand can end here, so that only an operator can follow. After a name one cannot tell.
fn ends_operand(token: &Token) -> bool {
    matches!(
        token,
        Token::Number(_)
            | Token::Text(_)
            | Token::Question(_)
            | Token::LastSaved(_)
            | Token::CloseParen
            | Token::CloseBracket
            | Token::Dot
            | Token::DotDot
    )
}

/// An operator with its right operand's digits written against it, as in `1 or2`.
fn glued_operator(rest: &str) -> Option<&'static str> {
    ["and", "or", "div", "mod"].into_iter().find(|operator| {
        rest.strip_prefix(operator).is_some_and(|after| after.starts_with(|first: char| first.is_ascii_digit()))
    })
}

fn read(source: &str, at: usize, first: char) -> Result<(Token, usize), Fault> {
    let rest = &source[at..];
    let one = |token| Ok((token, at + 1));
    let two = |token| Ok((token, at + 2));
    let second = rest.as_bytes().get(1).copied();
    match first {
        '0'..='9' => Ok(number(rest, at)),
        '.' if second.is_some_and(|byte| byte.is_ascii_digit()) => Ok(number(rest, at)),
        '.' if second == Some(b'.') => two(Token::DotDot),
        '.' => one(Token::Dot),
        '\'' | '"' => match rest[1..].find(first) {
            Some(length) => Ok((Token::Text(rest[1..=length].into()), at + length + 2)),
            None => Err((ParseFault::UnclosedText { quote: first }, Span::new(at, source.len()))),
        },
        '(' => one(Token::OpenParen),
        ')' => one(Token::CloseParen),
        '[' => one(Token::OpenBracket),
        ']' => one(Token::CloseBracket),
        '@' => one(Token::At),
        ',' => one(Token::Comma),
        ':' if second == Some(b':') => two(Token::ColonColon),
        '/' if second == Some(b'/') => two(Token::SlashSlash),
        '/' => one(Token::Slash),
        '|' if second == Some(b'|') => Err(stray(at, "||", "write `or`")),
        '|' => one(Token::Bar),
        '+' => one(Token::Plus),
        '-' | '\u{2212}' => Ok((Token::Minus, at + first.len_utf8())),
        '*' => one(Token::Star),
        '=' if second == Some(b'=') => Err(stray(at, "==", "write `=`")),
        '=' => one(Token::Equal),
        '!' if second == Some(b'=') => two(Token::NotEqual),
        '!' => Err(stray(at, "!", "write `!=` or `not(...)`")),
        '<' if second == Some(b'>') => Err(stray(at, "<>", "write `!=`")),
        '<' if second == Some(b'=') => two(Token::LessOrEqual),
        '<' => one(Token::Less),
        '>' if second == Some(b'=') => two(Token::GreaterOrEqual),
        '>' => one(Token::Greater),
        '&' if second == Some(b'&') => Err(stray(at, "&&", "write `and`")),
        '&' => Err(stray(at, "&", "use concat(...) to put texts together")),
        '%' => Err(stray(at, "%", "write `mod` for a remainder, or divide by 100")),
        '$' => reference(source, at),
        '‘' | '’' | '“' | '”' => Err(stray_character(at, first, Some("use straight quotes: ' or \""))),
        '≤' => Err(stray_character(at, first, Some("write `<=`"))),
        '≥' => Err(stray_character(at, first, Some("write `>=`"))),
        '≠' => Err(stray_character(at, first, Some("write `!=`"))),
        '×' => Err(stray_character(at, first, Some("write `*`"))),
        '÷' => Err(stray_character(at, first, Some("write `div`"))),
        '{' | '}' => Err(stray_character(at, first, Some("a question is written `${name}`"))),
        '#' => Err(stray_character(at, first, Some("a question is written `${name}`"))),
        ';' => Err(stray_character(at, first, Some("write `,` between what a function takes"))),
        '^' => Err(stray_character(at, first, Some("write `pow(a, b)` for a power, and a pattern in quotes"))),
        _ if is_unseen(first) => {
            let found = format!("U+{:04X}", u32::from(first));
            let remedy = Some("it is a character that cannot be seen; delete it and type this part anew");
            Err((ParseFault::Stray { found, remedy }, Span::new(at, at + first.len_utf8())))
        }
        _ if begins_name(first) => Ok(name(rest, at)),
        _ => Err(stray_character(at, first, None)),
    }
}

/// Whether a character comes along when something is copied from a page or a chat, and nobody sees it.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn stray(at: usize, found: &str, remedy: &'static str) -> Fault {
    (ParseFault::Stray { found: found.to_owned(), remedy: Some(remedy) }, Span::new(at, at + found.len()))
}

fn stray_character(at: usize, found: char, remedy: Option<&'static str>) -> Fault {
    (ParseFault::Stray { found: found.to_string(), remedy }, Span::new(at, at + found.len_utf8()))
}

fn number(rest: &str, at: usize) -> (Token, usize) {
    let digits = |from: usize| rest.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    if rest.as_bytes().get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(rest.as_bytes().get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.as_bytes().get(length + 1), Some(b'-' | b'+')));
        let exponent = rest.len().checked_sub(length + 1 + sign).map_or(0, |_| digits(length + 1 + sign));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    let value = parse_number(&rest[..length]).unwrap_or(f64::NAN);
    (Token::Number(value), at + length)
}

fn name_length(text: &str) -> usize {
    match text.chars().next() {
        Some(first) if begins_name(first) => text.find(|c| !continues_name(c)).unwrap_or(text.len()),
        _ => 0,
    }
}

fn name(rest: &str, at: usize) -> (Token, usize) {
    let length = name_length(rest);
    let first = &rest[..length];
    let after = &rest[length..];
    if let Some(local) = after.strip_prefix(':')
        && !local.starts_with(':')
    {
        if local.starts_with('*') {
            return (Token::PrefixStar(first.into()), at + length + 2);
        }
        let local_length = name_length(local);
        if local_length > 0 {
            let name = QName { prefix: Some(first.into()), local: local[..local_length].into() };
            return (Token::Name(name), at + length + 1 + local_length);
        }
    }
    (Token::Name(QName { prefix: None, local: first.into() }), at + length)
}

/// `${name}`, with space allowed inside the braces as authors leave it; or a variable, which forms do not have.
fn reference(source: &str, at: usize) -> Result<(Token, usize), Fault> {
    let rest = &source[at..];
    let Some(inside) = rest.strip_prefix("${") else {
        let length = name_length(&rest[1..]);
        if length == 0 {
            return Err(stray(at, "$", "a question is written `${name}`"));
        }
        return Ok((Token::Variable(rest[..=length].into()), at + 1 + length));
    };
    let unclosed = |length: usize| {
        let text = rest[..length].to_owned();
        (ParseFault::UnclosedReference { text }, Span::new(at, at + length))
    };
    let Some(close) = inside.find(['}', '\'', '"', '(', '{', '\n']) else { return Err(unclosed(rest.len())) };
    if !inside[close..].starts_with('}') {
        return Err(unclosed(close + 2));
    }
    let (name, end) = (inside[..close].trim(), at + 2 + close + 1);
    let (name, token): (&str, fn(Text) -> Token) = match name.strip_prefix("last-saved#") {
        Some(name) => (name, Token::LastSaved),
        None => (name, Token::Question),
    };
    let (first, second) = name.split_once(':').map_or((name, None), |(first, second)| (first, Some(second)));
    let whole = |part: &str| !part.is_empty() && name_length(part) == part.len();
    if !whole(first) || second.is_some_and(|second| !whole(second)) {
        let found = source[at..end].to_owned();
        return Err((
            ParseFault::Stray { found, remedy: Some("a question's name has letters, digits, `_`, `-` and `.`") },
            Span::new(at, end),
        ));
    }
    Ok((token(name.into()), end))
}
