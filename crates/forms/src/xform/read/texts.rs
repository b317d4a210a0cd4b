//! Labels, hints and messages: written in place, or looked up by id in the languages of `itext`.

use std::collections::BTreeMap;

use crate::form::output;
use crate::source::{DefinedChoice, DefinedLanguage, Texts};
use crate::xform::xml::{Content, Xml};

/// The texts of a form by their id.
pub(super) struct Itext {
    /// The default first; never empty.
    pub(super) languages: Vec<DefinedLanguage>,
    by_id: BTreeMap<String, Said>,
    /// Whether some id is computed, so that texts must be there while the form is filled in.
    pub(super) is_dynamic: bool,
}

/// One text in its several forms.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) label: Texts,
    pub(super) guidance: Texts,
    pub(super) image: Texts,
    pub(super) big_image: Texts,
    pub(super) audio: Texts,
    pub(super) video: Texts,
}

impl Said {
    /// A choice with these words.
    pub(super) fn choice(self, code: String, extra: BTreeMap<String, String>) -> DefinedChoice {
        let Self { label, image, big_image, audio, video, .. } = self;
        DefinedChoice { code, label, image, big_image, audio, video, extra }
    }
}

impl Itext {
    pub(super) fn read(xml: &Xml, model: u32) -> Self {
        let mut itext = Self { languages: Vec::new(), by_id: BTreeMap::new(), is_dynamic: false };
        let translations = xml.child(model, "itext").map(|itext| xml.children(itext).collect::<Vec<_>>());
        let mut translations = translations.unwrap_or_default();
        translations.retain(|(_, found)| found.local() == "translation");
        // The order stands, but the default language comes first.
        translations.sort_by_key(|(_, found)| found.attribute("default").is_none_or(|default| default == "false()"));
        translations.truncate(usize::from(u16::MAX));
        for (language, (translation, found)) in (0_u16..).zip(translations) {
            let (name, code) = crate::columns::language(found.attribute("lang").unwrap_or_default());
            itext.languages.push(DefinedLanguage::new(code, name));
            for (text, found) in xml.children(translation) {
                let Some(id) = found.attribute("id") else { continue };
                let said = itext.by_id.entry(id.to_owned()).or_default();
                for (value, found) in xml.children(text).filter(|(_, value)| value.local() == "value") {
                    let words = mixed(xml, value);
                    let texts = match found.attribute("form") {
                        None | Some("long") => &mut said.label,
                        // What is short stands where there is nothing longer.
                        Some("short") if !said.label.contains_key(&language) => &mut said.label,
                        Some("guidance") => &mut said.guidance,
                        Some("image") => &mut said.image,
                        Some("big-image") => &mut said.big_image,
                        Some("audio") => &mut said.audio,
                        Some("video") => &mut said.video,
                        Some(_) => continue,
                    };
                    let file =
                        found.attribute("form").is_some_and(|form| !matches!(form, "long" | "short" | "guidance"));
                    let words = if file { words.rsplit('/').next().unwrap_or(&words).to_owned() } else { words };
                    texts.entry(language).or_insert(words);
                }
            }
        }
        if itext.languages.is_empty() {
            itext.languages.push(DefinedLanguage::new(String::new(), String::new()));
        }
        itext
    }

    /// What an element says: by its `ref`, or what is written in it.
    pub(super) fn of_element(&mut self, xml: &Xml, element: u32) -> Said {
        match xml.element(element).attribute("ref") {
            Some(reference) => match self.of_reference(reference) {
                Some(said) => said,
                None => {
                    self.is_dynamic |= reference.contains("itext(");
                    Said { label: Texts::from([(0, output(reference))]), ..Said::default() }
                }
            },
            None => {
                let words = mixed(xml, element);
                let label = if words.is_empty() { Texts::new() } else { Texts::from([(0, words)]) };
                Said { label, ..Said::default() }
            }
        }
    }

    /// What `jr:itext('id')` says; nothing for any other expression. An id that is missing says nothing.
    pub(super) fn of_reference(&self, reference: &str) -> Option<Said> {
        let id = reference.trim().strip_prefix("jr:itext(")?.strip_suffix(')')?.trim();
        let id = id
            .strip_prefix('\'')
            .and_then(|id| id.strip_suffix('\''))
            .or_else(|| id.strip_prefix('"').and_then(|id| id.strip_suffix('"')))?;
        Some(self.of_id(id))
    }

    pub(super) fn of_id(&self, id: &str) -> Said {
        self.by_id.get(id).cloned().unwrap_or_default()
    }

    /// What an attribute says: by its reference, or the words written in it, the same in all languages.
    pub(super) fn of_message(&mut self, message: &str) -> Said {
        if let Some(said) = self.of_reference(message) {
            return said;
        }
        if message.starts_with("jr:itext(") {
            self.is_dynamic = true;
            return Said { label: Texts::from([(0, output(message))]), ..Said::default() };
        }
        self.literal(message)
    }

    /// Words that are the same in all languages.
    pub(super) fn literal(&self, words: &str) -> Said {
        Said { label: Texts::from([(0, plain(words))]), ..Said::default() }
    }

    /// Every text by its id.
    pub(super) fn plain(&self) -> BTreeMap<String, Texts> {
        self.by_id.iter().map(|(id, said)| (id.clone(), said.label.clone())).collect()
    }
}

/// The words of an element, its outputs as parts to compute.
fn mixed(xml: &Xml, element: u32) -> String {
    let mut words = String::new();
    for content in &xml.element(element).content {
        match content {
            Content::Text(text) => words.push_str(&plain(text)),
            Content::Element(child) => match xml.element(*child).local() {
                "output" => {
                    let found = xml.element(*child);
                    let expression = found.attribute("value").or_else(|| found.attribute("ref"));
                    words.push_str(&expression.map(output).unwrap_or_default());
                }
                _ => words.push_str(&plain(&xml.own_text(*child))),
            },
        }
    }
    // Line breaks and what stands beside them are the layout of the file.
    if words.contains('\n') { words.trim().to_owned() } else { words }
}

/// Words in which nothing is computed, whatever they look like.
fn plain(words: &str) -> String {
    let (reference, tag) = (output("'${'"), output("'<output'"));
    words.split("<output").map(|words| words.replace("${", &reference)).collect::<Vec<_>>().join(&tag)
}
