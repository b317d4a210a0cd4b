//! Patterns of `regex()`: matched against the whole text, with bounded cost.
//!
//! Authors write them for Java or JavaScript. Digits and word characters are therefore ASCII only. Matching takes time
//! linear in the text, so lookarounds and backreferences do not exist; a pattern with one has a fault that says so.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

/// The most memory a compiled pattern may take, in bytes.
const MAX_COMPILED: usize = 1 << 20;
const MAX_SOURCE: usize = 8 * 1024;
const MAX_NESTING: u32 = 64;

/// A pattern and what became of it.
///
/// What surely can be compiled is compiled when it is first matched: a form has many patterns, and most records meet few.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    /// The most bytes it takes when it is compiled; beyond [`MAX_COMPILED`] it is not known how many.
    weight: usize,
    compiled: OnceLock<Result<Regex, String>>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Pattern {
    pub fn new(source: &str) -> Self {
        let weight = surely(source).unwrap_or(usize::MAX);
        let pattern = Self { source: source.to_owned(), weight, compiled: OnceLock::new() };
        if weight > MAX_COMPILED {
            _ = pattern.compiled();
        }
        pattern
    }

    /// What it costs to compile the pattern, in steps of an evaluation.
    pub(crate) fn cost(&self) -> usize {
        self.source.len() + self.weight.min(MAX_COMPILED) / 4
    }

    /// What it may cost to match so many bytes: each may meet every state.
    pub(crate) fn cost_of(&self, bytes: usize) -> usize {
        const AT_ONCE: usize = 16;
        (self.weight.min(MAX_COMPILED) / STATE).saturating_mul(bytes) / AT_ONCE
    }

    fn compiled(&self) -> Result<&Regex, &str> {
        let source = &self.source;
        let compiled = self.compiled.get_or_init(|| {
            if source.len() > MAX_SOURCE {
                return Err(format!("it has {} bytes, at most {MAX_SOURCE} can be used", source.len()));
            }
            RegexBuilder::new(&whole(source))
                .size_limit(MAX_COMPILED)
                .dfa_size_limit(MAX_COMPILED)
                .nest_limit(MAX_NESTING)
                .build()
                .map_err(|error| reason(&error, source))
        });
        compiled.as_ref().map_err(String::as_str)
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// Why the pattern cannot be used, if so.
    pub fn fault(&self) -> Option<&str> {
        self.compiled.get().and_then(|compiled| compiled.as_ref().err()).map(String::as_str)
    }

    /// Whether the whole of `text` matches.
    ///
    /// # Errors
    /// The pattern's fault.
    pub fn matches(&self, text: &str) -> Result<bool, &str> {
        self.compiled().map(|regex| regex.is_match(text))
    }
}

/// What matches the whole text, in this crate's syntax.
fn whole(source: &str) -> String {
    format!("^(?:{})$", translated(source))
}

/// The most bytes that a pattern takes when it is compiled, by a rough count that is never too low; nothing for what is none.
fn surely(source: &str) -> Option<usize> {
    if source.len() > MAX_SOURCE {
        return None;
    }
    ParserBuilder::new().nest_limit(MAX_NESTING).build().parse(&whole(source)).ok().map(|parsed| weight(&parsed))
}

/// The most bytes that a state of the automaton takes.
const STATE: usize = 64;

/// At most so many bytes does a pattern take when it is compiled. A state of the automaton takes 32 bytes and a transition 8;
/// a pattern is compiled forwards and backwards, each of which has the limit to itself.
fn weight(pattern: &Hir) -> usize {
    let all = |patterns: &[Hir]| {
        patterns.iter().fold(STATE, |sum, pattern| sum.saturating_add(weight(pattern)).saturating_add(STATE))
    };
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => literal.0.len().saturating_add(1).saturating_mul(STATE),
        HirKind::Class(Class::Unicode(class)) if !class.is_ascii() => ranges(class).saturating_mul(4 * STATE),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().saturating_add(2).saturating_mul(STATE),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len().saturating_add(2).saturating_mul(STATE),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            let once = weight(&repetition.sub).saturating_add(2 * STATE);
            once.saturating_mul(times).saturating_add(4 * STATE)
        }
        HirKind::Capture(capture) => weight(&capture.sub).saturating_add(2 * STATE),
        HirKind::Concat(patterns) | HirKind::Alternation(patterns) => all(patterns),
    }
}

/// How many ranges of bytes the UTF-8 of a class comes to.
fn ranges(class: &ClassUnicode) -> usize {
    let sequences = class.iter().flat_map(|range| Utf8Sequences::new(range.start(), range.end()));
    sequences.map(|sequence| sequence.len()).sum::<usize>() + 2
}

fn reason(error: &regex::Error, source: &str) -> String {
    if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| source.contains(look)) {
        return "lookahead and lookbehind are not supported; combine two regex() with `and`".to_owned();
    }
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large; lower its repetition counts".to_owned(),
        error => error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    }
}

/// The pattern in this crate's syntax: ASCII classes, and a `[` inside a class stands for itself.
fn translated(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    let mut characters = source.chars().peekable();
    let mut in_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('d') => out.push_str("[0-9]"),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str("[0-9A-Za-z_]"),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('Z' | 'z') => out.push_str("\\z"),
                Some(escaped) if escaped.is_alphanumeric() || matches!(escaped, '<' | '>') || !escaped.is_ascii() => {
                    if matches!(escaped, '<' | '>') || !escaped.is_ascii() {
                        out.push(escaped);
                    } else {
                        out.extend(['\\', escaped]);
                    }
                }
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if characters.peek() == Some(&']') {
                    characters.next();
                    out.push_str("\\]");
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => out.extend(['\\', character]),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match() {
        for (pattern, text, expected) in [
            (r"\d{8}", "12345678", true),
            (r"\d{8}", "123456789", false),
            (r"^[0-9]{2}$", "12", true),
            (r"a|b", "ab", false),
            (r"a|b", "b", true),
            (r"\d", "٣", false),
            (r"[\d-]+", "12-3", true),
            (r"[[a]+", "[a", true),
            (r"[a&&b]+", "&ab", true),
            (r"[^\W]+", "ñ", false),
            (r".+@.+\.[a-z]{2,}", "ana@example.pe", true),
            (r"\/\-\'", "/-'", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), Ok(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn cost_is_bounded() {
        for pattern in ["(a{1000}){1000}", "(?=a)b", "(", &"(".repeat(10_000), r"(a)\1"] {
            let pattern = Pattern::new(pattern);
            assert!(pattern.fault().is_some(), "{pattern:?}");
        }
        assert_eq!(Pattern::new("(a+)+b").matches(&"a".repeat(100_000)), Ok(false));
    }

    proptest::proptest! {
        #[test]
        fn what_is_weighed_as_small_compiles(
            parts in proptest::collection::vec((0..8_usize, 0..40_u32, 0..40_u32), 1..6),
        ) {
            let atoms = ["a", r"\p{L}", "[ñ-ÿа-я€-中]", r"(a|bc|ñ\p{Greek})", "[a-z0-9]", r"(?:\b|\S\s)", ".", "(ab*(cd)+)?"];
            let part = |(atom, least, more): &(usize, u32, u32)| format!("(?:{}){{{least},{}}}", atoms[*atom], least + more);
            let pattern = Pattern::new(&parts.iter().map(part).collect::<String>());
            proptest::prop_assert!(pattern.fault().is_some() || pattern.compiled().is_ok(), "{pattern:?}");
        }

        #[test]
        fn any_pattern_can_be_offered(pattern in ".*", text in ".*") {
            let _ = Pattern::new(&pattern).matches(&text);
        }
    }
}
