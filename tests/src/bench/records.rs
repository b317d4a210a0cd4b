//! Records of sixty answers, the same every time: 25 short texts, 20 whole numbers, 5 decimals, 5 dates, 3 truths and 2 notes.
//!
//! They are of no form that the frames' dictionary was trained on, and half of what they say is random: what they cost is
//! what any programme's records cost.

use chaski_programme::head::Head;
use chaski_records::Record;
use chaski_tests::story::Broken;
use chaski_values::{DistrictCode, FormId, FormVersion, Key, LogId, RecordId, Scalar, Timestamp};

/// SplitMix64.
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.roll() as u8)
    }

    fn word(&mut self) -> String {
        let count = 2 + self.below(2);
        (0..count).map(|_| self.one(SYLLABLES)).collect()
    }

    fn words(&mut self, count: u64) -> String {
        let words: Vec<String> =
            (0..count).map(|place| if place % 3 == 2 { self.one(BETWEEN).to_owned() } else { self.word() }).collect();
        words.join(" ")
    }
}

const SYLLABLES: &[&str] = &[
    "ca", "cha", "co", "cu", "chu", "ha", "hua", "ka", "lla", "llo", "ma", "mi", "mu", "na", "ñi", "pa", "pi", "pu",
    "qui", "ra", "ri", "ru", "sa", "si", "su", "ta", "ti", "tu", "wa", "ya", "yu", "chi", "que", "pam", "can", "tor",
    "san", "vil",
];
const BETWEEN: &[&str] = &["de", "la", "en", "con", "por", "y", "del", "sin", "los", "para"];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Decimal,
    Date,
    Truth,
    Note,
}

const ANSWERS: &[(Kind, usize)] =
    &[(Kind::Text, 25), (Kind::Number, 20), (Kind::Decimal, 5), (Kind::Date, 5), (Kind::Truth, 3), (Kind::Note, 2)];

/// A form as far as its records go: its sixty keys.
#[derive(Debug)]
pub(crate) struct Form {
    head: Head,
    questions: Vec<(Key, Kind)>,
}

impl Form {
    pub(crate) fn new(district: DistrictCode) -> Result<Self, Broken> {
        let mut dice = Dice(0x60);
        let kinds = ANSWERS.iter().flat_map(|(kind, count)| std::iter::repeat_n(*kind, *count));
        let questions = kinds.enumerate().map(|(number, kind)| {
            let key: Key = format!("q/G{}/{}_{number}", number / 10, dice.word().replace('ñ', "n")).parse()?;
            Ok((key, kind))
        });
        let questions = questions.collect::<Result<_, Broken>>()?;
        let head = Head {
            form: Some(FormId::new("ficha_productor")?),
            version: Some(FormVersion::of("bench", &[b"ficha_productor".as_slice()])),
            project: None,
            district: Some(district),
            is_final: true,
        };
        Ok(Self { head, questions })
    }

    /// A new record and the one change that it consists of.
    pub(crate) fn record(&self, dice: &mut Dice, log: LogId, at: Timestamp) -> Result<(RecordId, Vec<u8>), Broken> {
        let id = RecordId::new(at, dice.bytes());
        let mut writes = self.head.writes();
        writes.extend(self.questions.iter().map(|(key, kind)| (key.clone(), kind.answer(dice))));
        let change = Record::empty(id).prepare(log, at, &writes)?.ok_or("a new record says nothing")?;
        Ok((id, change.as_bytes().to_vec()))
    }
}

impl Kind {
    fn answer(self, dice: &mut Dice) -> Scalar {
        match self {
            Self::Text => {
                let words = 1 + dice.below(2);
                Scalar::Text(dice.words(words))
            }
            Self::Number => Scalar::Int(dice.below(500) as i64),
            // Two digits after the point, kept in millionths.
            Self::Decimal => Scalar::Int(dice.below(1_000_000) as i64 * 10_000),
            Self::Date => {
                let (month, day) = (1 + dice.below(12), 1 + dice.below(28));
                Scalar::Text(format!("20{:02}-{month:02}-{day:02}", 20 + dice.below(7)))
            }
            Self::Truth => Scalar::Bool(dice.below(2) == 0),
            Self::Note => {
                let words = 10 + dice.below(15);
                Scalar::Text(dice.words(words))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_sixty_answers() {
        assert_eq!(ANSWERS.iter().map(|(_, count)| count).sum::<usize>(), 60);
    }
}
