//! Licenses, sources, duplicates and advisories of dependencies.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Outcome, Tally};
use crate::process::{self, watch};
use crate::progress::Progress;
use crate::settings;
use crate::workspace::Workspace;

/// What cargo-deny says when it cannot fetch the advisories.
const UNREACHABLE: &str = "failed to fetch advisory database";

/// Runs cargo-deny where it is installed.
///
/// `KEELSON_ADVISORY_DB` names a folder with a copy of the advisories, for a machine that cannot fetch them.
pub(super) fn run(workspace: &Workspace, progress: &Progress) -> Result<Outcome> {
    if process::read(workspace.cargo("deny").arg("--version")).is_err() {
        return Ok(Outcome::Skipped("cargo-deny not installed".to_owned()));
    }
    let mut deny = workspace.cargo("deny");
    deny.args(["check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    let mut tally = Tally::one(watch(&mut deny, progress)?.success);

    let advisories = watch(&mut advisories(workspace)?, progress)?;
    if advisories.success || !advisories.said.contains(UNREACHABLE) {
        tally += Tally::one(advisories.success);
    } else {
        progress.keep("the advisories cannot be fetched here and are not checked");
    }
    Ok(Outcome::Ran(tally))
}

fn advisories(workspace: &Workspace) -> Result<Command> {
    let mut deny = workspace.cargo("deny");
    if let Some(database) = settings::get("KEELSON_ADVISORY_DB") {
        let config = config_with(workspace, &database)?;
        deny.arg("--offline").arg("--config").arg(config);
    }
    deny.args(["check", "advisories"]);
    Ok(deny)
}

/// Writes `deny.toml` with the folder of the advisories added, which cargo-deny takes from nowhere else.
fn config_with(workspace: &Workspace, database: &str) -> Result<PathBuf> {
    let rules = fs::read_to_string(workspace.root.join("deny.toml")).context("cannot read deny.toml")?;
    let section = "[advisories]\n";
    let rules = rules.replacen(section, &format!("{section}db-path = {database:?}\n"), 1);
    let config = workspace.target.join("deny.toml");
    fs::write(&config, rules)?;
    Ok(config)
}
