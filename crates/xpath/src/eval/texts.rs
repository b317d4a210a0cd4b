//! Functions of text. Characters are counted, not bytes.

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER};
use sha2::Digest;

use super::STRETCH;
use super::chance::random_hex;
use super::logic::Call;
use crate::context::Context;
use crate::error::EvalError;
use crate::literal;
use crate::value::Text;

/// What XPath calls white space.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The longest text that is put together, in bytes; any answer is shorter.
const MAX_TEXT: usize = 128 * 1024;
/// The most random digits that `uuid(length)` gives.
pub(crate) const MAX_RANDOM_TEXT: f64 = 10_000.0;
/// What `digest()` can compute.
pub(crate) const ALGORITHMS: [&str; 5] = ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"];
/// How `digest()` writes it.
pub(crate) const ENCODINGS: [&str; 2] = ["base64", "hex"];

impl<C: Context> Call<'_, '_, C> {
    pub(super) fn text_or_own(&self, index: usize) -> Result<Text, EvalError> {
        if self.arguments.len() > index {
            return self.text(index);
        }
        Ok(self.evaluator.value_of(self.frame.node)?.to_text())
    }

    pub(super) fn two_texts(&self, function: fn(&str, &str) -> bool) -> Result<bool, EvalError> {
        Ok(function(&self.text(0)?, &self.text(1)?))
    }

    pub(super) fn concat(&self) -> Result<Text, EvalError> {
        let mut whole = String::new();
        self.each_from(0, &mut |value| {
            whole.push_str(&value.to_text());
            self.bounded(&whole)
        })?;
        Ok(whole.into())
    }

    /// Refuses a text that grew too long: questions that each double the one before would soon fill the memory.
    fn bounded(&self, text: &str) -> Result<(), EvalError> {
        if text.len() <= MAX_TEXT {
            return Ok(());
        }
        Err(EvalError::LongText { function: self.function.name(), limit: MAX_TEXT, span: self.span })
    }

    pub(super) fn join(&self) -> Result<Text, EvalError> {
        let between = self.text(0)?;
        let (mut whole, mut first) = (String::new(), true);
        self.each_from(1, &mut |value| {
            if !first {
                whole.push_str(&between);
            }
            first = false;
            whole.push_str(&value.to_text());
            self.bounded(&whole)
        })?;
        Ok(whole.into())
    }

    /// From a place counted from 0 to another, not included; below zero they count from the end.
    pub(super) fn substr(&self) -> Result<Text, EvalError> {
        let text = self.text(0)?;
        let length = text.chars().count();
        let start = clamped(self.number(1)?, length);
        let end = if self.arguments.len() > 2 { clamped(self.number(2)?, length) } else { length };
        Ok(text.chars().skip(start).take(end.saturating_sub(start)).collect::<String>().into())
    }

    /// From a place counted from 1, so many characters; both are rounded, as XPath 1.0 has it.
    #[expect(clippy::cast_precision_loss, reason = "a length is far below 2^53")]
    pub(super) fn substring(&self) -> Result<Text, EvalError> {
        let text = self.text(0)?;
        let start = half_up(self.number(1)?);
        let end = if self.arguments.len() > 2 { start + half_up(self.number(2)?) } else { f64::INFINITY };
        let chosen = |index: usize| {
            let place = index as f64 + 1.0;
            place >= start && place < end
        };
        Ok(text.chars().enumerate().filter(|(index, _)| chosen(*index)).map(|(_, c)| c).collect::<String>().into())
    }

    pub(super) fn substring_before(&self) -> Result<Text, EvalError> {
        let (text, mark) = (self.text(0)?, self.text(1)?);
        Ok(text.split_once(&*mark).map_or("", |(before, _)| before).into())
    }

    pub(super) fn substring_after(&self) -> Result<Text, EvalError> {
        let (text, mark) = (self.text(0)?, self.text(1)?);
        Ok(text.split_once(&*mark).map_or("", |(_, after)| after).into())
    }

    #[expect(clippy::cast_precision_loss, reason = "a length is far below 2^53")]
    pub(super) fn string_length(&self) -> Result<f64, EvalError> {
        Ok(self.text_or_own(0)?.chars().count() as f64)
    }

    pub(super) fn normalize_space(&self) -> Result<Text, EvalError> {
        let text = self.text_or_own(0)?;
        let words: Vec<&str> = text.split(SPACE).filter(|word| !word.is_empty()).collect();
        Ok(words.join(" ").into())
    }

    pub(super) fn translate(&self) -> Result<Text, EvalError> {
        let (text, from, to) = (self.text(0)?, self.text(1)?, self.text(2)?);
        let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
        let translated = |character: char| match from.iter().position(|one| *one == character) {
            Some(at) => to.get(at).copied(),
            None => Some(character),
        };
        self.evaluator.spend(text.len().saturating_mul(from.len()) / STRETCH)?;
        Ok(text.chars().filter_map(translated).collect::<String>().into())
    }

    /// `digest(text, algorithm, encoding)`: encoding is `base64`, unless `hex` is asked for.
    pub(super) fn digest(&self) -> Result<Text, EvalError> {
        let text = self.text(0)?;
        let algorithm = self.text(1)?;
        let bytes = match &*algorithm {
            "MD5" => md5::Md5::digest(text.as_bytes()).to_vec(),
            "SHA-1" => sha1::Sha1::digest(text.as_bytes()).to_vec(),
            "SHA-256" => sha2::Sha256::digest(text.as_bytes()).to_vec(),
            "SHA-384" => sha2::Sha384::digest(text.as_bytes()).to_vec(),
            "SHA-512" => sha2::Sha512::digest(text.as_bytes()).to_vec(),
            _ => return Err(self.refused(&algorithm, literal::ALGORITHMS_REMEDY)),
        };
        let encoding = if self.arguments.len() > 2 { self.text(2)? } else { "base64".into() };
        match &*encoding {
            "base64" => Ok(BASE64.encode(&bytes).into()),
            "hex" => Ok(HEXLOWER.encode(&bytes).into()),
            _ => Err(self.refused(&encoding, literal::ENCODINGS_REMEDY)),
        }
    }

    fn refused(&self, found: &str, remedy: &'static str) -> EvalError {
        let found = found.chars().take(80).collect();
        EvalError::Argument { function: self.function.name(), found, remedy, span: self.span }
    }

    /// The text that base64 stands for; blank when it is not base64. What came by post or was copied from a screen may have
    /// lost its last `=`, and have white space inside.
    pub(super) fn base64_decode(&self) -> Result<Text, EvalError> {
        let text = self.text(0)?;
        let mut digits: String = text.split_whitespace().collect();
        if digits.len().is_multiple_of(4) {
            let padding = digits.bytes().rev().take(2).take_while(|byte| *byte == b'=').count();
            digits.truncate(digits.len() - padding);
        }
        let bytes = BASE64_NOPAD.decode(digits.as_bytes()).unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into())
    }

    pub(super) fn extract_signed(&self) -> Result<Text, EvalError> {
        let (text, key) = (self.text(0)?, self.text(1)?);
        Ok(self.evaluator.context.extract_signed(&text, &key).unwrap_or_default())
    }

    /// A UUID; with an argument, so many random hexadecimal digits.
    pub(super) fn uuid(&self) -> Result<Text, EvalError> {
        let context = self.evaluator.context;
        if self.arguments.is_empty() {
            return Ok(context.uuid().into());
        }
        let length = self.number(0)?;
        match index(length).filter(|_| length <= MAX_RANDOM_TEXT) {
            Some(length) => {
                self.evaluator.spend(length)?;
                Ok(random_hex(length, &mut || context.random()).into())
            }
            None => Err(self.refused(&self.text(0)?, literal::LENGTH_REMEDY)),
        }
    }

    pub(super) fn pull_data(&self) -> Result<Text, EvalError> {
        let (table, column, key_column, key) = (self.text(0)?, self.text(1)?, self.text(2)?, self.text(3)?);
        self.evaluator.context.pull_data(&table, &column, &key_column, &key)
    }
}

/// A number as a place in a list: its whole part, if that is not below zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
pub(super) fn index(number: f64) -> Option<usize> {
    let whole = number.trunc();
    (0.0..=1e15).contains(&whole).then_some(whole as usize)
}

/// A place in a text of `length` characters; below zero it counts from the end.
#[expect(clippy::cast_precision_loss, reason = "a length is far below 2^53")]
fn clamped(number: f64, length: usize) -> usize {
    let number = number.trunc();
    let from_start = if number < 0.0 { number + length as f64 } else { number };
    index(from_start.clamp(0.0, length as f64)).unwrap_or(0)
}

fn half_up(number: f64) -> f64 {
    (number + 0.5).floor()
}

/// A whole number from the SHA-256 of a text, as other ODK clients draw it: its first eight bytes.
pub(super) fn seed_of_text(text: &str) -> i64 {
    let hash = sha2::Sha256::digest(text.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}
