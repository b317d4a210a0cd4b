//! A hub for stories: the real one, on a free port of this machine.

use std::path::{Path, PathBuf};

use chaski_hub::{Hub, InitOptions};
use chaski_values::RecordId;
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

impl Office {
    /// A new hub of the demo programme, running.
    ///
    /// # Errors
    /// When it cannot be made or started.
    pub async fn found(folder: &Path) -> Result<Self, Broken> {
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let url = format!("https://127.0.0.1:{port}");
        let (at, address) = (folder.to_owned(), url.clone());
        let report = tokio::task::spawn_blocking(move || {
            Hub::init(&at, &programme(), &InitOptions { url: address, name: Some("Centro de Huanta".to_owned()) })
        })
        .await??;
        let tickets = report.people.iter().map(|person| (person.names.full(), person.code())).collect();
        let mut office = Self { folder: folder.to_owned(), url, tickets, running: None };
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
        let hub = tokio::task::spawn_blocking(move || Hub::open(&folder)).await??;
        let address = self.url.trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind(address).await?;
        let (stop, stopped) = oneshot::channel();
        let serving = hub.clone();
        let task = tokio::spawn(async move { serving.serve(listener, async { drop(stopped.await) }).await });
        self.running = Some(Running { hub, stop, task });
        Ok(())
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

    /// The canonical bytes of a record at the hub.
    ///
    /// # Errors
    /// When the hub is not running or cannot read it.
    pub async fn document(&self, record: RecordId) -> Result<Option<Vec<u8>>, Broken> {
        let hub = self.running.as_ref().ok_or("the hub is not running")?.hub.clone();
        Ok(tokio::task::spawn_blocking(move || hub.record(record)).await??.map(|record| record.save().to_vec()))
    }
}
