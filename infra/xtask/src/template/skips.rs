//! What is let pass, and for how long.

use std::process::Command;

use anyhow::Result;

use super::Finding;
use super::gate::{Gate, matches_any};
use crate::process;

/// What was found, as it counts.
pub(super) struct Judged {
    /// What makes the gate red.
    pub(super) red: Vec<Finding>,
    /// What is let pass, and why.
    pub(super) passed: Vec<(Finding, String)>,
}

/// The day, as UTC has it: `2026-11-30`.
pub(super) fn today() -> Result<String> {
    process::read(Command::new("date").args(["--utc", "+%F"]))
}

/// Takes out what is let pass. A skip that is over, or that lets nothing pass, is red itself.
pub(super) fn judge(gate: &Gate, found: Vec<Finding>, today: &str) -> Judged {
    let mut judged = Judged { red: Vec::new(), passed: Vec::new() };
    let mut used = vec![false; gate.skip.len()];
    for finding in found {
        let skip = gate
            .skip
            .iter()
            .position(|skip| skip.check == finding.check && matches_any(&skip.resources, &finding.resource));
        match skip {
            Some(index) => {
                used[index] = true;
                judged.passed.push((finding, gate.skip[index].reason.clone()));
            }
            None => judged.red.push(finding),
        }
    }
    for (skip, used) in gate.skip.iter().zip(used) {
        let mut red = |what: String| {
            let (check, resource) = ("own/skips".to_owned(), "infra/aws/gate.toml".to_owned());
            judged.red.push(Finding { check, resource, what });
        };
        if skip.until.as_str() < today {
            red(format!(
                "{} of {} was let pass until {}: renew it or mend it",
                skip.check, skip.owner, skip.until
            ));
        }
        if !used {
            red(format!("{} of {} lets nothing pass any more", skip.check, skip.owner));
        }
        if skip.reason.is_empty() || skip.owner.is_empty() || skip.until.len() != "2026-11-30".len() {
            red(format!("{} needs a reason, an owner and a last day", skip.check));
        }
    }
    judged.red.sort();
    judged
}
