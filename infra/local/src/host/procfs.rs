//! Processes as Linux tells of them: how those of an earlier Keelson are found again.

use std::fs;

/// Ends a process for good or not, and one that is dead but not yet collected counts as ended.
const ENDED: [char; 3] = ['Z', 'X', 'x'];

/// A process that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) pid: u32,
    /// When it was started, in clock ticks since boot. With the pid it identifies a process until the next boot.
    pub(super) started: u64,
    /// Its process group.
    group: u32,
}

impl Running {
    /// The process of that pid, if it runs.
    pub(super) fn find(pid: u32) -> Option<Self> {
        parse(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// A variable of the environment that it was started with.
    pub(super) fn variable(self, name: &str) -> Option<String> {
        let environment = fs::read(format!("/proc/{}/environ", self.pid)).ok()?;
        let variables = environment.split(|byte| *byte == 0);
        let mut values =
            variables.filter_map(|variable| variable.strip_prefix(name.as_bytes())?.strip_prefix(b"="));
        String::from_utf8(values.next()?.to_vec()).ok()
    }
}

/// Every process that leads a group, as all processes that Keelson starts do.
pub(super) fn group_leaders() -> Vec<Running> {
    all().filter(|process| process.group == process.pid).collect()
}

/// Whether any process of the group runs.
pub(super) fn group_is_alive(group: u32) -> bool {
    all().any(|process| process.group == group)
}

fn all() -> impl Iterator<Item = Running> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Running::find(entry.file_name().to_str()?.parse().ok()?))
}

/// Names the time since this boot.
pub(super) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Reads `pid (name) state ppid pgrp … starttime …`. The name may hold anything, so the last parenthesis counts.
fn parse(pid: u32, stat: &str) -> Option<Running> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let group = fields.nth(1)?.parse().ok()?;
    let started = fields.nth(16)?.parse().ok()?;
    (!ENDED.contains(&state)).then_some(Running { pid, started, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_an_odd_name_is_read() {
        let stat = "42 (a) b) S 1 40 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 2 3";
        assert_eq!(parse(42, stat), Some(Running { pid: 42, started: 98_765, group: 40 }));
        assert_eq!(parse(42, &stat.replace(") S", ") Z")), None);
    }

    #[test]
    fn this_test_runs() {
        let this = Running::find(std::process::id()).unwrap();
        assert!(this.started > 0);
        assert!(this.variable("PATH").is_some());
        assert_eq!(this.variable("NO_SUCH_VARIABLE"), None);
    }
}
