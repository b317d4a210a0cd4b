//! The columns of the sheets, by the names authors give them.

/// A column of the sheet `survey`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Property {
    Type,
    Name,
    Label,
    Hint,
    Guidance,
    Relevant,
    Required,
    RequiredMessage,
    Readonly,
    Constraint,
    ConstraintMessage,
    Calculation,
    ChoiceFilter,
    RepeatCount,
    Default,
    Trigger,
    Appearance,
    Parameters,
    Image,
    Audio,
    Scale,
    Disabled,
    /// The author's own notes, and what only other programs read.
    Ignored,
    Video,
    BigImage,
    SaveTo,
    NoAppError,
    /// The choices of a group that only another program has.
    ScoreChoices,
    RankItems,
    MatrixList,
}

use Property as P;

/// What authors may write in the sheet `survey`: headers in lower case with `_` for spaces and without `bind::`, `media::`,
/// `control::` and `body::`. The usual name first.
pub(crate) const SURVEY: &[(&[&str], Property)] = &[
    (&["type", "command"], P::Type),
    (&["name", "tag", "value"], P::Name),
    (&["label", "caption", "text"], P::Label),
    (&["hint"], P::Hint),
    (&["guidance_hint", "guidance"], P::Guidance),
    (&["relevant", "relevance", "skip_logic"], P::Relevant),
    (&["required", "require"], P::Required),
    (&["required_message", "requiredmsg", "jr:requiredmsg"], P::RequiredMessage),
    (&["readonly", "read_only", "read-only"], P::Readonly),
    (&["constraint"], P::Constraint),
    (
        &["constraint_message", "constraint_msg", "constraintmsg", "constraining_message", "jr:constraintmsg"],
        P::ConstraintMessage,
    ),
    (&["calculation", "calculate"], P::Calculation),
    (&["choice_filter"], P::ChoiceFilter),
    (&["repeat_count", "jr:count", "count"], P::RepeatCount),
    (&["default"], P::Default),
    (&["trigger"], P::Trigger),
    (&["appearance", "control_appearance"], P::Appearance),
    (&["parameters"], P::Parameters),
    (&["image"], P::Image),
    (&["big-image"], P::BigImage),
    (&["audio"], P::Audio),
    (&["video"], P::Video),
    (&["save_to", "entities:saveto"], P::SaveTo),
    (&["noapperrorstring", "no_app_error_string", "jr:noapperrorstring"], P::NoAppError),
    (&["kobo--score-choices"], P::ScoreChoices),
    (&["kobo--rank-items"], P::RankItems),
    (&["kobo--matrix_list"], P::MatrixList),
    (&["chaski:scale"], P::Scale),
    (&["disabled"], P::Disabled),
    (&["note", "notes", "comment", "comments", "entity", "list_name", "order", "#"], P::Ignored),
];

/// Headers that are attributes of an XForm's elements, with the attribute's name.
pub(crate) const ATTRIBUTES: &[(&str, Element, &str)] = &[
    ("autoplay", Element::Body, "autoplay"),
    ("rows", Element::Body, "rows"),
    ("intent", Element::Container, "intent"),
    ("accuracythreshold", Element::Body, "accuracyThreshold"),
    ("compact_tag", Element::Instance, "odk:tag"),
    ("sms_field", Element::Ignored, ""),
    ("sms_option", Element::Ignored, ""),
];

/// An element of an XForm that a question becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Bind,
    Body,
    /// The body, but only of a group or repeat.
    Container,
    Instance,
    /// None: what is read nowhere any more.
    Ignored,
}

/// A header of the sheet `survey`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SurveyHeader {
    Property(Header<Property>),
    Attribute(Element, String),
    /// Something to be seen or heard that no program shows.
    Media,
}

/// A column of the sheet `choices`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListColumn {
    List,
    Name,
    Label,
    Image,
    BigImage,
    Audio,
    Video,
    /// What a choice filter or an expression may look at, by its name.
    Extra(String),
}

impl ListColumn {
    /// Whether it has a text in each language.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Label | Self::Image | Self::BigImage | Self::Audio | Self::Video)
    }
}

/// A header: what it heads and the language after it, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header<P> {
    pub(crate) property: P,
    pub(crate) language: Option<String>,
}

/// Reads a header of the sheet `survey`; nothing if no column is called that.
pub(crate) fn survey(header: &str) -> Option<SurveyHeader> {
    let (space, name, written, language) = split(header);
    let element = match space.as_deref() {
        Some("bind") => Some(Element::Bind),
        Some("control" | "body") => Some(Element::Body),
        Some("instance") => Some(Element::Instance),
        _ => None,
    };
    // `bind::type` is an attribute: what a question is stands in its own column.
    let is_own = |property: &Property| match element {
        Some(Element::Instance) => false,
        Some(_) => !matches!(property, P::Type | P::Name),
        None => true,
    };
    if let Some(property) = find(&name).filter(is_own) {
        return Some(SurveyHeader::Property(Header { property, language }));
    }
    if let Some((_, usual, attribute)) = ATTRIBUTES.iter().find(|(known, ..)| *known == name) {
        let element = element.filter(|_| *usual == Element::Container).unwrap_or(*usual);
        return Some(SurveyHeader::Attribute(element, (*attribute).to_owned()));
    }
    match element {
        Some(_) if written.is_empty() => None,
        Some(element) => Some(SurveyHeader::Attribute(element, written)),
        None => (space.as_deref() == Some("media")).then_some(SurveyHeader::Media),
    }
}

fn find(name: &str) -> Option<Property> {
    SURVEY.iter().find(|(names, _)| names.contains(&name)).map(|(_, property)| *property)
}

/// Reads a header of the sheet `choices`.
pub(crate) fn choices(header: &str) -> Header<ListColumn> {
    let (_, name, _, language) = split(header);
    let property = match name.as_str() {
        "list_name" => ListColumn::List,
        "name" | "value" => ListColumn::Name,
        "label" | "caption" => ListColumn::Label,
        "image" => ListColumn::Image,
        "big-image" => ListColumn::BigImage,
        "audio" => ListColumn::Audio,
        "video" => ListColumn::Video,
        _ => return Header { property: ListColumn::Extra(header.to_owned()), language: None },
    };
    Header { property, language }
}

/// What a further column of the sheet `choices` is taken for where the usual one is missing. Beside it, it is a column of the
/// author's own, such as the code of a district.
pub(crate) fn stand_in(header: &str) -> Option<ListColumn> {
    match usual(header).as_str() {
        "list" | "listname" => Some(ListColumn::List),
        "code" => Some(ListColumn::Name),
        _ => None,
    }
}

/// Headers as an author who thinks in Spanish may write them.
const IN_SPANISH: &[(&str, &str)] = &[
    ("tipo", "type"),
    ("nombre", "name"),
    ("etiqueta", "label"),
    ("pista", "hint"),
    ("ayuda", "hint"),
    ("relevante", "relevant"),
    ("condicion", "relevant"),
    ("condición", "relevant"),
    ("obligatorio", "required"),
    ("requerido", "required"),
    ("restriccion", "constraint"),
    ("restricción", "constraint"),
    ("mensaje_de_restriccion", "constraint_message"),
    ("calculo", "calculation"),
    ("cálculo", "calculation"),
    ("apariencia", "appearance"),
    ("filtro", "choice_filter"),
    ("imagen", "image"),
];

/// The header of the sheet `survey` that was probably meant, with the language that was written after it.
pub(crate) fn nearest(header: &str) -> Option<String> {
    let (_, name, _, language) = split(header);
    let mut known =
        SURVEY.iter().filter(|(_, property)| *property != P::Ignored).flat_map(|(names, _)| names.iter().copied());
    let spanish = IN_SPANISH.iter().find(|(spanish, _)| *spanish == name).map(|(_, meant)| *meant);
    let found = spanish.or_else(|| crate::nearest::nearest(&name, &mut known))?;
    Some(language.map_or_else(|| found.to_owned(), |language| format!("{found}::{language}")))
}

/// Headers of the sheet `survey` that only this program takes; the reference converter ignores these columns.
const OURS_ALONE: &[&str] = &[
    "text",
    "guidance",
    "skip_logic",
    "require",
    "read-only",
    "constraint_msg",
    "jr:constraintmsg",
    "control_appearance",
];

/// Whether a header of the sheet `survey` is written as only this program takes it.
pub(crate) fn is_ours_alone(header: &str) -> bool {
    let (space, name, ..) = split(header);
    space.is_none() && OURS_ALONE.contains(&name.as_str())
}

/// Whether a lone `:` parts a header, and is no part of a name such as `jr:count`.
pub(crate) fn is_parted_by_one(header: &str) -> bool {
    !header.contains("::") && header.contains(':') && find(&usual(header)).is_none()
}

/// Whether what is seen or heard is written in capital letters after `media::`, where the reference knows small ones alone.
pub(crate) fn is_media_in_capitals(header: &str) -> bool {
    let (space, name, written, _) = split(header);
    space.as_deref() == Some("media") && name != written
}

/// The parts of a header: the space before it, its name in its usual form, its name as written, and its language. `::`
/// parts them; a lone `:` does too where the name before it is one of ours, as older forms write it.
fn split(header: &str) -> (Option<String>, String, String, Option<String>) {
    let mut parts: Vec<&str> = header.split("::").map(str::trim).collect();
    let is_space = |text: &str| matches!(text, "bind" | "media" | "control" | "body" | "instance");
    let mut space = None;
    if parts.len() > 1 && is_space(&usual(parts[0])) {
        space = Some(usual(parts.remove(0)));
    }
    let mut language = (parts.len() > 1).then(|| parts[1..].join("::"));
    let mut written = parts[0].to_owned();
    let mut name = usual(parts[0]);
    if language.is_none()
        && find(&name).is_none()
        && let Some((before, after)) = parts[0].split_once(':')
    {
        let (before, after) = (usual(before), after.trim());
        if space.is_none() && is_space(&before) {
            space = Some(before);
            let known = find(&usual(after)).is_some();
            let (inner, spoken) = after.split_once(':').filter(|_| !known).unwrap_or((after, ""));
            (name, written) = (usual(inner), inner.to_owned());
            language = Some(spoken.trim().to_owned());
        } else if find(&before).is_some() {
            name = before;
            language = Some(after.to_owned());
        }
    }
    (space, name, written, language.filter(|language| !language.is_empty()))
}

/// A header in lower case with `_` for spaces.
pub(crate) fn usual(text: &str) -> String {
    text.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("_")
}

/// A language as its author wrote it, such as `Español (es)`: its name and its code.
pub(crate) fn language(text: &str) -> (String, String) {
    if let Some((name, code)) = text.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
        let (name, code) = (name.trim(), code.trim());
        if !name.is_empty() && !code.is_empty() {
            return (name.to_owned(), code.to_owned());
        }
    }
    (text.to_owned(), text.to_owned())
}

/// Whether two languages that are written otherwise are probably one: the same code, or the same name but for capitals, accents
/// and the code behind it.
pub(crate) fn are_probably_one(one: &str, other: &str) -> bool {
    let ((one, its), (other, theirs)) = (language(one), language(other));
    plain(&one) == plain(&other) || its.eq_ignore_ascii_case(&theirs)
}

/// In small letters, without the accents of the languages that forms here are written in.
fn plain(text: &str) -> String {
    let letter = |letter: char| match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    };
    text.to_lowercase().chars().filter(|letter| !letter.is_whitespace()).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, property: Property, language: Option<&str>) {
        let expected = Header { property, language: language.map(str::to_owned) };
        assert_eq!(survey(header), Some(SurveyHeader::Property(expected)), "{header}");
    }

    #[test]
    fn a_header_is_read_however_it_is_written() {
        check("label::Español (es)", P::Label, Some("Español (es)"));
        check("label:English", P::Label, Some("English"));
        check("Constraint Message :: Quechua", P::ConstraintMessage, Some("Quechua"));
        check("bind::relevant", P::Relevant, None);
        check("bind::jr:constraintMsg::English", P::ConstraintMessage, Some("English"));
        check("bind::chaski:scale", P::Scale, None);
        check("media::image::English (en)", P::Image, Some("English (en)"));
        check("media:image:English", P::Image, Some("English"));
        check("bind:jr:constraintMsg", P::ConstraintMessage, None);
        let attribute = |element, name: &str| Some(SurveyHeader::Attribute(element, name.to_owned()));
        assert_eq!(survey("bind::odk:length"), attribute(Element::Bind, "odk:length"));
        assert_eq!(survey("bind::type"), attribute(Element::Bind, "type"));
        assert_eq!(survey("bind::"), None);
        assert_eq!(survey("body::intent"), attribute(Element::Body, "intent"));
        assert_eq!(survey("instance::abc:Name"), attribute(Element::Instance, "abc:Name"));
        assert_eq!(survey("colour"), None);
        assert_eq!(nearest("relevnt").as_deref(), Some("relevant"));
        assert_eq!(nearest("lable::Quechua (qu)").as_deref(), Some("label::Quechua (qu)"));
    }

    #[test]
    fn a_language_has_a_name_and_a_code() {
        assert_eq!(language("Español (es)"), ("Español".to_owned(), "es".to_owned()));
        assert_eq!(language("English"), ("English".to_owned(), "English".to_owned()));
    }
}
