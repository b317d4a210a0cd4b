//! A hub for stories: the real one, on a free port of this machine.

use std::path::{Path, PathBuf};

use chaski_hub::{Environment, Hub, InitOptions, Reading};
use chaski_values::{RecordId, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::story::Broken;

/// The office of a story and its hub, which can be stopped and started.
#[derive(Debug)]
pub struct Office {
    folder: PathBuf,
    url: String,
    tickets: Vec<(String, String)>,
    /// How far behind the machine's clock the hub's is.
    days_ago: i64,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    hub: Hub,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), chaski_hub::HubError>>,
}

/// The demo programme's folder.
pub fn programme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programme")
}

/// A copy of the demo programme in the folder `to`, with one more form.
///
/// # Errors
/// When it cannot be written.
pub fn programme_with(to: &Path, form: &str, contents: &str) -> std::io::Result<PathBuf> {
    let copy = to.join("programme");
    for folder in ["", "forms", "lists"] {
        std::fs::create_dir_all(copy.join(folder))?;
        for file in std::fs::read_dir(programme().join(folder))? {
            let file = file?;
            if file.file_type()?.is_file() {
                std::fs::copy(file.path(), copy.join(folder).join(file.file_name()))?;
            }
        }
    }
    let settings = copy.join("programme.json");
    let text = std::fs::read_to_string(&settings)?;
    std::fs::write(&settings, text.replacen("\"forms\": [", &format!("\"forms\": [\"{form}\", "), 1))?;
    std::fs::write(copy.join("forms").join(form), contents)?;
    Ok(copy)
}

impl Office {
    /// A new hub of the demo programme, running.
    ///
    /// # Errors
    /// When it cannot be made or started.
    pub async fn found(folder: &Path) -> Result<Self, Broken> {
        Self::found_days_ago(folder, 0).await
    }

    /// The same by a hub whose clock stands some days back, until [`Self::come_to_today`].
    ///
    /// # Errors
    /// When it cannot be made or started.
    pub async fn found_days_ago(folder: &Path, days_ago: i64) -> Result<Self, Broken> {
        Self::found_of(folder, programme(), days_ago).await
    }

    /// The same of the programme in another folder.
    ///
    /// # Errors
    /// When it cannot be made or started.
    pub async fn found_of(folder: &Path, programme: PathBuf, days_ago: i64) -> Result<Self, Broken> {
        let port = quiet_port().await?;
        let url = format!("https://127.0.0.1:{port}");
        let (at, address) = (folder.to_owned(), url.clone());
        let report = tokio::task::spawn_blocking(move || {
            let options = InitOptions { url: address, name: Some("Centro de Huanta".to_owned()) };
            Hub::init_in(&at, &programme, &options, &clock(days_ago))
        })
        .await??;
        let tickets = report.people.iter().map(|person| (person.names.full(), person.code())).collect();
        let mut office = Self { folder: folder.to_owned(), url, tickets, days_ago, running: None };
        office.start().await?;
        Ok(office)
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The one-time code of somebody, by their given name.
    ///
    /// # Errors
    /// When the programme has nobody of that name.
    pub fn ticket_of(&self, given: &str) -> Result<String, Broken> {
        let found = self.tickets.iter().find(|(name, _)| name.starts_with(given));
        found.map(|(_, code)| code.clone()).ok_or_else(|| format!("nobody is called {given}").into())
    }

    /// # Errors
    /// When the hub cannot be opened or its port is taken.
    pub async fn start(&mut self) -> Result<(), Broken> {
        let folder = self.folder.clone();
        let environment = clock(self.days_ago);
        let hub = tokio::task::spawn_blocking(move || Hub::open_in(&folder, environment)).await??;
        let address = self.url.trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind(address).await?;
        let (stop, stopped) = oneshot::channel();
        let serving = hub.clone();
        let task = tokio::spawn(async move { serving.serve(listener, async { drop(stopped.await) }).await });
        self.running = Some(Running { hub, stop, task });
        Ok(())
    }

    /// The hub is started again, on the machine's own clock.
    ///
    /// # Errors
    /// When it does not end well or does not come up.
    pub async fn come_to_today(&mut self) -> Result<(), Broken> {
        self.stop().await?;
        self.days_ago = 0;
        self.start().await
    }

    /// # Errors
    /// When the hub does not end well.
    pub async fn stop(&mut self) -> Result<(), Broken> {
        if let Some(Running { hub, stop, task }) = self.running.take() {
            let _ = stop.send(());
            task.await??;
            drop(hub);
        }
        Ok(())
    }

    /// What the running hub reads in a record; nothing while it has none.
    ///
    /// # Errors
    /// When the hub is not running or cannot read it.
    pub async fn read(&self, record: RecordId) -> Result<Option<Reading>, Broken> {
        let hub = self.running.as_ref().ok_or("the hub is not running")?.hub.clone();
        Ok(tokio::task::spawn_blocking(move || hub.read(record)).await??)
    }

    /// The log of how a record was filled in, as the running hub writes it.
    ///
    /// # Errors
    /// When the hub is not running or cannot read it.
    pub async fn audit(&self, record: RecordId) -> Result<Option<String>, Broken> {
        let hub = self.running.as_ref().ok_or("the hub is not running")?.hub.clone();
        Ok(tokio::task::spawn_blocking(move || hub.audit_csv(record)).await??)
    }

    /// The names of the tablets that the running hub has certified.
    ///
    /// # Errors
    /// When the hub is not running or cannot say.
    pub async fn tablets(&self) -> Result<Vec<String>, Broken> {
        let hub = self.running.as_ref().ok_or("the hub is not running")?.hub.clone();
        let notes = tokio::task::spawn_blocking(move || hub.devices()).await??;
        Ok(notes.into_iter().map(|note| note.name).collect())
    }

    /// The canonical bytes of a record at the hub.
    ///
    /// # Errors
    /// When the hub is not running or cannot read it.
    pub async fn document(&self, record: RecordId) -> Result<Option<Vec<u8>>, Broken> {
        let hub = self.running.as_ref().ok_or("the hub is not running")?.hub.clone();
        Ok(tokio::task::spawn_blocking(move || hub.record(record)).await??.map(|record| record.save().to_vec()))
    }
}

/// A free port outside the range that the system hands to outgoing connections: a stopped hub finds it free again.
async fn quiet_port() -> Result<u16, Broken> {
    const FIRST: u16 = 20_000;
    const PORTS: u16 = 10_000;
    let mut random = [0; 2];
    getrandom::fill(&mut random)?;
    for next in 0..PORTS {
        let port = FIRST + u16::from_le_bytes(random).wrapping_add(next) % PORTS;
        if TcpListener::bind(("127.0.0.1", port)).await.is_ok() {
            return Ok(port);
        }
    }
    Err("no port is free".into())
}

fn clock(days_ago: i64) -> Environment {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let now = move || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let millis = i64::try_from(since.as_millis()).unwrap_or(i64::MAX) - days_ago * DAY;
        Timestamp::from_millis(millis).expect("today is a moment")
    };
    Environment::new(now, |bytes| getrandom::fill(bytes).expect("this machine gives random bytes"))
}
