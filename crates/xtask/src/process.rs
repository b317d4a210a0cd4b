//! Programs that tasks run.
//!
//! A *step* runs in the foreground to its end. A *background* program gets a process group of its own, because a window
//! or a driver starts children that must go with it: the whole group is ended when its handle is dropped, and on Ctrl-C.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::error::TaskError;

/// Process groups that are alive, for the interrupt handler.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// How long a program may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(3);

/// Ends every background program when the person presses Ctrl-C, then exits with 130 as shells expect.
pub(crate) fn reap_on_interrupt() {
    // A second handler cannot exist in this program, so the only error is impossible here.
    let _ = ctrlc::set_handler(|| {
        let groups: Vec<i32> = GROUPS.lock().map(|groups| groups.iter().copied().collect()).unwrap_or_default();
        for group in &groups {
            let _ = killpg(Pid::from_raw(*group), Signal::SIGTERM);
        }
        if !groups.is_empty() {
            thread::sleep(Duration::from_millis(500));
        }
        for group in groups {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        std::process::exit(130);
    });
}

/// A program that runs beside the task, with its process group; ended on drop.
#[derive(Debug)]
pub(crate) struct Background {
    child: Child,
    group: i32,
}

impl Background {
    /// Starts `command` in a process group of its own, with no standard input.
    ///
    /// # Errors
    /// The program is not installed.
    pub(crate) fn start(command: &mut Command) -> Result<Background, TaskError> {
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|source| TaskError::Start { program: spoken(command), source })?;
        let group = i32::try_from(child.id()).map_err(|_| TaskError::Shape { what: "a process id".to_owned() })?;
        if let Ok(mut groups) = GROUPS.lock() {
            groups.insert(group);
        }
        Ok(Background { child, group })
    }

    /// Whether the program still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.group);
        let _ = killpg(group, Signal::SIGTERM);
        let begun = Instant::now();
        while self.is_running() && begun.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(20));
        }
        // Children of a program that ended may still run, so the group is killed in either case.
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
        if let Ok(mut groups) = GROUPS.lock() {
            groups.remove(&self.group);
        }
    }
}

/// Runs a program to its end with its output shown.
///
/// # Errors
/// The program is missing or failed.
pub(crate) fn step(command: &mut Command) -> Result<(), TaskError> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|source| TaskError::Start { program: spoken(command), source })?;
    if status.success() { Ok(()) } else { Err(TaskError::Failed { command: spoken(command), status }) }
}

/// Runs a program to its end and returns what it wrote to standard output.
///
/// # Errors
/// The program is missing, failed, or wrote something that is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String, TaskError> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| TaskError::Start { program: spoken(command), source })?;
    if !output.status.success() {
        return Err(TaskError::Failed { command: spoken(command), status: output.status });
    }
    String::from_utf8(output.stdout)
        .map_err(|_| TaskError::Shape { what: format!("the output of `{}`", spoken(command)) })
}

/// Whether a program is there and ends well, without a word.
pub(crate) fn runs(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Whether a program of this name is on the search path.
pub(crate) fn is_installed(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else { return false };
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

/// A command with its arguments as a person would type them.
fn spoken(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_program_takes_its_children_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let child_id = folder.path().join("child");
        let script = format!("sleep 60 & echo $! > {}; wait", child_id.display());
        let background = Background::start(Command::new("sh").args(["-c", &script])).unwrap();
        let begun = Instant::now();
        let child: i32 = loop {
            match std::fs::read_to_string(&child_id).ok().and_then(|text| text.trim().parse().ok()) {
                Some(id) => break id,
                None => assert!(begun.elapsed() < Duration::from_secs(10), "the child never started"),
            }
            thread::yield_now();
        };
        drop(background);
        let begun = Instant::now();
        // The child belongs to init once its parent is gone; it is gone when no signal can reach it, or is a zombie.
        while is_alive(child) {
            assert!(begun.elapsed() < Duration::from_secs(10), "the child outlived its group");
            thread::yield_now();
        }
    }

    fn is_alive(id: i32) -> bool {
        std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn a_failing_step_names_its_command() {
        let error = step(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` failed (exit status: 3)");
    }
}
