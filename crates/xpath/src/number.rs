//! Numbers as text: read as XPath does, with an exponent allowed; written without one, ever.

/// The number that a text is, or `None`.
///
/// Digits with an optional minus, point and exponent, and space around them. No comma, plus sign, `Infinity` or
/// hexadecimal: a widget localises, the engine does not.
pub fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    if let Some(exponent) = exponent {
        let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if unsigned.is_empty() || !digits(unsigned) {
            return None;
        }
    }
    text.parse().ok()
}

/// The shortest text that reads back as this number: no exponent, no needless zero, and `0` for minus zero.
pub fn format_number(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_as_xpath_does() {
        for (text, number) in
            [("5", 5.0), (" -5.5 ", -5.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("1.5E-2", 0.015), ("007", 7.0)]
        {
            assert_eq!(parse_number(text), Some(number), "{text}");
        }
        for text in ["", " ", "+5", "1,5", "1e", "e5", ".", "-", "- 5", "Infinity", "inf", "NaN", "0x1F", "1_000", "٣"]
        {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn trap_09_number_to_text_never_has_an_exponent() {
        for (number, text) in [
            (1e21, "1000000000000000000000"),
            (1.5e-7, "0.00000015"),
            (-0.0, "0"),
            (12.50, "12.5"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(format_number(number), text);
        }
    }

    proptest! {
        #[test]
        fn a_number_written_reads_back_the_same(number in any::<f64>()) {
            let text = format_number(number);
            prop_assert!(!number.is_finite() || !text.contains(['e', 'E']), "{text}");
            if number.is_finite() {
                prop_assert_eq!(parse_number(&text), Some(number));
            }
        }

        #[test]
        fn any_text_can_be_offered(text in ".*") {
            let _ = parse_number(&text);
        }
    }
}
