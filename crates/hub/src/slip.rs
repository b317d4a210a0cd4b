//! What is handed to a person on paper or shown to them: the words of the tablet's own screens, in the programme's language.

use chaski_programme::ProgrammeSettings;
use chaski_trust::Role;
use chaski_values::{CivilDate, Timestamp};

use crate::init::Ticketed;

/// In which language, and at which clock, people of the programme read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording {
    language: Language,
    zone_minutes: i16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Spanish,
    English,
}

impl Default for Wording {
    /// Spanish and Peru's clock: for a hub whose settings cannot be read.
    fn default() -> Self {
        Self { language: Language::Spanish, zone_minutes: -300 }
    }
}

impl Wording {
    /// The programme's first language that a slip can be written in.
    pub(crate) fn of(settings: Option<&ProgrammeSettings>) -> Self {
        let Some(settings) = settings else { return Self::default() };
        let language = settings.languages.iter().find_map(|tag| match tag.split('-').next() {
            Some("es") => Some(Language::Spanish),
            Some("en") => Some(Language::English),
            _ => None,
        });
        Self { language: language.unwrap_or(Language::Spanish), zone_minutes: settings.zone_offset_minutes }
    }

    /// The moment in which a day is over.
    pub(crate) fn end_of(&self, day: CivilDate) -> Timestamp {
        let midnight = Timestamp::from_chrono(day.to_chrono().and_time(chrono::NaiveTime::MIN).and_utc());
        midnight.plus_millis(DAY - self.zone_millis())
    }

    /// A moment as people say it, such as `24/11/2026, 08:15`.
    pub fn moment(&self, moment: Timestamp) -> String {
        moment.plus_millis(self.zone_millis()).to_chrono().format("%d/%m/%Y, %H:%M").to_string()
    }

    /// What a role is called.
    pub fn role(&self, role: Role) -> &'static str {
        match (self.language, role) {
            (Language::Spanish, Role::Agent) => "Agente de campo",
            (Language::Spanish, Role::Officer) => "Directivo de la organización",
            (Language::Spanish, Role::Supervisor) => "Supervisor",
            (Language::Spanish, Role::Office) => "Oficina regional",
            (Language::Spanish, Role::Administrator) => "Administrador",
            (Language::English, Role::Agent) => "Field agent",
            (Language::English, Role::Officer) => "Association officer",
            (Language::English, Role::Supervisor) => "Supervisor",
            (Language::English, Role::Office) => "Regional office",
            (Language::English, Role::Administrator) => "Administrator",
        }
    }

    fn zone_millis(&self) -> i64 {
        i64::from(self.zone_minutes) * 60_000
    }
}

const DAY: i64 = 24 * 60 * 60 * 1_000;

impl Ticketed {
    /// A slip to hand over.
    pub fn slip(&self) -> String {
        let (name, role) = (self.names.full(), self.wording.role(self.role));
        let (code, address, until) = (self.code(), &self.url, self.wording.moment(self.until));
        match self.wording.language {
            Language::Spanish => format!(
                "{name}\n{role}\n\n\
                 Código del boleto        {code}\n\
                 Dirección de la oficina  {address}\n\
                 Vence                    {until}\n\n\
                 Sirve una sola vez, para una sola tableta. Entréguelo solo a esta persona.\n\n\
                 Al terminar, la tableta y la pantalla de la oficina muestran un número de seis dígitos.\n\
                 Debe ser el mismo. Si es distinto, no siga: otra tableta usó el código. Pida un boleto nuevo.\n"
            ),
            Language::English => format!(
                "{name}\n{role}\n\n\
                 Ticket code     {code}\n\
                 Office address  {address}\n\
                 Valid until     {until}\n\n\
                 It works once, for one tablet. Give it to this person only.\n\n\
                 At the end the tablet and the office's screen show a number of six digits.\n\
                 It must be the same. If it differs, do not go on: another tablet used the code. Ask for a new ticket.\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_the_programmes_midnight() {
        let wording = Wording::default();
        let end = wording.end_of("2027-03-31".parse().unwrap());
        assert_eq!(end.to_string(), "2027-04-01T05:00:00.000Z");
        assert_eq!(wording.moment(end), "01/04/2027, 00:00");
    }
}
