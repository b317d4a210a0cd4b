//! The demo programme's hub, served.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chaski_hub::{FormNote, Hub, HubEvent, InitOptions, InitReport, ServeLimits};
use chaski_trust::{Role, Ticket};
use chaski_values::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;

/// The district of the demo programme's two agents.
pub const HUANTA: &str = "050401";

pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap()).unwrap()
}

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Text that does not compress.
pub fn noise(length: usize) -> String {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes.iter().map(|byte| char::from(b'!' + byte % 90)).collect()
}

pub fn programme() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/programme")
}

/// A copy of the demo programme that may be changed.
pub fn programme_copy(to: &Path) -> PathBuf {
    let copy = to.join("programme");
    for folder in ["", "forms", "lists"] {
        std::fs::create_dir_all(copy.join(folder)).unwrap();
        for file in std::fs::read_dir(programme().join(folder)).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                std::fs::copy(file.path(), copy.join(folder).join(file.file_name())).unwrap();
            }
        }
    }
    copy
}

/// Writes a workbook: sheets by name, each in rows of cells.
pub fn workbook(file: &Path, sheets: &[(&str, &[&[&str]])]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).unwrap();
        for (number, cells) in (0..).zip(*rows) {
            for (column, cell) in (0..).zip(*cells) {
                sheet.write_string(number, column, *cell).unwrap();
            }
        }
    }
    book.save(file).unwrap();
}

/// Limits that a test does not wait long for.
pub fn impatient() -> ServeLimits {
    ServeLimits {
        connections: 64,
        acquaintance: Duration::from_secs(5),
        strangers: 8,
        greeting: Duration::from_millis(400),
        silence: Duration::from_millis(400),
        least_bytes_per_second: 10_000,
        stall: Duration::from_millis(400),
        farewell: Duration::from_secs(5),
    }
}

pub struct World {
    pub hub: Hub,
    pub address: SocketAddr,
    pub report: InitReport,
    pub folder: tempfile::TempDir,
    pub events: broadcast::Receiver<HubEvent>,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<chaski_hub::Result<()>>>,
}

impl World {
    pub async fn new() -> Self {
        Self::within(ServeLimits { farewell: Duration::from_secs(5), ..ServeLimits::default() }).await
    }

    pub async fn within(limits: ServeLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let options = InitOptions { url: format!("https://{address}"), name: Some("Centro".to_owned()) };
        let report = Hub::init(&folder.path().join("hub"), &programme(), &options).unwrap();
        let hub = Hub::open(&folder.path().join("hub")).unwrap();
        let events = hub.events();
        let mut world = Self { hub, address, report, folder, events, stop: None, task: None };
        world.serve(listener, limits);
        world
    }

    fn serve(&mut self, listener: TcpListener, limits: ServeLimits) {
        let (stop, stopped) = oneshot::channel();
        let hub = self.hub.clone();
        let serving = async move { hub.serve_within(listener, async { drop(stopped.await) }, limits).await };
        self.task = Some(tokio::spawn(serving));
        self.stop = Some(stop);
    }

    /// Stops serving as Ctrl-C does, and waits.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        self.task.take().unwrap().await.unwrap().unwrap();
    }

    /// Begins to stop, and does not wait.
    pub fn tell_to_stop(&mut self) -> JoinHandle<chaski_hub::Result<()>> {
        drop(self.stop.take());
        self.task.take().unwrap()
    }

    pub fn hub_folder(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    /// The ticket of the so-many-th person of a role.
    pub fn ticket(&self, role: Role, number: usize) -> &Ticket {
        &self.report.people.iter().filter(|person| person.role == role).nth(number).unwrap().ticket
    }

    pub fn form(&self) -> &FormNote {
        self.report.forms.iter().find(|form| form.file == "site_visit.xlsx").unwrap()
    }

    /// Waits for an event.
    pub async fn hears(&mut self, wanted: impl Fn(&HubEvent) -> bool) -> HubEvent {
        let heard = async {
            loop {
                let event = self.events.recv().await.unwrap();
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), heard).await.expect("it never happened")
    }
}
