//! Processes as Linux tells of them: how those of an earlier Keelson are found again.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

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
    /// What it has used.
    usage: Usage,
}

/// What processes use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processor time, in programs and in the kernel for them, since they were started.
    pub(super) processor: Duration,
    /// Resident memory in bytes. What processes share is counted for each of them.
    pub(super) memory: u64,
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

/// What each process group uses.
pub(super) fn usage() -> HashMap<u32, Usage> {
    let mut groups: HashMap<u32, Usage> = HashMap::new();
    for process in all() {
        let group = groups.entry(process.group).or_default();
        group.processor += process.usage.processor;
        group.memory += process.usage.memory;
    }
    groups
}

/// The memory of this machine in bytes.
pub(super) fn memory() -> Option<u64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1_024)
}

fn all() -> impl Iterator<Item = Running> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Running::find(entry.file_name().to_str()?.parse().ok()?))
}

/// Names the time since this boot.
pub(super) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

/// Reads `pid (name) state ppid pgrp … utime stime … starttime vsize rss …`. The name may hold anything, so the last
/// parenthesis counts.
fn parse(pid: u32, stat: &str) -> Option<Running> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let group = fields.nth(1)?.parse().ok()?;
    let mut number = |skipped| fields.nth(skipped)?.parse::<u64>().ok();
    let ticks = number(8)?.checked_add(number(0)?)?;
    let (started, pages) = (number(6)?, number(1)?);
    let millis = ticks.saturating_mul(1_000) / rustix::param::clock_ticks_per_second().max(1);
    let memory = pages.saturating_mul(rustix::param::page_size() as u64);
    let usage = Usage { processor: Duration::from_millis(millis), memory };
    (!ENDED.contains(&state)).then_some(Running { pid, started, group, usage })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_an_odd_name_is_read() {
        let stat = "42 (a) b) S 1 40 42 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 98765 1 2 3";
        let ticks = rustix::param::clock_ticks_per_second();
        let usage = Usage {
            processor: Duration::from_millis(200 * 1_000 / ticks),
            memory: 2 * rustix::param::page_size() as u64,
        };
        assert_eq!(parse(42, stat), Some(Running { pid: 42, started: 98_765, group: 40, usage }));
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
