//! Making a hub out of a programme's folder.

use std::path::{Path, PathBuf};

use chaski_forms::Problem;
use chaski_store::{Check, Store, keyring};
use chaski_sync::EntryKind;
use chaski_trust::{DatabaseKey, Fingerprint, Grant, HubAddress, Label, Names, Role, RosterItem, SigningKey, Ticket};
use chaski_values::{DeviceId, FormId, FormVersion, PersonId, Timestamp};

use crate::folder::{Config, Folder, keep_secret, make_private};
use crate::holdings::{Holdings, Writer};
use crate::papers::{self, OfflineKeys};
use crate::programme::ProgrammeFolder;
use crate::slip::Wording;
use crate::{Environment, Hub, HubError, Result, tls};

/// What the folder does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitOptions {
    /// Where tablets will find the hub, such as `https://192.168.1.10:8443`.
    pub url: String,
    /// What people call this hub; the programme's name when nothing is said.
    pub name: Option<String>,
}

/// What was made.
#[derive(Debug)]
pub struct InitReport {
    pub programme: String,
    pub hub: DeviceId,
    pub url: HubAddress,
    pub fingerprint: Fingerprint,
    /// Everybody of `programme.json`, each with the one-time code of their first tablet.
    pub people: Vec<Ticketed>,
    pub forms: Vec<FormNote>,
    pub lists: Vec<String>,
    /// The folder with the keys that are to be moved away from the hub, and the codes.
    pub offline: PathBuf,
}

/// Somebody with a code. `Debug` shows neither their name nor the code.
#[derive(Debug, Clone)]
pub struct Ticketed {
    pub person: PersonId,
    pub names: Names,
    pub role: Role,
    /// Whoever holds it can enrol as this person, once.
    pub ticket: Ticket,
    pub until: Timestamp,
    pub url: HubAddress,
    /// How they read it.
    pub wording: Wording,
}

/// A form that was published.
#[derive(Debug, Clone, PartialEq)]
pub struct FormNote {
    pub file: String,
    pub form: FormId,
    pub title: String,
    pub version: FormVersion,
    /// Doubtful, and published all the same.
    pub warnings: Vec<Problem>,
    /// Files it shows or plays that were not in the folder beside it.
    pub missing: Vec<String>,
}

impl Ticketed {
    pub(crate) fn of(grant: &Grant, ticket: Ticket, url: &HubAddress, wording: Wording) -> Self {
        let until = grant.invitation.map_or(grant.issued_at, |invitation| invitation.until);
        let (names, role) = (grant.names.clone(), grant.role);
        Self { person: grant.person, names, role, ticket, until, url: url.clone(), wording }
    }

    /// The code, as a person types it.
    pub fn code(&self) -> String {
        self.ticket.to_code()
    }

    /// The code and the hub's address, as a QR holds them.
    pub fn link(&self) -> String {
        self.ticket.to_url(&self.url)
    }

    /// Keeps the slip in a folder of tickets and says where.
    pub(crate) fn keep(&self, folder: &Path) -> Result<PathBuf> {
        make_private(folder)?;
        // Named by the role and by nothing of the person: a file's name is seen by whoever looks over a shoulder.
        let person = self.person.to_string();
        let name = format!("{}-{}-{}.txt", self.role.code(), &person[person.len() - 6..], self.until.millis());
        let path = folder.join(name);
        keyring::replace(&path, self.slip().as_bytes())?;
        Ok(path)
    }
}

impl Hub {
    /// Makes a hub in `folder`, which must not exist or be empty, from a programme's folder.
    ///
    /// Everything of the programme is read and checked first, and the folder appears only when it is whole: when this fails,
    /// nothing was made.
    ///
    /// # Errors
    /// When anything of the programme cannot be used (of the forms, all that is wrong is told), or a file cannot be written.
    pub fn init(folder: &Path, programme: &Path, options: &InitOptions) -> Result<InitReport> {
        Self::init_in(folder, programme, options, &Environment::of_system())
    }

    /// The same under a given clock and random source.
    ///
    /// # Errors
    /// As [`Self::init`].
    pub fn init_in(
        folder: &Path,
        programme: &Path,
        options: &InitOptions,
        environment: &Environment,
    ) -> Result<InitReport> {
        let read = ProgrammeFolder::read(programme)?;
        let grants = read.grants(environment)?;
        let url = HubAddress::new(&options.url)?;
        let title = Label::new(read.settings.name.trim())?;
        let name = options.name.as_deref().map_or_else(|| Ok(title.clone()), |name| Label::new(name.trim()))?;
        // `.` has no name that another could stand beside.
        let folder = &std::path::absolute(folder).map_err(HubError::file(folder))?;
        refuse_taken(folder)?;
        let building = building_place(folder, environment);
        let made = build(&Folder::new(&building), &read, grants, (title, name, url), environment);
        let mut report = match made {
            Ok(report) => report,
            Err(error) => {
                // Nothing in it is of use to anybody: no code was handed out.
                let _ = std::fs::remove_dir_all(&building);
                return Err(error);
            }
        };
        if folder.exists() {
            std::fs::remove_dir(folder).map_err(HubError::file(folder))?;
        }
        std::fs::rename(&building, folder).map_err(HubError::file(folder))?;
        report.offline = Folder::new(folder).offline();
        Ok(report)
    }
}

fn refuse_taken(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder) {
        Ok(mut inside) => match inside.next() {
            Some(_) => Err(HubError::FolderTaken(folder.to_owned())),
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(_) if folder.exists() => Err(HubError::FolderTaken(folder.to_owned())),
        Err(error) => Err(HubError::file(folder)(error)),
    }
}

/// A new folder beside the one to be made, so that one rename puts it in place.
fn building_place(folder: &Path, environment: &Environment) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    let mark = chaski_values::RowId::from_bytes(environment.random());
    name.push(format!(".being-made-{mark}"));
    folder.with_file_name(name)
}

fn build(
    folder: &Folder,
    programme: &ProgrammeFolder,
    grants: Vec<Grant>,
    (title, name, url): (Label, Label, HubAddress),
    environment: &Environment,
) -> Result<InitReport> {
    let now = environment.now();
    make_private(folder.path())?;
    make_private(&folder.key(""))?;
    let config = Config::new(name.to_string(), title.to_string(), &url);
    folder.keep_config(&config)?;

    let key = SigningKey::from_seed(&environment.random());
    let store_key = DatabaseKey::from_bytes(environment.random());
    let token: [u8; 16] = environment.random();
    keep_secret(&folder.key("hub.key"), &key.to_seed())?;
    keep_secret(&folder.key("store.key"), store_key.expose())?;
    keyring::replace(&folder.key("console.token"), chaski_values::LogId::from_bytes(token).to_string().as_bytes())?;
    let spki = tls::make(folder, &url)?;

    let offline = OfflineKeys::draw(environment);
    offline.keep(&folder.offline())?;
    let certificates = offline.certificates(title, name, key.verifying_key(), spki, now);
    folder.keep_certificates(&certificates)?;

    let opened =
        Store::open(&folder.database(), &store_key, chaski_store::Environment { now, check: Check::IfUnclean })?;
    let mut holdings = Holdings::new(opened.store, certificates.clone(), offline.fingerprint())?;
    let mut payloads: Vec<(EntryKind, Vec<u8>)> = Vec::new();
    let of_roster = |item: &RosterItem| (EntryKind::Roster, item.to_bytes());
    payloads.extend(certificates.iter().map(of_roster));
    let wording = Wording::of(Some(&programme.settings));
    let mut people = Vec::new();
    for grant in grants {
        let (signed, ticket) = papers::invite(environment, grant, offline.fingerprint(), &offline.issuer);
        let ticketed = Ticketed::of(signed.claims(), ticket, &url, wording);
        ticketed.keep(&folder.offline().join("tickets"))?;
        people.push(ticketed);
        payloads.push(of_roster(&signed.into()));
    }
    payloads.extend(programme.publications().iter().flat_map(|item| item.payloads(false)));
    holdings.publish(Writer { folder, key: &key, environment }, payloads)?;
    holdings.store.close()?;

    Ok(InitReport {
        programme: config.programme,
        hub: key.verifying_key().device_id(),
        url,
        fingerprint: offline.fingerprint(),
        people,
        forms: programme.forms.iter().map(FormNote::of).collect(),
        lists: programme.settings.lists.clone(),
        offline: folder.offline(),
    })
}

impl FormNote {
    pub(crate) fn of(form: &crate::programme::FormFile) -> Self {
        Self {
            file: form.file.clone(),
            form: form.source.form_id().clone(),
            title: form.source.title().to_owned(),
            version: form.source.version(),
            warnings: form.warnings.clone(),
            missing: form.missing.clone(),
        }
    }
}
