//! The gate of the stack in `infra/aws`: nothing is deployed that a strict reviewer would send back.
//!
//! The SAM template is expanded, as CloudFormation would get it; then cfn-lint with the serverless rules, checkov and
//! rules of our own look at the expanded form. What is let pass is data, `infra/aws/gate.toml`, with a reason, an owner
//! and an end. The mutation test takes each guarded property away in turn, and our own rules must see it.

mod emulator;
mod expand;
mod facts;
mod gate;
mod mutate;
mod report;
mod rules;
mod skips;
mod stack;
#[cfg(test)]
mod tests;
mod tools;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::progress::Progress;
use crate::python;
use crate::workspace::Workspace;

use emulator::Emulator;
use facts::Facts;
use gate::Gate;

/// The environment of Python, below the target folder.
pub(crate) const ENVIRONMENT: &str = "python-template";
/// The packages in it.
pub(crate) const REQUIREMENTS: &str = "infra/aws/requirements.txt";

/// What the task is asked to do.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Options {
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
    /// Take every guarded property away in turn; each time our own rules must see it
    #[arg(long)]
    mutate: bool,
    /// Write what an emulator of AWS can make of the stack to this file
    #[arg(long, value_name = "FILE")]
    emulator: Option<PathBuf>,
}

/// Something that a reviewer would send back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
struct Finding {
    /// The check, such as `CKV_AWS_28` or `own/tags`.
    check: String,
    /// The logical id of a resource, or a file.
    resource: String,
    what: String,
}

/// What one run of the gate came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Outcome {
    /// Checks that found nothing that is not let pass.
    pub(crate) passed: usize,
    /// Findings that are not let pass, and mutants that nobody saw.
    pub(crate) failed: usize,
}

/// Runs the gate, writes the expanded form, and tells what was found.
///
/// # Errors
/// When there is no Python that can do it, or a file of `infra/aws` cannot be read.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<Outcome> {
    let progress = Progress::start("template")?;
    let python = python::environment(workspace, ENVIRONMENT, REQUIREMENTS, &progress)?;
    run_with(workspace, &python, options, &progress)
}

/// The stack as it is committed, without what an emulator does not know.
///
/// # Errors
/// When a file of `infra/aws` cannot be read.
pub(crate) fn for_emulator(workspace: &Workspace) -> Result<String> {
    let path = workspace.root.join(expand::EXPANDED);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Emulator::read(&workspace.root)?.without(serde_json::from_str(&text)?).to_string())
}

/// Like [`run`], with an environment that is there.
pub(crate) fn run_with(
    workspace: &Workspace,
    python: &python::Environment,
    options: &Options,
    progress: &Progress,
) -> Result<Outcome> {
    let gate = Gate::read(&workspace.root)?;
    let mut timed = report::Timed::default();
    progress.message("expanding");
    let document = timed.step("expand", || expand::expand(workspace, python))?;
    if let Some(file) = &options.emulator {
        let emulator = Emulator::read(&workspace.root)?;
        let text = emulator.without(document.clone()).to_string();
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let facts = Facts::read(&workspace.root)?;
    progress.message("cfn-lint, checkov, own rules");
    let mut found = timed.step("check", || tools::check(workspace, python))?;
    let own = timed.step("own rules", || Ok(rules::check(&document, &gate, &facts)))?;
    found.extend(own);
    let judged = skips::judge(&gate, found, &skips::today()?);
    let mutants = if options.mutate {
        progress.message("mutating");
        Some(timed.step("mutate", || Ok(mutate::run(&document, &gate, &facts)))?)
    } else {
        None
    };
    report::tell(&judged, mutants.as_ref(), &timed, options.json);
    Ok(report::outcome(&judged, mutants.as_ref()))
}
