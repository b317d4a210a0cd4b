use std::path::PathBuf;

use chaski_hub::{Hub, Invitee, NewPerson, Terms};
use chaski_trust::{Label, Names, Role};
use chaski_values::{CivilDate, DistrictCode, PersonId};
use clap::Args;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use serde_json::json;

use super::ticket_json;
use crate::Outcome;
use crate::failure::Failure;
use crate::output::{say, say_json};

/// Issue a one-time code for a second tablet, a lost code or a new person; or begin a new term
///
/// Each begins a new term, of a year unless --until says otherwise. With --renew somebody whose term ends goes on with the
/// tablet and PIN they have, without a code. It needs the issuer's key from the folder `offline` that `hub init` made. A hub
/// that is running takes note by itself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  chaski hub invite /srv/chaski --keys /media/usb/offline --person 'Rosa Quispe' --qr
  chaski hub invite /srv/chaski --keys /media/usb/offline --given Ana --paternal Huamán --role agent --district 050401
  chaski hub invite /srv/chaski --keys /media/usb/offline --person 'Rosa Quispe' --renew --until 2027-12-31

Exit codes: 0 issued, 1 the names, the role or the date cannot be used, 3 it could not be issued.")]
pub(crate) struct Invite {
    /// The hub's folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The folder `offline` with the issuer's key
    #[arg(long, value_name = "OFFLINE")]
    keys: PathBuf,
    /// Somebody of the roster: their id, or part of their name
    #[arg(long, conflicts_with_all = ["given", "paternal", "maternal", "role", "association"], required_unless_present = "given")]
    person: Option<String>,
    /// A new person's given names
    #[arg(long, requires_all = ["paternal", "role", "district"])]
    given: Option<String>,
    /// Their paternal surname
    #[arg(long)]
    paternal: Option<String>,
    /// Their maternal surname, if they have one
    #[arg(long)]
    maternal: Option<String>,
    /// agent, officer, supervisor, office or administrator
    #[arg(long)]
    role: Option<String>,
    /// A district by its INEI code; may be given several times. With --person: instead of those the person has
    #[arg(long, value_name = "UBIGEO")]
    district: Vec<DistrictCode>,
    /// The last day of the term, such as 2027-12-31; a year from today if not given
    #[arg(long, value_name = "DATE")]
    until: Option<CivilDate>,
    /// Begin a new term without a code: the person goes on with the tablets they enrolled on
    #[arg(long, requires = "person", conflicts_with = "qr")]
    renew: bool,
    /// The project whose association an officer sits on
    #[arg(long, value_name = "PROJECT")]
    association: Option<String>,
    /// Draw the code as a QR for the tablet's camera
    #[arg(long)]
    qr: bool,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

impl Invite {
    pub(super) fn run(self) -> Outcome {
        let hub = Hub::open(&self.folder)?;
        let terms = Terms { until: self.until, districts: self.district.clone() };
        let invitee = match &self.person {
            Some(person) if self.renew => return self.prolong(&hub, find(&hub, person)?, &terms),
            Some(person) => Invitee::Known(find(&hub, person)?),
            None => Invitee::New(self.new_person()?),
        };
        let ticketed = hub.invite(&invitee, &terms, &self.keys)?;
        if self.json {
            say_json(&ticket_json(&ticketed));
            return Ok(());
        }
        say(&ticketed.slip());
        if self.qr
            && let Ok(code) = QrCode::new(ticketed.link())
        {
            say(&code.render::<Dense1x2>().build());
        }
        Ok(())
    }

    fn prolong(&self, hub: &Hub, person: PersonId, terms: &Terms) -> Outcome {
        let prolonged = hub.prolong(person, terms, &self.keys)?;
        if self.json {
            say_json(&json!({
                "person": prolonged.person,
                "name": prolonged.names.full(),
                "role": prolonged.role.code(),
                "until": prolonged.until.to_string(),
                "tablets": prolonged.tablets,
            }));
            return Ok(());
        }
        let wording = hub.wording();
        let (name, role, until) =
            (prolonged.names.full(), wording.role(prolonged.role), wording.moment(prolonged.until));
        let tablets =
            if prolonged.tablets == 1 { "tablet".to_owned() } else { format!("{} tablets", prolonged.tablets) };
        say(&format!("{name} ({role}) goes on until {until}, with the same {tablets} and PIN"));
        Ok(())
    }

    fn new_person(&self) -> Outcome<NewPerson> {
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        let names = Names::new(&word(&self.given), &word(&self.paternal), self.maternal.as_deref());
        let role = word(&self.role);
        let role = Role::from_code(&role).ok_or(chaski_hub::HubError::UnknownRole(role))?;
        let association = self.association.as_deref().map(Label::new).transpose();
        Ok(NewPerson {
            names: names.map_err(chaski_hub::HubError::from)?,
            role,
            districts: self.district.clone(),
            association: association.map_err(chaski_hub::HubError::from)?,
        })
    }
}

/// The one person that an id or a part of a name says.
fn find(hub: &Hub, text: &str) -> Outcome<PersonId> {
    let people = hub.people()?;
    if let Ok(id) = text.parse::<PersonId>() {
        return Ok(id);
    }
    let wanted = text.to_lowercase();
    let found: Vec<_> = people.iter().filter(|(_, name)| name.to_lowercase().contains(&wanted)).collect();
    let list = |people: &[&(PersonId, String)]| {
        people.iter().map(|(id, name)| format!("  {id}  {name}")).collect::<Vec<_>>().join("\n")
    };
    match found.as_slice() {
        [(id, _)] => Ok(*id),
        [] => Err(Failure::Nobody(text.to_owned(), list(&people.iter().collect::<Vec<_>>()))),
        several => Err(Failure::Several(text.to_owned(), list(several))),
    }
}
