//! What the system knows of the processes of a group: when they began and how much memory they take.

use std::fs;
use std::io;
use std::time::Duration;

use nix::unistd::Pid;

/// `/proc` counts in hundredths of a second on every Linux that Debian ships.
const TICKS_A_SECOND: f64 = 100.0;

/// One process of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Process {
    id: i32,
    /// The program's name, cut to 15 characters by the system.
    pub(crate) name: String,
    /// When it began, in ticks since the machine did.
    began: u64,
}

impl Process {
    /// Whether it is the app itself, not a driver or a web process.
    pub(crate) fn is_app(&self) -> bool {
        self.name.starts_with("chaski-app")
    }
}

/// The processes of a group that still run; one that ended and was not yet waited for is none.
///
/// # Errors
/// `/proc` cannot be read.
pub(crate) fn processes(group: Pid) -> io::Result<Vec<Process>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end between the listing and the reading.
        let Ok(stat) = fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        if let Some((process, of)) = parse(id, &stat)
            && of == group.as_raw()
        {
            found.push(process);
        }
    }
    found.sort_by_key(|process| process.began);
    Ok(found)
}

/// Reads `id (name) state parent group … began …`; the name may hold spaces and brackets.
fn parse(id: i32, stat: &str) -> Option<(Process, i32)> {
    let (before, after) = stat.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = after.split_whitespace().collect();
    if has_ended(&fields) && !has_threads(id) {
        return None;
    }
    let group = fields.get(2)?.parse().ok()?;
    let began = fields.get(19)?.parse().ok()?;
    Some((Process { id, name, began }, group))
}

fn has_ended(fields: &[&str]) -> bool {
    matches!(fields.first(), Some(&"Z" | &"X"))
}

/// Whether a thread of the process still runs. The first one may end before the others, and what the process held, such as a
/// lock, is free only when the last is gone.
fn has_threads(id: i32) -> bool {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    tasks.filter_map(|task| fs::read_to_string(task.path().join("stat")).ok()).any(|stat| {
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, after)| after.split_whitespace().collect()).unwrap_or_default();
        !fields.is_empty() && !has_ended(&fields)
    })
}

/// When a process began, since 1970.
///
/// # Errors
/// `/proc` cannot be read.
pub(crate) fn began(process: &Process) -> io::Result<Duration> {
    let uptime: f64 = fs::read_to_string("/proc/uptime")?
        .split_whitespace()
        .next()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| io::Error::other("no time in /proc/uptime"))?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
    // Ticks of a machine's life fit a float exactly.
    let age = uptime - process.began as f64 / TICKS_A_SECOND;
    Ok(now.saturating_sub(Duration::from_secs_f64(age.max(0.0))))
}

/// The memory that processes take, in bytes: what they share is divided among those who share it (PSS).
///
/// # Errors
/// One of them cannot be read: what is not counted must not look like little.
pub(crate) fn memory(processes: &[Process]) -> io::Result<u64> {
    let of = |process: &Process| -> io::Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", process.id))?;
        let line = text.lines().find(|line| line.starts_with("Pss:"));
        let kibibytes =
            line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse::<u64>().ok());
        kibibytes.ok_or_else(|| io::Error::other(format!("the memory of `{}` is not told", process.name)))
    };
    processes.iter().map(of).sum::<io::Result<u64>>().map(|kibibytes| kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_name() {
        let stat = "41 (a (b) c) S 1 40 40 0 -1 4194304 1 0 0 0 5 2 0 0 20 0 1 0 77 9 1";
        let (process, group) = parse(41, stat).unwrap();
        assert_eq!((process.name.as_str(), process.began, group), ("a (b) c", 77, 40));
        assert_eq!(parse(41, &stat.replace(") S ", ") Z ")), None);
    }

    #[test]
    fn this_very_process_is_measured() {
        let group = nix::unistd::getpgrp();
        let all = processes(group).unwrap();
        assert!(all.iter().any(|process| process.id == i32::try_from(std::process::id()).unwrap()));
        assert!(memory(&all).unwrap() > 0);
        assert!(began(&all[0]).unwrap() > Duration::from_secs(1_600_000_000));
    }
}
