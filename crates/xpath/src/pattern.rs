//! Patterns of `regex()`: matched against the whole text, with bounded cost.
//!
//! Authors write them for Java or JavaScript. Digits and word characters are therefore ASCII only. Matching takes time
//! linear in the text, so lookarounds and backreferences do not exist; a pattern with one has a fault that says so.

use regex::{Regex, RegexBuilder};

/// The most memory a compiled pattern may take, in bytes.
const MAX_COMPILED: usize = 1 << 20;
const MAX_SOURCE: usize = 8 * 1024;
const MAX_NESTING: u32 = 64;

/// A pattern and what became of it.
#[derive(Debug)]
pub struct Pattern {
    source: String,
    compiled: Result<Regex, String>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Pattern {
    pub fn new(source: &str) -> Self {
        let compiled = if source.len() > MAX_SOURCE {
            Err(format!("it has {} bytes, at most {MAX_SOURCE} can be used", source.len()))
        } else {
            RegexBuilder::new(&format!("^(?:{})$", translated(source)))
                .size_limit(MAX_COMPILED)
                .dfa_size_limit(MAX_COMPILED)
                .nest_limit(MAX_NESTING)
                .build()
                .map_err(|error| reason(&error, source))
        };
        Self { source: source.to_owned(), compiled }
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// Why the pattern cannot be used, if so.
    pub fn fault(&self) -> Option<&str> {
        self.compiled.as_ref().err().map(String::as_str)
    }

    /// Whether the whole of `text` matches.
    ///
    /// # Errors
    /// The pattern's fault.
    pub fn matches(&self, text: &str) -> Result<bool, &str> {
        match &self.compiled {
            Ok(regex) => Ok(regex.is_match(text)),
            Err(fault) => Err(fault),
        }
    }
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
        fn any_pattern_can_be_offered(pattern in ".*", text in ".*") {
            let _ = Pattern::new(&pattern).matches(&text);
        }
    }
}
