//! A screen that exists in memory only.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::process::Program;
use crate::window::WindowError;

/// Wide and high enough for a tablet held either way.
const SIZE: &str = "1280x1280x24";
/// Xvfb answers in well under a second; a busy machine is given more.
const LIMIT: Duration = Duration::from_secs(20);

/// A running Xvfb, with the number it chose for itself.
#[derive(Debug)]
pub struct Screen {
    // Held because the screen goes with it.
    _server: Program,
    display: String,
}

impl Screen {
    /// Starts a screen on a free number.
    ///
    /// # Errors
    /// Xvfb is not installed or does not come up.
    pub fn start() -> Result<Screen, WindowError> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server =
            Program::start(&mut command).map_err(|source| WindowError::Start { program: "Xvfb".to_owned(), source })?;
        let (sender, receiver) = mpsc::channel();
        if let Some(output) = server.take_output() {
            // The line comes once the screen takes windows; a thread reads it so that the wait has a limit.
            thread::spawn(move || {
                let mut line = String::new();
                let read = BufReader::new(output).read_line(&mut line);
                let _ = sender.send(read.map(|_| line));
            });
        }
        match receiver.recv_timeout(LIMIT) {
            Ok(Ok(number)) if !number.trim().is_empty() => {
                Ok(Screen { _server: server, display: format!(":{}", number.trim()) })
            }
            Ok(_) | Err(_) => Err(WindowError::NotReady { program: "Xvfb".to_owned(), seconds: LIMIT.as_secs() }),
        }
    }

    /// The name of the screen for programs, such as `:99`.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }
}
