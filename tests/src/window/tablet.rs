//! One tablet: a process of the app, its data folder, and hands and eyes on its window.

use std::fs;
use std::future::Future;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::process::{Program, gauge};
use crate::window::{Screen, WindowError, binaries, pictures};

/// A window opens in about two seconds here; a busy machine is given more.
const OPENS_IN: Duration = Duration::from_secs(60);
/// A screen follows a touch in well under a second.
const SHOWS_IN: Duration = Duration::from_secs(20);
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// How the tablet is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// 1280 × 800
    Landscape,
    /// 800 × 1280
    Portrait,
}

/// A running tablet. Dropping it ends its processes; its data folder stays.
#[derive(Debug)]
pub struct Tablet {
    name: String,
    client: Client,
    driver: Program,
}

impl Tablet {
    /// Starts the app on a screen with `data` as its folder, and waits until its window has drawn something.
    ///
    /// # Errors
    /// A program is missing, or the window does not open in time.
    pub async fn start(screen: &Screen, name: &str, data: &Path) -> Result<Tablet, WindowError> {
        // Without this renderer WebKitWebDriver waits for ever for a picture.
        Tablet::start_with(screen, name, data, &[("WEBKIT_DISABLE_DMABUF_RENDERER", "0")]).await
    }

    /// Starts the app with nothing changed but where it keeps its data; it gives no pictures then.
    ///
    /// # Errors
    /// A program is missing, or the window does not open in time.
    pub async fn start_as_shipped(screen: &Screen, name: &str, data: &Path) -> Result<Tablet, WindowError> {
        Tablet::start_with(screen, name, data, &[]).await
    }

    async fn start_with(
        screen: &Screen,
        name: &str,
        data: &Path,
        environment: &[(&str, &str)],
    ) -> Result<Tablet, WindowError> {
        let port = free_port()?;
        let mut driver = start_driver(screen, data, port, environment)?;
        wait_for_port(&mut driver, port).await?;
        let app = binaries().join("chaski-app");
        let capabilities = json!({
            "webkitgtk:browserOptions": { "binary": app, "args": ["--data", data] }
        });
        let connecting = async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.as_object().cloned().unwrap_or_default());
            builder.connect(&format!("http://127.0.0.1:{port}")).await
        };
        let client = tokio::select! {
            connected = timeout(OPENS_IN, connecting) => connected
                .map_err(|_| WindowError::Slow { tablet: name.to_owned(), seconds: OPENS_IN.as_secs() })?
                .map_err(|source| WindowError::Session { tablet: name.to_owned(), source: Box::new(source) })?,
            // The driver would wait for ever for an app that has ended.
            () = app_ends(&driver) => {
                return Err(WindowError::Ended { tablet: name.to_owned(), log: log_of(data) });
            }
        };
        let tablet = Tablet { name: name.to_owned(), client, driver };
        tablet.wait_for(Locator::Css("#app > *"), "first content").await?;
        Ok(tablet)
    }

    /// The tablet's name in messages and pictures.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The driver's client, for what has no function here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Holds the tablet that way.
    ///
    /// # Errors
    /// The window cannot be resized.
    pub async fn hold(&self, shape: Shape) -> Result<(), WindowError> {
        let (width, height) = match shape {
            Shape::Landscape => (1280, 800),
            Shape::Portrait => (800, 1280),
        };
        self.within(self.client.set_window_rect(0, 0, width, height), "resize").await
    }

    /// Waits for an element that is drawn.
    ///
    /// # Errors
    /// It does not appear in time; a picture of what did is kept.
    pub async fn wait_for(&self, locator: Locator<'_>, what: &str) -> Result<Element, WindowError> {
        let begun = Instant::now();
        while begun.elapsed() < SHOWS_IN {
            if let Ok(element) = self.client.find(locator).await
                && element.is_displayed().await.unwrap_or(false)
            {
                return Ok(element);
            }
            sleep(LOOKS_EVERY).await;
        }
        Err(self.absent(what).await)
    }

    /// Waits until the window shows a text anywhere, however it is broken into elements and lines.
    ///
    /// # Errors
    /// It does not appear in time; a picture of what did is kept.
    pub async fn sees(&self, text: &str) -> Result<(), WindowError> {
        let begun = Instant::now();
        while begun.elapsed() < SHOWS_IN {
            if self.text().await.is_ok_and(|shown| shown.contains(&one_line(text))) {
                return Ok(());
            }
            sleep(LOOKS_EVERY).await;
        }
        let what = format!("text \"{text}\"");
        Err(self.absent(&what).await)
    }

    /// All text the window shows, its white space made single.
    ///
    /// # Errors
    /// The window does not answer.
    pub async fn text(&self) -> Result<String, WindowError> {
        let shown = self.within(self.client.execute("return document.body.innerText", Vec::new()), "read text").await?;
        Ok(one_line(shown.as_str().unwrap_or_default()))
    }

    /// Touches an element, once it is there and takes the touch.
    ///
    /// # Errors
    /// It is not there in time, or something lies over it.
    pub async fn touch(&self, locator: Locator<'_>, what: &str) -> Result<(), WindowError> {
        let begun = Instant::now();
        loop {
            let element = self.wait_for(locator, what).await?;
            // A screen that is being redrawn takes the element away, or slides something over it: try again.
            match self.within(element.click(), what).await {
                Ok(()) => return Ok(()),
                Err(error) if begun.elapsed() > SHOWS_IN => return Err(error),
                Err(_) => sleep(LOOKS_EVERY).await,
            }
        }
    }

    /// Types into a field, replacing what it holds, and leaves the field.
    ///
    /// # Errors
    /// It is not there in time.
    pub async fn type_into(&self, locator: Locator<'_>, text: &str, what: &str) -> Result<(), WindowError> {
        let element = self.wait_for(locator, what).await?;
        self.within(element.clear(), what).await?;
        self.within(element.send_keys(text), what).await?;
        let leave = "document.activeElement && document.activeElement.blur()";
        self.within(self.client.execute(leave, Vec::new()), what).await?;
        Ok(())
    }

    /// Keeps a picture of the window as `target/pictures/<name>.png`.
    ///
    /// # Errors
    /// The window gives none, or it cannot be written.
    pub async fn picture(&self, name: &str) -> Result<PathBuf, WindowError> {
        let png = self.within(self.client.screenshot(), "picture").await?;
        let folder = pictures();
        let path = folder.join(format!("{name}.png"));
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&path, png))
            .map_err(|source| WindowError::Picture { path: path.clone(), source })?;
        Ok(path)
    }

    /// Closes the window as a person does, and waits until the app has ended.
    ///
    /// # Errors
    /// The window does not answer.
    pub async fn close(self) -> Result<(), WindowError> {
        self.within(self.client.close_window(), "close").await
    }

    /// Ends the app in an instant, as a dead battery would. Nothing in it gets to run.
    pub fn kill(self) {
        self.driver.kill();
    }

    /// How long it took from the start of the app until its window had drawn something.
    ///
    /// # Errors
    /// The window or the system does not tell.
    pub async fn first_content(&self) -> Result<Duration, WindowError> {
        let script = "const [paint] = performance.getEntriesByName('first-contentful-paint'); \
                      return paint ? performance.timeOrigin + paint.startTime : null";
        let waiting = Instant::now();
        let mut drawn = None;
        while drawn.is_none() && waiting.elapsed() < SHOWS_IN {
            drawn = self.within(self.client.execute(script, Vec::new()), "first content").await?.as_f64();
            sleep(LOOKS_EVERY).await;
        }
        let drawn =
            drawn.ok_or_else(|| WindowError::Slow { tablet: self.name.clone(), seconds: SHOWS_IN.as_secs() })?;
        let drawn = Duration::from_secs_f64(drawn / 1e3);
        let app = self.processes()?.into_iter().find(gauge::Process::is_app);
        let began = app
            .ok_or_else(|| std::io::Error::other("the app has no process"))
            .and_then(|process| gauge::began(&process))
            .map_err(|source| self.gauge_error(source))?;
        Ok(drawn.saturating_sub(began))
    }

    /// The memory that the app and its web processes take, in bytes (PSS).
    ///
    /// # Errors
    /// The system does not tell.
    pub fn memory(&self) -> Result<u64, WindowError> {
        gauge::memory(&self.processes()?).map_err(|source| self.gauge_error(source))
    }

    /// The app's processes, without the driver's own.
    fn processes(&self) -> Result<Vec<gauge::Process>, WindowError> {
        let mut all = gauge::processes(self.driver.group()).map_err(|source| self.gauge_error(source))?;
        all.retain(|process| !process.name.starts_with("WebKitWebDriver"));
        Ok(all)
    }

    fn gauge_error(&self, source: std::io::Error) -> WindowError {
        WindowError::Gauge { tablet: self.name.clone(), source }
    }

    /// A command to the window that failed, under a name a reader understands.
    pub fn failed(&self, what: &str, source: CmdError) -> WindowError {
        WindowError::Command { tablet: self.name.clone(), what: what.to_owned(), source: Box::new(source) }
    }

    async fn absent(&self, what: &str) -> WindowError {
        let name = format!("failed-{}", self.name.replace(' ', "-"));
        // The picture is a help only: what is reported is that the thing is absent.
        let picture = self.picture(&name).await.unwrap_or_default();
        WindowError::Absent { tablet: self.name.clone(), what: what.to_owned(), picture }
    }

    /// A command to the window, with a limit on how long it may take.
    async fn within<T>(
        &self,
        command: impl Future<Output = Result<T, CmdError>>,
        what: &str,
    ) -> Result<T, WindowError> {
        timeout(SHOWS_IN, command)
            .await
            .map_err(|_| WindowError::Slow { tablet: self.name.clone(), seconds: SHOWS_IN.as_secs() })?
            .map_err(|source| self.failed(what, source))
    }
}

fn start_driver(screen: &Screen, data: &Path, port: u16, environment: &[(&str, &str)]) -> Result<Program, WindowError> {
    let started = |program: &str| {
        let program = program.to_owned();
        move |source| WindowError::Start { program, source }
    };
    // Beside the data folder, not in it: what the window keeps must be whole without them.
    let home = data.with_extension("home");
    fs::create_dir_all(&home).map_err(started("WebKitWebDriver"))?;
    let log = fs::File::create(log_of(data)).map_err(started("WebKitWebDriver"))?;
    let errors = log.try_clone().map_err(started("WebKitWebDriver"))?;
    let mut command = Command::new("WebKitWebDriver");
    command
        .arg(format!("--port={port}"))
        .arg("--host=127.0.0.1")
        .env("DISPLAY", screen.display())
        .env_remove("WAYLAND_DISPLAY")
        // Without it the web view does not take part and the session never opens.
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        // An office where looking at the hub costs nothing: the stories do not wait a minute.
        .env("CHASKI_EXCHANGE_SECONDS", "2")
        .envs(environment.iter().copied())
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env("LANG", "C.UTF-8")
        .env("TZ", "America/Lima")
        .env("HOME", &home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .stdout(Stdio::from(log))
        .stderr(Stdio::from(errors));
    Program::start(&mut command).map_err(started("WebKitWebDriver"))
}

/// Waits until an app that was there is there no more.
async fn app_ends(driver: &Program) {
    let mut seen = false;
    loop {
        let apps = gauge::processes(driver.group()).unwrap_or_default();
        let runs = apps.iter().any(gauge::Process::is_app);
        if seen && !runs {
            return;
        }
        seen |= runs;
        sleep(LOOKS_EVERY).await;
    }
}

/// Where the log of the driver and the app goes.
fn log_of(data: &Path) -> PathBuf {
    data.with_extension("log")
}

async fn wait_for_port(driver: &mut Program, port: u16) -> Result<(), WindowError> {
    let begun = Instant::now();
    while driver.is_running() && begun.elapsed() < SHOWS_IN {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(());
        }
        sleep(LOOKS_EVERY).await;
    }
    Err(WindowError::NotReady { program: "WebKitWebDriver".to_owned(), seconds: begun.elapsed().as_secs() })
}

fn free_port() -> Result<u16, WindowError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| WindowError::Start { program: "WebKitWebDriver".to_owned(), source })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
