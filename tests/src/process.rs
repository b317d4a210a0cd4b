//! Programs that a test starts, each in a process group of its own that ends with the test.
//!
//! A driver starts a window and a window starts its web processes: ending the group ends them all. The group also goes
//! when the test itself is told to end, by Ctrl-C or by the runner's time limit.

pub(crate) mod gauge;

use std::collections::BTreeSet;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How long a program may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(3);

static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
static REAPER: Once = Once::new();

/// A running program and its process group; ended on drop.
#[derive(Debug)]
pub struct Program {
    child: Child,
    group: Pid,
}

impl Program {
    /// Starts the command with no standard input, in a process group of its own.
    ///
    /// # Errors
    /// The program is not installed or cannot be started.
    pub fn start(command: &mut Command) -> io::Result<Program> {
        REAPER.call_once(|| {
            // A handler set elsewhere in the process stays; then only drops reap.
            let _ = ctrlc::set_handler(|| {
                let groups = GROUPS.lock().map(|groups| groups.clone()).unwrap_or_default();
                for group in groups {
                    let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
                }
                std::process::exit(130);
            });
        });
        let child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let group = i32::try_from(child.id()).map_err(io::Error::other)?;
        if let Ok(mut groups) = GROUPS.lock() {
            groups.insert(group);
        }
        Ok(Program { child, group: Pid::from_raw(group) })
    }

    /// The program's standard output, if the command pipes it and nobody took it yet.
    pub fn take_output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The process group that the program and its children are in.
    #[must_use]
    pub fn group(&self) -> Pid {
        self.group
    }

    /// Whether the program still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Kills the whole group at once, as a loss of power would.
    pub fn kill(mut self) {
        self.end(Signal::SIGKILL);
    }

    fn end(&mut self, first: Signal) {
        let _ = killpg(self.group, first);
        let begun = Instant::now();
        while self.is_running() && begun.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(10));
        }
        // Children of a program that ended may still run, so the group is killed in either case; what they held, a lock or
        // a port, is free once all of them are gone.
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait();
        while gauge::processes(self.group).is_ok_and(|left| !left.is_empty()) && begun.elapsed() < 2 * GRACE {
            thread::sleep(Duration::from_millis(10));
        }
        if let Ok(mut groups) = GROUPS.lock() {
            groups.remove(&self.group.as_raw());
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end(Signal::SIGTERM);
    }
}
