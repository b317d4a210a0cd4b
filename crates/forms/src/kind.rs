//! The types of question: what an author may write in the column `type`, and what each is. A new type begins here.

use minicbor::{Decode, Encode};

use crate::view::QuestionKind;

/// What a node of a form is. **Frozen: the numbers are part of every form's definition.**
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Kind {
    #[n(0)]
    Group,
    #[n(1)]
    Repeat,
    #[n(2)]
    Note,
    #[n(3)]
    Calculate,
    #[n(4)]
    Text,
    #[n(5)]
    Integer,
    #[n(6)]
    Decimal,
    #[n(7)]
    SelectOne,
    #[n(8)]
    SelectMultiple,
    #[n(9)]
    Date,
    #[n(10)]
    Time,
    #[n(11)]
    DateTime,
    #[n(12)]
    Geopoint,
    #[n(13)]
    Image,
    #[n(14)]
    Audio,
    #[n(15)]
    Barcode,
    #[n(16)]
    Acknowledge,
    /// A value no one is asked for: a default or what another form's expression put there.
    #[n(17)]
    Hidden,
    /// The moment the record was first opened.
    #[n(18)]
    Start,
    /// The moment the record was finalized.
    #[n(19)]
    End,
    /// The day the record was first opened.
    #[n(20)]
    Today,
    #[n(21)]
    DeviceId,
    #[n(22)]
    Username,
    /// Something the device would know and this app does not tell, such as a telephone number: always blank.
    #[n(23)]
    Undisclosed,
    #[n(24)]
    Video,
    #[n(25)]
    File,
    #[n(26)]
    Rank,
    #[n(27)]
    Range,
    #[n(28)]
    Geotrace,
    #[n(29)]
    Geoshape,
}

/// A cell of the column `type`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowType {
    Begin(Kind),
    End(Kind),
    /// A question, and what was written after its type: a list or a file.
    Question {
        kind: Kind,
        list: Option<String>,
        or_other: bool,
    },
    /// Something that is not a node, and is left out.
    Skipped,
}

use Kind as K;

/// Every type by the names authors use for it, most usual first.
const TYPES: &[(&[&str], Kind)] = &[
    (&["text", "string", "add text prompt", "add text question"], K::Text),
    (&["integer", "int", "add integer prompt", "add integer question"], K::Integer),
    (&["decimal", "add decimal prompt", "add decimal question"], K::Decimal),
    (&["note", "add note prompt", "add note question"], K::Note),
    (&["calculate", "calculation", "add calculate prompt", "add calculate question"], K::Calculate),
    (&["date", "add date prompt", "add date question"], K::Date),
    (&["time", "add time prompt", "add time question"], K::Time),
    (&["datetime", "add datetime prompt", "add datetime question", "add date time prompt"], K::DateTime),
    (&["geopoint", "location", "gps", "add gps prompt", "add gps question", "add location prompt"], K::Geopoint),
    (&["geotrace"], K::Geotrace),
    (&["geoshape"], K::Geoshape),
    (&["image", "photo", "picture", "add image prompt", "add image question", "add photo prompt"], K::Image),
    (&["audio", "add audio prompt", "add audio question"], K::Audio),
    (&["video", "add video prompt", "add video question"], K::Video),
    (&["file"], K::File),
    (&["barcode", "add barcode prompt", "add barcode question"], K::Barcode),
    (&["acknowledge", "trigger", "add acknowledge prompt"], K::Acknowledge),
    (&["range"], K::Range),
    (&["hidden"], K::Hidden),
    (&["start", "get start time", "add start time"], K::Start),
    (&["end", "get end time", "add end time"], K::End),
    (&["today", "get today"], K::Today),
    (&["deviceid", "device id", "device_id", "get device id", "imei"], K::DeviceId),
    (&["username"], K::Username),
    (
        &[
            "phonenumber",
            "phone number",
            "get phone number",
            "email",
            "simserial",
            "sim id",
            "get sim id",
            "subscriberid",
            "subscriber id",
            "get subscriber id",
        ],
        K::Undisclosed,
    ),
];

/// Types that take the name of a list after them. Longer names stand before those they begin with.
const SELECTS: &[(&str, Kind)] = &[
    ("select_one_from_file", K::SelectOne),
    ("select_multiple_from_file", K::SelectMultiple),
    ("select one from file", K::SelectOne),
    ("select multiple from file", K::SelectMultiple),
    ("add select one prompt using", K::SelectOne),
    ("add select multiple prompt using", K::SelectMultiple),
    ("select all that apply from", K::SelectMultiple),
    ("select all that apply", K::SelectMultiple),
    ("select one from", K::SelectOne),
    ("select_one", K::SelectOne),
    ("select one", K::SelectOne),
    ("select1", K::SelectOne),
    ("select_multiple", K::SelectMultiple),
    ("select multiple", K::SelectMultiple),
    ("select all", K::SelectMultiple),
    ("rank", K::Rank),
];

const CONTAINERS: &[(&[&str], Kind)] = &[
    (&["group", "lgroup", "table-list group"], K::Group),
    (&["repeat", "loop", "lrepeat", "looped group"], K::Repeat),
];

/// What records how the form was filled rather than what was answered. It is kept by other means, so the row is no node.
const SKIPPED: &[&str] = &["audit", "background-audio", "start-geopoint", "csv-external", "xml-external", "osm"];

/// Reads a cell of the column `type`; nothing if no type is called that.
pub(crate) fn read(cell: &str) -> Option<RowType> {
    let text = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    let container = |rest: &str| {
        let rest = rest.trim_start_matches([' ', '_', '-']);
        CONTAINERS.iter().find(|(names, _)| names.contains(&rest)).map(|(_, kind)| *kind)
    };
    if let Some(rest) = lower.strip_prefix("begin") {
        return container(rest).map(RowType::Begin);
    }
    if let Some(kind) = lower.strip_prefix("end").filter(|rest| !rest.is_empty()).and_then(container) {
        return Some(RowType::End(kind));
    }
    if SKIPPED.contains(&lower.as_str()) {
        return Some(RowType::Skipped);
    }
    if let Some((_, kind)) = TYPES.iter().find(|(names, _)| names.contains(&lower.as_str())) {
        return Some(RowType::Question { kind: *kind, list: None, or_other: false });
    }
    SELECTS.iter().find_map(|(name, kind)| {
        // Lowering may change a text's length, so the list's name is taken from as many words on.
        let rest = lower.strip_prefix(name)?;
        if !rest.is_empty() && !rest.starts_with(' ') {
            return None;
        }
        let words = name.split(' ').count();
        let mut rest: Vec<&str> = text.split(' ').skip(words).collect();
        let or_other = match rest.as_slice() {
            [.., "or_other"] => rest.pop().is_some(),
            [.., "or", "other"] => rest.pop().is_some() && rest.pop().is_some(),
            _ => false,
        };
        let list = (!rest.is_empty()).then(|| rest.join(" "));
        Some(RowType::Question { kind: *kind, list, or_other })
    })
}

/// The type whose name is most like `given`, if any is like it.
pub(crate) fn nearest(given: &str) -> Option<String> {
    let word = given.split_whitespace().next().unwrap_or(given).to_lowercase();
    let usual = TYPES.iter().filter_map(|(names, _)| names.first().copied());
    let others = ["select_one", "select_multiple", "begin_group", "end_group", "begin_repeat", "end_repeat", "rank"];
    crate::nearest::nearest(&word, usual.chain(others)).map(str::to_owned)
}

impl Kind {
    /// How the question is asked; nothing for what asks nothing.
    pub(crate) fn asked_as(self) -> Option<QuestionKind> {
        Some(match self {
            K::Text => QuestionKind::Text,
            K::Integer => QuestionKind::Integer,
            K::Decimal => QuestionKind::Decimal,
            K::SelectOne => QuestionKind::SelectOne,
            K::SelectMultiple => QuestionKind::SelectMultiple,
            K::Date => QuestionKind::Date,
            K::Time => QuestionKind::Time,
            K::DateTime => QuestionKind::DateTime,
            K::Geopoint => QuestionKind::Geopoint,
            K::Image => QuestionKind::Image,
            K::Audio => QuestionKind::Audio,
            K::Barcode => QuestionKind::Barcode,
            K::Acknowledge => QuestionKind::Acknowledge,
            K::Video | K::File | K::Rank | K::Range | K::Geotrace | K::Geoshape => QuestionKind::Unsupported,
            K::Group
            | K::Repeat
            | K::Note
            | K::Calculate
            | K::Hidden
            | K::Start
            | K::End
            | K::Today
            | K::DeviceId
            | K::Username
            | K::Undisclosed => return None,
        })
    }

    pub(crate) fn is_container(self) -> bool {
        matches!(self, K::Group | K::Repeat)
    }

    pub(crate) fn is_select(self) -> bool {
        matches!(self, K::SelectOne | K::SelectMultiple | K::Rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: Kind, list: Option<&str>, or_other: bool) -> Option<RowType> {
        Some(RowType::Question { kind, list: list.map(str::to_owned), or_other })
    }

    #[test]
    fn a_type_is_read_by_any_of_its_names() {
        assert_eq!(read("select_one sn"), question(K::SelectOne, Some("sn"), false));
        assert_eq!(read("Select  One from Sí_No or_other"), question(K::SelectOne, Some("Sí_No"), true));
        assert_eq!(read("select_one_from_file a b.csv"), question(K::SelectOne, Some("a b.csv"), false));
        assert_eq!(read("select_multiple"), question(K::SelectMultiple, None, false));
        assert_eq!(read("dateTime"), question(K::DateTime, None, false));
        assert_eq!(read("begin group"), Some(RowType::Begin(K::Group)));
        assert_eq!(read("END_REPEAT"), Some(RowType::End(K::Repeat)));
        assert_eq!(read("end"), question(K::End, None, false));
        assert_eq!(read("select_ones x"), None);
    }

    #[test]
    fn the_nearest_type_is_proposed() {
        assert_eq!(nearest("integr").as_deref(), Some("integer"));
        assert_eq!(nearest("selct_one sn").as_deref(), Some("select_one"));
        assert_eq!(nearest("zzzzzzzz"), None);
    }
}
