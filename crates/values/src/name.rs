//! Names of nodes.

/// Whether a name may begin with `c`: XML 1.0, fifth edition, production 4, without the colon.
pub fn begins_name(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}' | '\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// Whether a name may go on with `c`: production 4a.
pub fn continues_name(c: char) -> bool {
    begins_name(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
}

/// Whether `text` is a name without a colon, as the XLSForm converter takes it.
pub fn is_name(text: &str) -> bool {
    // Nearly every name is of these alone, and a form checks thousands.
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match text.as_bytes() {
        [first, rest @ ..] if is_usual(first) && rest.iter().all(is_usual) => !first.is_ascii_digit(),
        _ => text.starts_with(begins_name) && text.chars().all(continues_name),
    }
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_of_any_script_are_names() {
        for name in ["ñandú", "नमस्ते", "ชื่อ", "မြန်မာ", "a\u{301}", "a·b", "_1", "a-b.c"]
        {
            assert!(is_name(name), "{name}");
        }
        for text in ["", "1a", "-a", "a b", "a:b", "a/b", "@a", "a\u{200b}", "nº"] {
            assert!(!is_name(text), "{text}");
        }
    }
}
