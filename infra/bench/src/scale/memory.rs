//! What a process holds in memory, as the system counts it.

use anyhow::{Context, Result};

/// The memory of a process that is its own or in use by it now, in megabytes (10^6 bytes): its resident set.
pub(super) fn resident_megabytes(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no resident set is told")?;
    let kibibytes: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kibibytes * 1_024.0 / 1e6)
}
