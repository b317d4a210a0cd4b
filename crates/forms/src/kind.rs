//! The types of question: what an author may write in the column `type`, and what each is.
//!
//! **A new type begins here**: a variant of [`Kind`] with the next number and its row in [`KINDS`], which says its names, its
//! parameters, how it is asked, how its answer is kept and what it is in an XForm. Everything else reads the row: the sheet, the
//! XForm in and out, the session, the paper and the page of what is supported.

use minicbor::{Decode, Encode};

use crate::view::QuestionKind;

pub(crate) use others::{Foreign, Instead, foreign, of_programs};

mod others;

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
    /// Something the device would know and this app does not tell: always blank. Forms read today name what it is.
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
    /// A feature of a map that only other programs can mark.
    #[n(30)]
    Osm,
    /// The position where the record was first opened.
    #[n(31)]
    StartGeopoint,
    #[n(32)]
    BackgroundAudio,
    /// The position where another question was answered.
    #[n(33)]
    BackgroundGeopoint,
    /// A log of how the form was filled in. This app keeps its own by other means.
    #[n(34)]
    Audit,
    #[n(35)]
    PhoneNumber,
    #[n(36)]
    Email,
    #[n(37)]
    SimSerial,
    #[n(38)]
    SubscriberId,
}

/// A cell of the column `type`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowType {
    /// And, for a loop, the list it goes through.
    Begin(Container, Option<String>),
    End(Container),
    Question(Asked),
    /// A file that expressions read: its ending.
    External(&'static str),
    /// A question of a type of its own, with the constraint and the hint that come with it.
    Shorthand(Kind, &'static str, &'static str),
}

/// What opens and closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    Group,
    Repeat,
    /// The same questions for each choice of a list.
    Loop,
}

/// A question's type, and what was written after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    /// A list, a file or a reference.
    pub(crate) list: Option<String>,
    pub(crate) or_other: bool,
    pub(crate) from: From,
}

/// Where the type itself says that choices come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// The sheet `choices`, or whatever the name after the type says.
    Choices,
    File,
    /// The sheet `external_choices`.
    External,
}

/// How a kind keeps its answer in a record; what more it depends on is with the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    Nothing,
    Text,
    Integer,
    Decimal,
    /// An integer or a decimal, as the parameters say.
    Number,
    Choice,
    Choices,
    Date,
    Time,
    DateTime,
    Point,
    Trace,
    Rank,
    Media,
}

/// What asks the question in the body of an XForm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    Nothing,
    Input,
    /// With its media type.
    Upload(&'static str),
    Select1,
    Select,
    Trigger,
    Rank,
    Range,
}

impl Control {
    /// The name of its element; nothing for what is not in the body.
    pub(crate) const fn element(self) -> Option<&'static str> {
        Some(match self {
            Self::Nothing => return None,
            Self::Input => "input",
            Self::Upload(_) => "upload",
            Self::Select1 => "select1",
            Self::Select => "select",
            Self::Trigger => "trigger",
            Self::Rank => "odk:rank",
            Self::Range => "range",
        })
    }
}

/// What a kind is.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    /// What authors call it, the usual name first. Types that take a list have theirs in [`SELECTS`].
    pub(crate) names: &'static [&'static str],
    /// How it is asked; nothing for what asks nothing.
    pub(crate) asked: Option<QuestionKind>,
    pub(crate) keeps: Keeps,
    /// The type of its bind in an XForm; blank for none.
    pub(crate) bind: &'static str,
    pub(crate) control: Control,
    /// Its `jr:preload` and `jr:preloadParams`.
    pub(crate) preload: Option<(&'static str, &'static str)>,
    /// What the column `parameters` may say, in order; nothing where anything may stand there.
    pub(crate) parameters: Option<&'static [&'static str]>,
}

impl Facts {
    const fn taking(mut self, parameters: &'static [&'static str]) -> Self {
        self.parameters = Some(parameters);
        self
    }
}

use Keeps as S;
use Kind as K;
use QuestionKind as Q;

/// A kind that a person answers.
const fn asked(
    kind: Kind,
    names: &'static [&'static str],
    asked: QuestionKind,
    keeps: Keeps,
    bind: &'static str,
    control: Control,
) -> Facts {
    Facts { kind, names, asked: Some(asked), keeps, bind, control, preload: None, parameters: None }
}

/// A kind that no person answers.
const fn silent(kind: Kind, names: &'static [&'static str], keeps: Keeps, bind: &'static str) -> Facts {
    Facts { kind, names, asked: None, keeps, bind, control: Control::Nothing, preload: None, parameters: None }
}

/// A kind that the device fills in.
const fn preloaded(
    kind: Kind,
    names: &'static [&'static str],
    keeps: Keeps,
    bind: &'static str,
    preload: (&'static str, &'static str),
) -> Facts {
    Facts { kind, names, asked: None, keeps, bind, control: Control::Nothing, preload: Some(preload), parameters: None }
}

const IMAGE: Control = Control::Upload("image/*");
const AUDIO: Control = Control::Upload("audio/*");
const VIDEO: Control = Control::Upload("video/*");
const FILE: Control = Control::Upload("application/*");
const INPUT: Control = Control::Input;

/// Choices may be put in another order.
const ORDERED: &[&str] = &["randomize", "seed"];

/// Every kind, in the order of their numbers.
pub(crate) const KINDS: &[Facts] = &[
    silent(K::Group, &[], S::Nothing, ""),
    silent(K::Repeat, &[], S::Nothing, ""),
    Facts {
        control: INPUT,
        ..silent(K::Note, &["note", "q note", "add note prompt", "add note question"], S::Nothing, "string")
    },
    // A calculation keeps nothing, except the value of one that is computed once.
    silent(
        K::Calculate,
        &["calculate", "calculation", "q calculate", "add calculate prompt", "add calculate question"],
        S::Text,
        "string",
    ),
    asked(
        K::Text,
        &["text", "string", "q string", "add text prompt", "add text question"],
        Q::Text,
        S::Text,
        "string",
        INPUT,
    )
    .taking(&["rows"]),
    asked(
        K::Integer,
        &["integer", "int", "q int", "add integer prompt", "add integer question"],
        Q::Integer,
        S::Integer,
        "int",
        INPUT,
    ),
    asked(
        K::Decimal,
        &["decimal", "q decimal", "add decimal prompt", "add decimal question"],
        Q::Decimal,
        S::Decimal,
        "decimal",
        INPUT,
    ),
    asked(K::SelectOne, &[], Q::SelectOne, S::Choice, "string", Control::Select1).taking(ORDERED),
    asked(K::SelectMultiple, &[], Q::SelectMultiple, S::Choices, "string", Control::Select).taking(ORDERED),
    asked(K::Date, &["date", "q date", "add date prompt", "add date question"], Q::Date, S::Date, "date", INPUT),
    asked(K::Time, &["time", "add time prompt", "add time question"], Q::Time, S::Time, "time", INPUT),
    asked(
        K::DateTime,
        &[
            "datetime",
            "date time",
            "q date time",
            "q datetime",
            "add datetime prompt",
            "add datetime question",
            "add date time prompt",
        ],
        Q::DateTime,
        S::DateTime,
        "dateTime",
        INPUT,
    ),
    asked(
        K::Geopoint,
        &[
            "geopoint",
            "location",
            "gps",
            "q geopoint",
            "q location",
            "add gps prompt",
            "add gps question",
            "add location prompt",
        ],
        Q::Geopoint,
        S::Point,
        "geopoint",
        INPUT,
    )
    .taking(&["allow-mock-accuracy", "capture-accuracy", "reference-geometry", "warning-accuracy"]),
    asked(
        K::Image,
        &[
            "image",
            "photo",
            "picture",
            "q image",
            "q picture",
            "add image prompt",
            "add image question",
            "add photo prompt",
        ],
        Q::Image,
        S::Media,
        "binary",
        IMAGE,
    )
    .taking(&["app", "max-pixels"]),
    asked(
        K::Audio,
        &["audio", "q audio", "add audio prompt", "add audio question"],
        Q::Audio,
        S::Media,
        "binary",
        AUDIO,
    )
    .taking(&["quality"]),
    asked(
        K::Barcode,
        &["barcode", "q barcode", "add barcode prompt", "add barcode question"],
        Q::Barcode,
        S::Text,
        "barcode",
        INPUT,
    ),
    asked(
        K::Acknowledge,
        &["acknowledge", "trigger", "q acknowledge", "add acknowledge prompt"],
        Q::Acknowledge,
        S::Text,
        "string",
        Control::Trigger,
    ),
    silent(K::Hidden, &["hidden"], S::Text, "string"),
    preloaded(
        K::Start,
        &["start", "start time", "get start time", "add start time"],
        S::DateTime,
        "dateTime",
        ("timestamp", "start"),
    ),
    preloaded(
        K::End,
        &["end", "end time", "get end time", "add end time"],
        S::DateTime,
        "dateTime",
        ("timestamp", "end"),
    ),
    preloaded(K::Today, &["today", "get today"], S::Date, "date", ("date", "today")),
    preloaded(
        K::DeviceId,
        &["deviceid", "device id", "device_id", "get device id", "imei", "uri:deviceid"],
        S::Text,
        "string",
        ("property", "deviceid"),
    ),
    preloaded(K::Username, &["username", "uri:username"], S::Text, "string", ("property", "username")),
    silent(K::Undisclosed, &[], S::Nothing, "string"),
    asked(
        K::Video,
        &["video", "q video", "add video prompt", "add video question"],
        Q::Video,
        S::Media,
        "binary",
        VIDEO,
    ),
    asked(K::File, &["file", "add file prompt"], Q::File, S::Media, "binary", FILE),
    asked(K::Rank, &[], Q::Rank, S::Rank, "odk:rank", Control::Rank).taking(ORDERED),
    asked(K::Range, &["range"], Q::Range, S::Number, "int", Control::Range).taking(&[
        "end",
        "placeholder",
        "start",
        "step",
        "tick_interval",
        "tick_labelset",
    ]),
    asked(K::Geotrace, &["geotrace", "q geotrace"], Q::Geotrace, S::Trace, "geotrace", INPUT).taking(&[
        "allow-mock-accuracy",
        "incremental",
        "reference-geometry",
    ]),
    asked(K::Geoshape, &["geoshape", "q geoshape"], Q::Geoshape, S::Trace, "geoshape", INPUT).taking(&[
        "allow-mock-accuracy",
        "incremental",
        "reference-geometry",
    ]),
    asked(K::Osm, &["osm"], Q::Unsupported, S::Text, "binary", Control::Upload("osm/*")),
    silent(K::StartGeopoint, &["start-geopoint"], S::Point, "geopoint"),
    silent(K::BackgroundAudio, &["background-audio"], S::Media, "binary").taking(&["quality"]),
    silent(K::BackgroundGeopoint, &["background-geopoint"], S::Point, "geopoint"),
    silent(K::Audit, &["audit"], S::Nothing, "binary").taking(&[
        "identify-user",
        "location-max-age",
        "location-min-interval",
        "location-priority",
        "track-changes",
        "track-changes-reasons",
    ]),
    preloaded(
        K::PhoneNumber,
        &["phonenumber", "get phone number", "uri:phonenumber"],
        S::Nothing,
        "string",
        ("property", "phonenumber"),
    ),
    preloaded(K::Email, &["email", "uri:email"], S::Nothing, "string", ("property", "email")),
    preloaded(
        K::SimSerial,
        &["simserial", "sim id", "get sim id", "uri:simserial"],
        S::Nothing,
        "string",
        ("property", "simserial"),
    ),
    preloaded(
        K::SubscriberId,
        &["subscriberid", "subscriber id", "get subscriber id", "uri:subscriberid"],
        S::Nothing,
        "string",
        ("property", "subscriberid"),
    ),
];

/// Types that take the name of a list after them. Longer names stand before those they begin with.
pub(crate) const SELECTS: &[(&str, Kind, From)] = &[
    ("select_one_from_file", K::SelectOne, From::File),
    ("select_multiple_from_file", K::SelectMultiple, From::File),
    ("select one from file", K::SelectOne, From::File),
    ("select multiple from file", K::SelectMultiple, From::File),
    ("select_one_external", K::SelectOne, From::External),
    ("select one external", K::SelectOne, From::External),
    ("add select one prompt using", K::SelectOne, From::Choices),
    ("add select multiple prompt using", K::SelectMultiple, From::Choices),
    ("select all that apply from", K::SelectMultiple, From::Choices),
    ("select all that apply", K::SelectMultiple, From::Choices),
    ("select one from", K::SelectOne, From::Choices),
    ("select_one", K::SelectOne, From::Choices),
    ("select one", K::SelectOne, From::Choices),
    ("select1", K::SelectOne, From::Choices),
    ("select_multiple", K::SelectMultiple, From::Choices),
    ("select multiple", K::SelectMultiple, From::Choices),
    ("select all", K::SelectMultiple, From::Choices),
    ("rank", K::Rank, From::Choices),
    ("osm", K::Osm, From::Choices),
];

const CONTAINERS: &[(&[&str], Container)] = &[
    (&["group"], Container::Group),
    (&["repeat", "lgroup", "lrepeat", "looped group"], Container::Repeat),
    (&["loop"], Container::Loop),
];

/// Types that bring a constraint and a hint.
pub(crate) const SHORTHANDS: &[(&str, Kind, &str, &str)] = &[
    ("percentage", K::Integer, "0 <= . and . <= 100", ""),
    ("number of days in last month", K::Integer, "0 <= . and . <= 31", "Enter a number 0-31."),
    ("number of days in last six months", K::Integer, "0 <= . and . <= 183", "Enter a number 0-183."),
    ("number of days in last year", K::Integer, "0 <= . and . <= 365", "Enter a number 0-365."),
    ("phone number", K::Text, "regex(., '^\\d*$')", "Enter numbers only."),
];

/// Names that only this program takes; the reference does not know them.
const OURS_ALONE: &[&str] = &[
    "add note question",
    "calculation",
    "add calculate question",
    "add text question",
    "add integer question",
    "add decimal question",
    "add date question",
    "add time prompt",
    "add time question",
    "q datetime",
    "add datetime prompt",
    "add datetime question",
    "add gps prompt",
    "add gps question",
    "picture",
    "add image question",
    "add audio question",
    "add barcode question",
    "add start time",
    "add end time",
    "device_id",
    "add video question",
];

/// Names that the reference knows only with their capital letter.
const AS_WRITTEN: &[&str] = &["q dateTime", "add dateTime prompt"];

/// Whether a type is written as only this program takes it: by another name, or in capital letters.
pub(crate) fn is_ours_alone(cell: &str) -> bool {
    let lower = cell.to_lowercase();
    if let Some(RowType::Begin(..) | RowType::End(_)) = read(cell) {
        let rest = lower.strip_prefix("begin").or(lower.strip_prefix("end")).unwrap_or_default();
        let is_known = |name: &&str| rest.get(1..).is_some_and(|rest| rest.starts_with(*name));
        let known = ["group", "lgroup", "repeat", "loop", "looped group"].iter().any(is_known);
        return lower != cell || !rest.starts_with([' ', '_']) || !known;
    }
    if matches!(read(cell), Some(RowType::External(_) | RowType::Shorthand(..))) {
        return lower != cell;
    }
    let of_select = SELECTS
        .iter()
        .find(|(name, ..)| lower.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    match of_select {
        Some((name, ..)) => {
            !cell.starts_with(name) || matches!(*name, "select multiple" | "select all" | "select one external")
        }
        None => {
            let camel = cell.replace("dateTime", "datetime");
            OURS_ALONE.contains(&lower.as_str()) && !AS_WRITTEN.contains(&cell)
                || KINDS.iter().any(|facts| facts.names.contains(&lower.as_str())) && camel != lower
        }
    }
}

/// Reads a cell of the column `type`; nothing if no type is called that.
pub(crate) fn read(cell: &str) -> Option<RowType> {
    let text = cell.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = text.to_lowercase();
    let container = |rest: &str| {
        let rest = rest.trim_start_matches([' ', '_', '-']);
        CONTAINERS.iter().find(|(names, _)| names.contains(&rest)).map(|(_, container)| *container)
    };
    if let Some(rest) = lower.strip_prefix("begin") {
        if let Some(found) = container(rest) {
            return Some(RowType::Begin(found, None));
        }
        // A list may stand after any of them, though only a loop goes over it.
        let (head, _) = rest.rsplit_once(' ').unwrap_or_default();
        if let Some(found) = container(head.strip_suffix(" over").unwrap_or(head))
            && found != Container::Loop
        {
            return Some(RowType::Begin(found, None));
        }
        // `begin loop over list`
        let words: Vec<&str> = lower.split([' ', '_']).collect();
        return match words.as_slice() {
            ["begin", "loop", "over", _, ..] => Some(RowType::Begin(Container::Loop, Some(last_word(&text)?))),
            ["begin", "loop", _, ..] if text.contains(' ') => {
                Some(RowType::Begin(Container::Loop, Some(last_word(&text)?)))
            }
            _ => None,
        };
    }
    if let Some(found) = lower.strip_prefix("end").filter(|rest| !rest.is_empty()).and_then(container) {
        return Some(RowType::End(found));
    }
    match lower.as_str() {
        "csv-external" => return Some(RowType::External("csv")),
        "xml-external" => return Some(RowType::External("xml")),
        _ => {}
    }
    if let Some((_, kind, constraint, hint)) = SHORTHANDS.iter().find(|(name, ..)| *name == lower) {
        return Some(RowType::Shorthand(*kind, constraint, hint));
    }
    if let Some(found) = KINDS.iter().find(|facts| facts.names.contains(&lower.as_str())) {
        let kind = found.kind;
        return Some(RowType::Question(Asked { kind, list: None, or_other: false, from: From::Choices }));
    }
    SELECTS.iter().find_map(|(name, kind, from)| {
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
            [.., "or", "specify", "other"] => rest.drain(rest.len() - 3..).count() == 3,
            _ => false,
        };
        let list = (!rest.is_empty()).then(|| rest.join(" "));
        Some(RowType::Question(Asked { kind: *kind, list, or_other, from: *from }))
    })
}

fn last_word(text: &str) -> Option<String> {
    text.split_whitespace().next_back().map(str::to_owned)
}

/// Types as an author who thinks in Spanish may write them.
const IN_SPANISH: &[(&str, &str)] = &[
    ("texto", "text"),
    ("entero", "integer"),
    ("numero", "integer"),
    ("número", "integer"),
    ("fecha", "date"),
    ("hora", "time"),
    ("nota", "note"),
    ("foto", "image"),
    ("imagen", "image"),
    ("calculo", "calculate"),
    ("cálculo", "calculate"),
    ("grupo", "begin_group"),
    ("inicio_grupo", "begin_group"),
    ("fin_grupo", "end_group"),
    ("repetir", "begin_repeat"),
    ("seleccionar_uno", "select_one"),
    ("seleccion_unica", "select_one"),
    ("seleccionar_varios", "select_multiple"),
    ("seleccion_multiple", "select_multiple"),
];

/// The type whose name is most like `given`, if any is like it.
pub(crate) fn nearest(given: &str) -> Option<String> {
    let word = given.split_whitespace().next().unwrap_or(given).to_lowercase();
    if let Some((_, meant)) = IN_SPANISH.iter().find(|(spanish, _)| *spanish == word) {
        return Some((*meant).to_owned());
    }
    // The likeness of another program's type to one of these would mislead.
    if foreign(given).is_some() {
        return None;
    }
    let usual = KINDS.iter().filter_map(|facts| facts.names.first().copied());
    let others = ["select_one", "select_multiple", "begin_group", "end_group", "begin_repeat", "end_repeat", "rank"];
    crate::nearest::nearest(&word, usual.chain(others)).map(str::to_owned)
}

/// Whether an element of an XForm's body asks a question.
pub(crate) fn is_control(element: &str) -> bool {
    element == "secret" || of_element(element).next().is_some()
}

/// What an element of an XForm's body asks, by its bind's type and, for a file, its media type. Where no kind is written like
/// that, a text or a file is asked.
pub(crate) fn of_control(element: &str, data_type: &str, media: &str) -> Kind {
    let element = if element == "secret" { "input" } else { element };
    let data_type = if matches!(data_type, "integer" | "long") { "int" } else { data_type };
    let class = |media: &str| media.split('/').next().unwrap_or_default().to_owned();
    let found = of_element(element).find(|facts| match facts.control {
        Control::Upload(known) => class(known) == class(media),
        Control::Input => facts.bind == data_type,
        _ => true,
    });
    let other = if element == "upload" { Kind::File } else { Kind::Text };
    found.map_or(other, |facts| facts.kind)
}

fn of_element(element: &str) -> impl Iterator<Item = &'static Facts> {
    let is_it = move |facts: &&Facts| {
        let known = facts.control.element().map(|known| known.rsplit_once(':').map_or(known, |(_, local)| local));
        facts.asked.is_some() && known == Some(element)
    };
    KINDS.iter().filter(is_it)
}

impl Kind {
    pub(crate) fn facts(self) -> &'static Facts {
        // A test holds that the row of every kind stands at its number.
        KINDS.get(self as usize).unwrap_or(&KINDS[0])
    }

    /// How the question is asked; nothing for what asks nothing.
    pub(crate) fn asked_as(self) -> Option<QuestionKind> {
        self.facts().asked
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

    fn question(kind: Kind, list: Option<&str>, or_other: bool, from: From) -> Option<RowType> {
        Some(RowType::Question(Asked { kind, list: list.map(str::to_owned), or_other, from }))
    }

    #[test]
    fn a_type_is_read_by_any_of_its_names() {
        let choices = From::Choices;
        assert_eq!(read("select_one sn"), question(K::SelectOne, Some("sn"), false, choices));
        assert_eq!(read("Select  One from Sí_No or_other"), question(K::SelectOne, Some("Sí_No"), true, choices));
        assert_eq!(read("select_one_from_file a b.csv"), question(K::SelectOne, Some("a b.csv"), false, From::File));
        assert_eq!(read("select_one_external town"), question(K::SelectOne, Some("town"), false, From::External));
        assert_eq!(read("select_multiple"), question(K::SelectMultiple, None, false, choices));
        assert_eq!(read("dateTime"), question(K::DateTime, None, false, choices));
        assert_eq!(read("begin group"), Some(RowType::Begin(Container::Group, None)));
        assert_eq!(read("begin_loop over towns"), Some(RowType::Begin(Container::Loop, Some("towns".to_owned()))));
        assert_eq!(read("END_REPEAT"), Some(RowType::End(Container::Repeat)));
        assert_eq!(read("end"), question(K::End, None, false, choices));
        assert_eq!(read("csv-external"), Some(RowType::External("csv")));
        assert!(matches!(read("percentage"), Some(RowType::Shorthand(K::Integer, ..))));
        assert_eq!(read("begin dancing"), None);
        assert_eq!(read("select_ones x"), None);
    }

    #[test]
    fn the_row_of_every_kind_stands_at_its_number_and_no_name_is_used_twice() {
        let mut names = std::collections::BTreeSet::new();
        for (number, facts) in KINDS.iter().enumerate() {
            assert_eq!(minicbor::to_vec(facts.kind).unwrap(), minicbor::to_vec(number).unwrap());
            assert_eq!(facts.kind.facts().kind, facts.kind);
            facts.names.iter().for_each(|name| assert!(names.insert(*name), "{name}"));
        }
        let next = minicbor::to_vec(KINDS.len()).unwrap();
        assert!(minicbor::decode::<Kind>(&next).is_err(), "a kind has no row");
    }

    #[test]
    fn the_nearest_type_is_proposed() {
        assert_eq!(nearest("integr").as_deref(), Some("integer"));
        assert_eq!(nearest("selct_one sn").as_deref(), Some("select_one"));
        assert_eq!(nearest("zzzzzzzz"), None);
    }
}
