//! Everything that CI checks, stage by stage, with what each took.

mod api;
mod aws;
mod browser;
mod deny;
mod panel;
mod rust;
mod tally;
mod template;

use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;

use crate::progress::Progress;
use crate::timings::Timings;
use crate::web::{self, Profile};
use crate::workspace::Workspace;
use crate::{out, tidy};

pub(crate) use tally::Tally;

/// One thing that is checked, in the order of checking: what is quick and what others need comes first.
#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Stage {
    /// The code is formatted
    Format,
    /// The rules of tidy.toml hold
    Tidy,
    /// Clippy has nothing to say about the server, the command line and the tests
    Lint,
    /// The documentation builds and its links lead somewhere
    Docs,
    /// The rules and the wire types build for WebAssembly by themselves
    Wasm,
    /// Clippy has nothing to say about the panel
    PanelLint,
    /// The logic of the panel passes its tests
    PanelTests,
    /// The panel builds and stays within its budget
    Panel,
    /// The keelson program builds
    Build,
    /// Every test passes
    Tests,
    /// Every example in the documentation works
    DocTests,
    /// The API answers as its document says, whatever it is asked
    Api,
    /// The stack of infra/aws is as a strict reviewer wants it
    Template,
    /// Licenses, sources and advisories of dependencies are in order
    Deny,
    /// The panel works in a browser
    Browser,
    /// The stack works on an emulated AWS
    Aws,
}

/// How a stage ended.
enum Outcome {
    /// It ran; a stage that is one check counts as one.
    Ran(Tally),
    /// It could not run here, for this reason, and that is no failure.
    Skipped(String),
}

impl From<bool> for Outcome {
    fn from(success: bool) -> Self {
        Self::Ran(Tally::one(success))
    }
}

impl Stage {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn run(self, workspace: &Workspace) -> Result<Outcome> {
        // These show their own progress, or need none.
        match self {
            Self::Tidy => return tidy::run(workspace).map(Outcome::Ran),
            Self::Panel => {
                let sizes = web::build(workspace, Profile::Web)?;
                sizes.print();
                sizes.within_budget()?;
                return Ok(true.into());
            }
            _ => {}
        }
        let progress = Progress::start(&self.name())?;
        match self {
            Self::Format => rust::format(workspace, &progress),
            Self::Lint => rust::lint(workspace, &progress),
            Self::Docs => rust::docs(workspace, &progress),
            Self::Build => rust::build(workspace, &progress),
            Self::Tests => rust::tests(workspace, &progress),
            Self::DocTests => rust::doc_tests(workspace, &progress),
            Self::Wasm => panel::rules(workspace, &progress),
            Self::PanelLint => panel::lint(workspace, &progress),
            Self::PanelTests => panel::tests(workspace, &progress),
            Self::Api => api::run(workspace, &progress),
            Self::Template => template::run(workspace, &progress),
            Self::Deny => deny::run(workspace, &progress),
            Self::Browser => browser::run(workspace, &progress),
            Self::Aws => aws::run(workspace, &progress),
            Self::Tidy | Self::Panel => Ok(true.into()),
        }
    }
}

/// Runs the stages, all of them if none is named, each whatever became of the others.
///
/// Ends with a table of what they took and the sum of their checks; says whether all is well.
pub(crate) fn run(workspace: &Workspace, stages: &[Stage]) -> Result<bool> {
    let stages = if stages.is_empty() { Stage::value_variants() } else { stages };
    let mut timings = Timings::default();
    let mut sum = Tally::default();
    for stage in stages {
        let started = Instant::now();
        let outcome = stage.run(workspace).unwrap_or_else(|error| {
            out::problem(&format!("{error:#}"));
            false.into()
        });
        let remark = match outcome {
            Outcome::Ran(tally) => {
                sum += tally;
                tally.to_string()
            }
            Outcome::Skipped(reason) => format!("skipped: {reason}"),
        };
        timings.add(&stage.name(), started.elapsed(), &remark);
    }
    timings.print();
    out::line(&sum.to_string());
    Ok(sum.failed == 0)
}
