//! The words that a form on paper needs and the form itself does not say.

use chaski_values::CivilDate;

use crate::source::Definition;

/// The language of these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    Spanish,
    English,
}

impl Tongue {
    /// The one of a form's language; for another, such as Quechua, the one of the form's default language.
    pub(super) fn of(definition: &Definition, language: u16) -> Self {
        let named = |index: u16| {
            let code = definition.languages.get(usize::from(index))?.code.to_lowercase();
            match code.get(..2)? {
                "es" => Some(Self::Spanish),
                "en" => Some(Self::English),
                _ => None,
            }
        };
        named(language).or_else(|| named(0)).unwrap_or(Self::English)
    }

    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::Spanish => &SPANISH,
            Self::English => &ENGLISH,
        }
    }

    /// Words between quotation marks.
    pub(super) fn quoted(self, words: &str) -> String {
        match self {
            Self::Spanish => format!("«{words}»"),
            Self::English => format!("“{words}”"),
        }
    }

    /// A day as people write it.
    pub(super) fn day(self, day: CivilDate) -> String {
        let format = match self {
            Self::Spanish => "%d/%m/%Y",
            Self::English => "%Y-%m-%d",
        };
        day.to_chrono().format(format).to_string()
    }

    /// `1, 2 and 3`.
    pub(super) fn listed(self, things: &[String]) -> String {
        match things {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} {} {last}", first.join(", "), self.words().and),
        }
    }
}

/// `{}` stands for what is said of, `{v}` for what it is compared with.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) required: &'static str,
    pub(super) version: &'static str,
    pub(super) record: &'static str,
    pub(super) interviewer: &'static str,
    pub(super) day: &'static str,
    pub(super) only_if: &'static str,
    /// On one answer, on several.
    pub(super) depends: [&'static str; 2],
    pub(super) sometimes: &'static str,
    pub(super) accepted: &'static str,
    pub(super) one: &'static str,
    pub(super) several: &'static str,
    pub(super) order: &'static str,
    pub(super) from_file: &'static str,
    pub(super) from_annex: &'static str,
    pub(super) from_answers: &'static str,
    pub(super) annex: &'static str,
    pub(super) rows: &'static str,
    /// Below a table that has room for so many.
    pub(super) more: &'static str,
    pub(super) number_of: &'static str,
    pub(super) numbers_of: &'static str,
    pub(super) number: &'static str,
    pub(super) day_boxes: [(&'static str, usize); 3],
    pub(super) hour: &'static str,
    pub(super) position: [&'static str; 4],
    pub(super) signature: &'static str,
    pub(super) media: &'static str,
    pub(super) read_and_agreed: &'static str,
    pub(super) shows: &'static str,
    // Conditions.
    pub(super) answer: &'static str,
    pub(super) this_answer: &'static str,
    pub(super) today: &'static str,
    pub(super) and: &'static str,
    pub(super) or: &'static str,
    pub(super) is: &'static str,
    pub(super) is_not: &'static str,
    pub(super) is_blank: &'static str,
    pub(super) is_not_blank: &'static str,
    pub(super) is_marked: &'static str,
    pub(super) is_not_marked: &'static str,
    pub(super) some_marked: &'static str,
    pub(super) none_marked: &'static str,
    /// Less, at most, more, at least: of numbers.
    pub(super) numbers: [&'static str; 4],
    /// Before, not after, after, not before: of days and times.
    pub(super) moments: [&'static str; 4],
    pub(super) between: &'static str,
    pub(super) digits: &'static str,
    pub(super) letters: &'static str,
}

const SPANISH: Words = Words {
    required: "Respuesta obligatoria.",
    version: "Versión",
    record: "Registro n.º",
    interviewer: "Encuestador/a",
    day: "Fecha",
    only_if: "Solo si",
    depends: ["Se pregunta o no según la respuesta {}.", "Se pregunta o no según las respuestas {}."],
    sometimes: "No siempre se pregunta.",
    accepted: "Vale",
    one: "Marque una.",
    several: "Marque todas las que correspondan.",
    order: "Numérelas en orden.",
    from_file: "Elija de la lista",
    from_annex: "Elija de la lista {}, al final",
    from_answers: "Elija entre las respuestas a la pregunta",
    annex: "Lista",
    rows: "Copie esta parte para cada uno.",
    more: "Si hay más de {}, siga en otra hoja como esta.",
    number_of: "Escriba el número:",
    numbers_of: "Escriba los números:",
    number: "N.º",
    day_boxes: [("día", 2), ("mes", 2), ("año", 4)],
    hour: "hora",
    position: ["latitud", "longitud", "altitud (m)", "precisión (m)"],
    signature: "Firma",
    media: "Se registra en la tableta. N.º",
    read_and_agreed: "Conforme",
    shows: "Muestra",
    answer: "la respuesta {}",
    this_answer: "la respuesta",
    today: "hoy",
    and: "y",
    or: "o",
    is: "{} es {v}",
    is_not: "{} no es {v}",
    is_blank: "{} está en blanco",
    is_not_blank: "{} no está en blanco",
    is_marked: "en {} está marcado {v}",
    is_not_marked: "en {} no está marcado {v}",
    some_marked: "en {} hay algo marcado",
    none_marked: "en {} no hay nada marcado",
    numbers: ["{} es menor que {v}", "{} es {v} o menos", "{} es mayor que {v}", "{} es {v} o más"],
    moments: ["{} es anterior a {v}", "{} no es posterior a {v}", "{} es posterior a {v}", "{} no es anterior a {v}"],
    between: "de {} a {v}",
    digits: "{} cifras",
    letters: "{} signos",
};

const ENGLISH: Words = Words {
    required: "Must be answered.",
    version: "Version",
    record: "Record no.",
    interviewer: "Interviewer",
    day: "Date",
    only_if: "Only if",
    depends: ["Asked or not as answer {} says.", "Asked or not as answers {} say."],
    sometimes: "Not always asked.",
    accepted: "Accepted",
    one: "Mark one.",
    several: "Mark all that apply.",
    order: "Number them in order.",
    from_file: "Choose from the list",
    from_annex: "Choose from list {}, at the end",
    from_answers: "Choose among the answers to question",
    annex: "List",
    rows: "Copy this part for each one.",
    more: "If there are more than {}, continue on another sheet like this.",
    number_of: "Write the number:",
    numbers_of: "Write the numbers:",
    number: "No.",
    day_boxes: [("year", 4), ("month", 2), ("day", 2)],
    hour: "time",
    position: ["latitude", "longitude", "altitude (m)", "accuracy (m)"],
    signature: "Signature",
    media: "Recorded on the tablet. No.",
    read_and_agreed: "OK",
    shows: "Shows",
    answer: "answer {}",
    this_answer: "the answer",
    today: "today",
    and: "and",
    or: "or",
    is: "{} is {v}",
    is_not: "{} is not {v}",
    is_blank: "{} is blank",
    is_not_blank: "{} is not blank",
    is_marked: "{v} is marked in {}",
    is_not_marked: "{v} is not marked in {}",
    some_marked: "something is marked in {}",
    none_marked: "nothing is marked in {}",
    numbers: ["{} is less than {v}", "{} is {v} or less", "{} is more than {v}", "{} is {v} or more"],
    moments: ["{} is before {v}", "{} is not after {v}", "{} is after {v}", "{} is not before {v}"],
    between: "from {} to {v}",
    digits: "{} digits",
    letters: "{} characters",
};
