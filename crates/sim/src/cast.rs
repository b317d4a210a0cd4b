//! Who takes part: a programme with its hub, and four tablets that enrolled once, in a process. Each run begins with copies of
//! their folders, so that no seed pays for enrolling.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use chaski_device::Device;
use chaski_programme::{ProgrammeSettings, Publication};
use chaski_sync::{Codec, EntryKind};
use chaski_trust::testing::{TLS_SPKI_SHA256, TestProgramme};
use chaski_trust::{DatabaseKey, DeviceSecret, EnrolRequest, Keyring, Names, Pin, Role, Signed};
use chaski_values::{PersonId, Timestamp};

use crate::Broken;
use crate::centre::{Centre, Office};
use crate::dice::Dice;
use crate::disk::Kept;
use crate::machine::{Machine, TrueTime};
use crate::sabotage::Sabotaged;
use crate::session::{self, Network};

pub(crate) const PIN: &str = "285713";
pub(crate) const FORM: &str = "visita";

/// The districts, each with a project, and who works where.
pub(crate) const PROJECTS: [(&str, &str); 2] = [("NR-050401-01", "050401"), ("NR-030201-01", "030201")];
const PEOPLE: [(&str, &str, Role, &[&str]); 4] = [
    ("Rosa", "Quispe", Role::Agent, &["050401"]),
    ("Víctor", "Ccori", Role::Agent, &["050401"]),
    ("Nélida", "Taipe", Role::Agent, &["030201"]),
    ("Marcelino", "Ayala", Role::Supervisor, &["030201", "050401"]),
];

/// Small, so that a run is quick, with one of every way in which an answer is kept.
const WORKBOOK: &str = "
| survey   |                        |        |       |
|          | type                   | name   | label |
|          | text                   | nota   | Nota  |
|          | text                   | acta   | Acta  |
|          | integer                | monto  | Monto |
|          | select_one estado      | estado | Estado |
|          | select_multiple tema   | temas  | Temas |
|          | begin_repeat           | part   | Participantes |
|          | text                   | nombre | Nombre |
|          | integer                | edad   | Edad  |
|          | end_repeat             |        |       |
| choices  |           |      |       |
|          | list_name | name | label |
|          | estado    | a    | A     |
|          | estado    | b    | B     |
|          | estado    | c    | C     |
|          | tema      | agua | Agua  |
|          | tema      | luz  | Luz   |
|          | tema      | via  | Vía   |
| settings |         |            |
|          | form_id | form_title |
|          | visita  | Visita     |
";

const SETTINGS: &str = r#"{
  "name": "Programa de prueba", "zone_offset_minutes": -300, "languages": ["es-PE"],
  "districts": [
    { "code": "050401", "name": "Huanta", "region": "Ayacucho" },
    { "code": "030201", "name": "Andahuaylas", "region": "Apurímac" }
  ],
  "projects": { "list": "proyectos.csv", "id": "name", "name": "label", "association": "label", "district": "distrito" }
}"#;

/// A tablet as it was when it had enrolled and met the hub.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) districts: &'static [&'static str],
    pub(crate) person: PersonId,
    pub(crate) key: DatabaseKey,
    pub(crate) disk: Kept,
    /// Of the machine's key store.
    pub(crate) secret: u8,
}

#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) people: Vec<Part>,
    pub(crate) office: Office,
    hub: Kept,
    /// When the first day of every run begins.
    pub(crate) begin: Timestamp,
}

/// A folder in memory where there is one: runs write a lot and keep nothing.
pub(crate) fn scratch() -> Result<tempfile::TempDir, Broken> {
    let memory = Path::new("/dev/shm");
    let builder = || tempfile::Builder::new().prefix("chaski-sim-").to_owned();
    if memory.is_dir() { builder().tempdir_in(memory) } else { builder().tempdir() }.map_err(Broken::disk)
}

impl Cast {
    /// The cast of this process.
    pub(crate) fn assembled() -> Result<&'static Self, Broken> {
        static CAST: OnceLock<Result<Cast, Broken>> = OnceLock::new();
        CAST.get_or_init(Self::assemble).as_ref().map_err(Clone::clone)
    }

    fn assemble() -> Result<Self, Broken> {
        let stage = scratch()?;
        // 2026-11-20T13:00:00Z: eight in the morning in Peru.
        let founded = Timestamp::from_millis(1_795_179_600_000).expect("a moment of 2026");
        let time = TrueTime::new(founded);
        let mut programme = TestProgramme::founded(founded.plus_millis(-86_400_000));
        let mut devices = Vec::new();
        for (number, (name, surname, role, districts)) in PEOPLE.iter().enumerate() {
            let secret = number as u8 + 1;
            let machine = Machine::new(time.clone(), secret, Dice::new(1_000 + number as u64));
            let folder = stage.path().join(name);
            let mut device = Device::open(&folder, machine).map_err(Broken::device)?;
            let (mut grant, ticket) = programme.grant(*role, districts, founded);
            grant.names = Names::new(name, surname, None).expect("these are names");
            programme.issue(grant);
            let tablet = format!("Tableta {}", number + 1);
            let pending = device
                .begin_enrolment(&ticket.to_code(), "https://127.0.0.1:1", &tablet, PIN, PIN)
                .map_err(Broken::device)?;
            let request: Signed<EnrolRequest> = Signed::from_bytes(&pending.request).map_err(Broken::other)?;
            let reply = programme.answer(&request, founded).map_err(Broken::other)?;
            device.finish_enrolment(&pending, &reply.to_bytes(), &TLS_SPKI_SHA256).map_err(Broken::device)?;
            device.confirm_enrolment().map_err(Broken::device)?;
            devices.push((device, folder, secret, *name, *districts));
        }
        let office = Office {
            key: programme.hub.clone(),
            roster: Arc::new(programme.roster()),
            codec: Arc::new(Codec::default()),
        };
        let hub = stage.path().join("hub");
        let mut centre = Centre::open(&hub, &office, founded)?;
        for item in &programme.items {
            centre.publish(EntryKind::Roster, item.to_bytes(), founded)?;
        }
        centre.publish_all(&publications()?, founded)?;
        let mut people = Vec::new();
        for (mut device, folder, secret, name, districts) in devices {
            let summary = session::whole(&mut device, &mut centre, &time, &mut Network::sound(), Sabotaged::default())?;
            if summary.outcome != chaski_sync::Outcome::Complete {
                return Err(Broken::promise(format!("{name}'s first exchange: {:?}", summary.outcome)));
            }
            device.close().map_err(Broken::device)?;
            let (person, key) = unwrap(&folder, secret)?;
            // A copied folder is a new installation.
            std::fs::remove_file(folder.join("incarnation")).map_err(Broken::disk)?;
            people.push(Part { name, districts, person, key, disk: Kept::of(&folder)?, secret });
        }
        centre.store.close().map_err(Broken::store)?;
        Ok(Self { people, office, hub: Kept::of(&hub)?, begin: founded.plus_millis(3_600_000) })
    }

    pub(crate) fn stage_hub(&self, folder: &Path) -> Result<(), Broken> {
        self.hub.lay_out(folder)
    }
}

fn publications() -> Result<Vec<(EntryKind, Publication)>, Broken> {
    let settings = ProgrammeSettings::from_json(SETTINGS.as_bytes()).map_err(Broken::other)?;
    let mut table = "name,label,distrito\n".to_owned();
    for (project, district) in PROJECTS {
        table.push_str(&format!("{project},Proyecto de {district},{district}\n"));
    }
    let source = chaski_forms::read_markdown(WORKBOOK).map_err(Broken::other)?.source;
    let form = Publication::Form {
        form: source.form_id().to_string(),
        title: source.title().to_owned(),
        source: source.as_bytes().to_vec(),
    };
    let table = Publication::Catalogue { name: "proyectos.csv".to_owned(), table: table.into_bytes() };
    Ok(vec![
        (EntryKind::Setting, Publication::Settings { json: settings.to_published_json() }),
        (EntryKind::Catalogue, table),
        (EntryKind::Form, form),
    ])
}

/// The one person of a tablet and the key of its database.
fn unwrap(folder: &Path, secret: u8) -> Result<(PersonId, DatabaseKey), Broken> {
    let bytes = std::fs::read(folder.join("keyring")).map_err(Broken::disk)?;
    let ring = Keyring::from_bytes(&bytes).map_err(Broken::other)?;
    let person = ring.people().next().ok_or_else(|| Broken::promise("nobody is in the keyring"))?;
    let pin = Pin::entered(PIN).map_err(Broken::other)?;
    let keys = person.keys.unwrap(person.person, &pin, &DeviceSecret::from_bytes([secret; 32]));
    Ok((person.person, keys.map_err(Broken::other)?.database))
}
