//! The columns of the three sheets, by the names authors give them.

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
}

use Property as P;

/// Headers in lower case with `_` for spaces and without `bind::` and `media::`.
const SURVEY: &[(&[&str], Property)] = &[
    (&["type", "command"], P::Type),
    (&["name", "tag"], P::Name),
    (&["label", "caption", "text"], P::Label),
    (&["hint"], P::Hint),
    (&["guidance_hint", "guidance"], P::Guidance),
    (&["relevant", "relevance", "skip_logic"], P::Relevant),
    (&["required", "require"], P::Required),
    (&["required_message", "requiredmsg", "jr:requiredmsg"], P::RequiredMessage),
    (&["readonly", "read_only", "read-only"], P::Readonly),
    (&["constraint"], P::Constraint),
    (&["constraint_message", "constraint_msg", "constraintmsg", "jr:constraintmsg"], P::ConstraintMessage),
    (&["calculation", "calculate"], P::Calculation),
    (&["choice_filter"], P::ChoiceFilter),
    (&["repeat_count", "jr:count", "count"], P::RepeatCount),
    (&["default"], P::Default),
    (&["trigger"], P::Trigger),
    (&["appearance", "control_appearance"], P::Appearance),
    (&["parameters"], P::Parameters),
    (&["image"], P::Image),
    (&["audio"], P::Audio),
    (&["chaski:scale"], P::Scale),
    (&["disabled"], P::Disabled),
    (
        &[
            "note",
            "notes",
            "comment",
            "comments",
            "video",
            "big-image",
            "autoplay",
            "save_to",
            "entity",
            "list_name",
            "accuracythreshold",
            "rows",
            "order",
            "#",
        ],
        P::Ignored,
    ),
];

/// A column of the sheet `choices`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListColumn {
    List,
    Name,
    Label,
    Image,
    /// What a choice filter or an expression may look at, by its name.
    Extra(String),
}

/// A header: what it heads and the language after it, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header<P> {
    pub(crate) property: P,
    pub(crate) language: Option<String>,
}

/// Reads a header of the sheet `survey`; nothing if no column is called that.
pub(crate) fn survey(header: &str) -> Option<Header<Property>> {
    let (name, language) = split(header);
    if ["instance::", "body::", "control::", "bind::"].iter().any(|space| header.starts_with(space))
        && find(&name).is_none()
    {
        return Some(Header { property: P::Ignored, language: None });
    }
    find(&name).map(|property| Header { property, language })
}

fn find(name: &str) -> Option<Property> {
    SURVEY.iter().find(|(names, _)| names.contains(&name)).map(|(_, property)| *property)
}

/// Reads a header of the sheet `choices`.
pub(crate) fn choices(header: &str) -> Header<ListColumn> {
    let (name, language) = split(header);
    let property = match name.as_str() {
        "list_name" | "list" | "listname" => ListColumn::List,
        "name" | "value" | "code" => ListColumn::Name,
        "label" | "caption" => ListColumn::Label,
        "image" => ListColumn::Image,
        _ => return Header { property: ListColumn::Extra(header.to_owned()), language: None },
    };
    Header { property, language }
}

/// The name of a header in its usual form, and its language. `::` parts them; a lone `:` does too where the name before
/// it is one of ours, as older forms write it.
fn split(header: &str) -> (String, Option<String>) {
    let usual = |text: &str| text.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("_");
    let mut parts: Vec<&str> = header.split("::").map(str::trim).collect();
    if matches!(usual(parts[0]).as_str(), "bind" | "media" | "control" | "body" | "instance") && parts.len() > 1 {
        parts.remove(0);
    }
    let mut language = (parts.len() > 1).then(|| parts[1..].join("::"));
    let mut name = usual(parts[0]);
    if let (None, Some((before, after))) = (&language, parts[0].split_once(':')) {
        let before = usual(before);
        if before == "media" {
            name = usual(after);
        } else if find(&name).is_none() && find(&before).is_some() {
            name = before;
            language = Some(after.trim().to_owned());
        }
    }
    (name, language.filter(|language| !language.is_empty()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, property: Property, language: Option<&str>) {
        let expected = Header { property, language: language.map(str::to_owned) };
        assert_eq!(survey(header), Some(expected), "{header}");
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
        check("bind::odk:length", P::Ignored, None);
        assert_eq!(survey("colour"), None);
    }

    #[test]
    fn a_language_has_a_name_and_a_code() {
        assert_eq!(language("Español (es)"), ("Español".to_owned(), "es".to_owned()));
        assert_eq!(language("English"), ("English".to_owned(), "English".to_owned()));
    }
}
