//! What a person reads: texts in place, or in several languages and with media as `itext`.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::Writer;
use super::element::Element;
use super::paths::From;
use super::tree::ItemId;
use crate::reading::references::is_search;
use crate::source::{
    DefinedChoice, DefinedChoices, DefinedLanguage, DefinedList, DefinedNode, EVERY_LANGUAGE, Spoken, Texts,
};

/// The texts of one id: the form each has (blank for words), by language.
type Forms<'a> = Vec<(&'static str, &'a Texts)>;

/// What stands in `itext`: its id, the item whose references its words may hold, and its texts.
struct Entry<'a> {
    id: String,
    context: Option<ItemId>,
    forms: Forms<'a>,
}

impl<'a> Writer<'a> {
    /// The one text of a form without languages, or of a column without one, or that all languages share.
    fn plain(self, texts: &'a Texts, spoken: Spoken) -> Option<&'a str> {
        if let Some(text) = texts.get(&EVERY_LANGUAGE) {
            return Some(text);
        }
        let is_plain = |language: &DefinedLanguage| {
            language.code.is_empty() || language.is_assumed && !language.named.contains(&spoken)
        };
        let language = self.definition.languages.first().filter(|language| is_plain(language));
        language.and(texts.get(&0)).filter(|_| texts.len() == 1).map(String::as_str)
    }

    fn is_in_itext(self, texts: &'a Texts, spoken: Spoken) -> bool {
        !texts.is_empty() && self.plain(texts, spoken).is_none()
    }

    fn label_is_in_itext(self, node: &'a DefinedNode) -> bool {
        self.is_in_itext(&node.label, Spoken::Label) || !media(node).is_empty()
    }

    fn hint_is_in_itext(self, node: &'a DefinedNode) -> bool {
        self.is_in_itext(&node.hint, Spoken::Hint) || !node.guidance.is_empty()
    }

    /// What an element shows instead of a text of its own: the one of this name in `itext`.
    fn text_of(self, item: ItemId, name: &str) -> String {
        ["jr:itext('", &self.tree.item(item).path, ":", name, "')"].concat()
    }

    /// The label of an item, also where it says nothing.
    pub(super) fn label(self, item: ItemId, node: &'a DefinedNode) -> Element<'a> {
        let label = Element::new("label");
        if self.label_is_in_itext(node) {
            return label.attribute("ref", self.text_of(item, "label"));
        }
        label.content(self.shown(self.plain(&node.label, Spoken::Label).unwrap_or_default(), Some(item)))
    }

    pub(super) fn label_and_hint(self, item: ItemId, node: &'a DefinedNode) -> Vec<Element<'a>> {
        let mut words = vec![self.label(item, node)];
        if !node.hint.is_empty() || !node.guidance.is_empty() {
            let hint = Element::new("hint");
            words.push(match self.hint_is_in_itext(node) {
                true => hint.attribute("ref", self.text_of(item, "hint")),
                false => hint.content(self.shown(self.plain(&node.hint, Spoken::Hint).unwrap_or_default(), Some(item))),
            });
        }
        words
    }

    /// A message as a bind says it; nothing for none.
    pub(super) fn message(self, item: ItemId, (name, texts, spoken): Message<'a>) -> Option<Cow<'a, str>> {
        if self.message_is_in_itext(texts, spoken) {
            return Some(self.text_of(item, name).into());
        }
        self.plain(texts, spoken).map(|text| self.expression(text, Some(item), From::Context))
    }

    /// Whether a message is said in several languages, or shows a value.
    fn message_is_in_itext(self, texts: &'a Texts, spoken: Spoken) -> bool {
        match self.plain(texts, spoken) {
            // What is said where an app is missing is said in place.
            Some(text) => text.contains("${") && spoken != Spoken::NoAppError,
            None => !texts.is_empty(),
        }
    }

    /// Whether the choices of a list have their words in `itext`.
    pub(super) fn list_is_in_itext(self, list: &'a DefinedList) -> bool {
        list.choices.iter().any(|choice| {
            let label = self.plain(&choice.label, Spoken::Choice);
            !choice_media(choice).is_empty()
                || self.is_in_itext(&choice.label, Spoken::Choice)
                || label.is_some_and(|label| label.contains("${"))
        })
    }

    pub(super) fn choice_label(self, choice: &'a DefinedChoice) -> Option<&'a str> {
        self.plain(&choice.label, Spoken::Choice)
    }

    /// Lists whose choices stand in the questions, for `search()`.
    pub(super) fn searched(self) -> HashSet<&'a str> {
        let lists =
            self.definition.nodes.iter().filter(|node| is_search(node)).filter_map(|node| match &node.choices {
                Some(DefinedChoices::List(list)) => Some(list.as_str()),
                _ => None,
            });
        lists.collect()
    }

    /// Writes every text that is said in several languages, or has media or guidance; nothing when none is.
    pub(super) fn itext(self, xml: &mut String, depth: usize) {
        let mut entries = self.choice_entries();
        for item in self.items.order.iter().copied() {
            if let Some(node) = self.tree.defined(item) {
                entries.extend(self.entries_of(item, node));
            }
        }
        // What is looked up by an id that is computed must be there under its own id.
        let known: HashSet<String> = entries.iter().map(|entry| entry.id.to_string()).collect();
        let looked_up = self.definition.texts.iter().filter(|(id, texts)| !texts.is_empty() && !known.contains(*id));
        entries.extend(looked_up.map(|(id, texts)| Entry { id: id.into(), context: None, forms: vec![("", texts)] }));
        let spoken: BTreeSet<u16> =
            entries.iter().flat_map(|entry| &entry.forms).flat_map(|(_, texts)| texts.keys().copied()).collect();
        if spoken.is_empty() {
            return;
        }
        Element::new("itext").around(xml, depth, |xml| {
            for language in spoken {
                let Some(defined) = self.definition.languages.get(usize::from(language)) else { continue };
                let mut translation = Element::new("translation").attribute("lang", written(defined));
                if language == 0 && (defined.code.is_empty() || defined.is_chosen) {
                    translation.set("default", "true()");
                }
                translation.around(xml, depth + 1, |xml| {
                    entries.iter().for_each(|entry| self.text(entry, language).write_at(xml, depth + 2));
                });
            }
        });
    }

    /// One text in one language. What is not said in it is a dash, and a file that is not there is left out.
    fn text<'e>(self, entry: &'e Entry<'a>, language: u16) -> Element<'e>
    where
        'a: 'e,
    {
        let mut text = Element::new("text").attribute("id", entry.id.as_str());
        for (form, texts) in &entry.forms {
            let said = texts.get(&language).map_or("-", String::as_str);
            let mut value = Element::new("value");
            if !form.is_empty() {
                value.set("form", *form);
            }
            let said: Cow<'a, str> = match *form {
                "" | "guidance" => said.into(),
                _ if said == "-" => continue,
                "image" | "big-image" => format!("jr://images/{said}").into(),
                form => format!("jr://{form}/{said}").into(),
            };
            // The name of a file is the same for every row of a repeat.
            let context = entry.context.filter(|_| matches!(*form, "" | "guidance"));
            text.push(value.content(self.shown(said, context)));
        }
        text
    }

    fn entries_of(self, item: ItemId, node: &'a DefinedNode) -> Vec<Entry<'a>> {
        let path = &self.tree.item(item).path;
        let mut entries = Vec::new();
        let mut add = |name: &str, forms: Forms<'a>| {
            let forms: Forms<'a> = forms.into_iter().filter(|(_, texts)| !texts.is_empty()).collect();
            if !forms.is_empty() {
                entries.push(Entry { id: [path, ":", name].concat(), context: Some(item), forms });
            }
        };
        for (name, texts, spoken) in messages(node) {
            if self.message_is_in_itext(texts, spoken) {
                add(name, vec![("", texts)]);
            }
        }
        if self.label_is_in_itext(node) {
            let mut forms: Forms<'a> = vec![("", &node.label)];
            forms.extend(media(node));
            add("label", forms);
        }
        if self.hint_is_in_itext(node) {
            add("hint", vec![("", &node.hint), ("guidance", &node.guidance)]);
        }
        entries
    }

    fn choice_entries(self) -> Vec<Entry<'a>> {
        let mut entries = Vec::new();
        for list in self.definition.lists.iter().filter(|list| self.list_is_in_itext(list)) {
            for (index, choice) in list.choices.iter().enumerate() {
                let mut forms: Forms<'a> = vec![("", &choice.label)];
                forms.extend(choice_media(choice));
                forms.retain(|(_, texts)| !texts.is_empty());
                if !forms.is_empty() {
                    entries.push(Entry { id: format!("{}-{index}", list.name), context: None, forms });
                }
            }
        }
        entries
    }
}

/// What a bind says when something is wrong: its name there, and its words.
pub(super) type Message<'a> = (&'static str, &'a Texts, Spoken);

pub(super) fn messages(node: &DefinedNode) -> [Message<'_>; 3] {
    [
        ("jr:constraintMsg", &node.constraint_message, Spoken::ConstraintMessage),
        ("jr:requiredMsg", &node.required_message, Spoken::RequiredMessage),
        ("jr:noAppErrorString", &node.no_app_error, Spoken::NoAppError),
    ]
}

/// A language as its author wrote it.
fn written(language: &DefinedLanguage) -> Cow<'_, str> {
    match language {
        DefinedLanguage { written: Some(written), .. } => written.into(),
        DefinedLanguage { code, .. } if code.is_empty() => "default".into(),
        DefinedLanguage { code, name, .. } if code == name => code.into(),
        DefinedLanguage { code, name, .. } => format!("{name} ({code})").into(),
    }
}

fn media(node: &DefinedNode) -> Forms<'_> {
    there([("image", &node.image), ("big-image", &node.big_image), ("audio", &node.audio), ("video", &node.video)])
}

fn choice_media(choice: &DefinedChoice) -> Forms<'_> {
    there([
        ("image", &choice.image),
        ("big-image", &choice.big_image),
        ("audio", &choice.audio),
        ("video", &choice.video),
    ])
}

fn there<'a>(all: [(&'static str, &'a Texts); 4]) -> Forms<'a> {
    all.into_iter().filter(|(_, texts)| !texts.is_empty()).collect()
}
