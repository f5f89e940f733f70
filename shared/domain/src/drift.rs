//! Whether what runs in an environment is what was promoted there.
//!
//! A target tells what it has read back of every release. Where that is not the artifact that was promoted, the
//! environment has drifted: that is shown, and nothing but a repair is promoted there until it is resolved.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lane::Track;
use crate::rollout::{Condition, TargetPhase, TargetStatus};
use crate::{Digest, Weight};

/// How many findings are named; the rest is counted.
pub const NAMED: usize = 20;

/// One way in which what runs is not what was promoted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// Users get another artifact, which nobody promoted here.
    Serves {
        /// That artifact.
        artifact: Digest,
    },
    /// The release says itself that it is another build.
    Answers {
        /// What it says it is.
        artifact: String,
    },
    /// The running program is not the artifact's file of that name.
    Program {
        /// The program.
        path: String,
    },
    /// A file's content, mode or kind is not that of the artifact.
    Changed {
        /// The file, below the release's folder.
        path: String,
    },
    /// A file of the artifact is gone.
    Missing {
        /// The file, below the release's folder.
        path: String,
    },
    /// A file is there that the artifact does not have.
    Added {
        /// The file, below the release's folder.
        path: String,
    },
}

impl Finding {
    /// A few words for people.
    pub fn phrase(&self) -> String {
        match self {
            Self::Serves { artifact } => format!("{} serves, which was not promoted", artifact.short()),
            Self::Answers { artifact } => format!("it answers that it is {artifact}"),
            Self::Program { path } => format!("the running {path} is another program"),
            Self::Changed { path } => format!("{path} changed"),
            Self::Missing { path } => format!("{path} missing"),
            Self::Added { path } => format!("{path} added"),
        }
    }
}

/// What a target has read back of one release that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadBack {
    /// The artifact that it was found to be; absent if it is none that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Digest>,
    /// The SHA-256 over the names, modes and contents of everything that the artifact unpacks to.
    pub promoted_content: Digest,
    /// The same over what is there now.
    pub content: Digest,
    /// What is not as it was promoted, sorted; [`NAMED`] at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// How many findings there are beyond those named.
    #[serde(default)]
    pub more: usize,
}

impl ReadBack {
    /// Whether it is not what was promoted.
    pub fn departs(&self) -> bool {
        !self.findings.is_empty()
    }
}

/// An environment that runs something else than what was promoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The artifact that was promoted.
    pub artifact: Digest,
    /// Since when that is known.
    pub since: Timestamp,
    /// What is not as it was promoted, sorted; [`NAMED`] at most.
    pub findings: Vec<Finding>,
    /// How many findings there are beyond those named.
    #[serde(default)]
    pub more: usize,
}

impl Drift {
    /// What differs, in one sentence without a full stop.
    pub fn sentence(&self) -> String {
        let what = phrases(&self.findings, self.more);
        format!("what runs is not {} as it was promoted: {what}", self.artifact.short())
    }

    /// What a person can do about it, in one sentence without a full stop.
    pub fn remedy(&self) -> String {
        let is_another = |finding: &Finding| {
            matches!(finding, Finding::Serves { .. } | Finding::Answers { .. } | Finding::Program { .. })
        };
        let restore =
            if self.findings.iter().any(is_another) { "" } else { ", or put the files back as they were" };
        format!("roll back, or promote {} again to unpack it afresh{restore}", self.artifact.short())
    }

    /// Whether the same was found, whenever that was.
    pub fn is_same(&self, other: &Self) -> bool {
        self.artifact == other.artifact && self.findings == other.findings && self.more == other.more
    }
}

/// Some findings and how many more, in one line.
pub fn phrases(findings: &[Finding], more: usize) -> String {
    const SHOWN: usize = 5;
    let mut parts: Vec<String> = findings.iter().take(SHOWN).map(Finding::phrase).collect();
    let rest = findings.len().saturating_sub(SHOWN) + more;
    if rest > 0 {
        parts.push(format!("{rest} more"));
    }
    parts.join(", ")
}

/// What a look at a target says of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// Nothing can be told at the moment: whatever was known stays.
    NotKnown,
    /// What runs is what was promoted.
    AsPromoted,
    /// It is not.
    Departs(Drift),
}

impl Truth {
    /// Whether it says anything that is not known already.
    pub fn is_news(&self, known: Option<&Drift>) -> bool {
        match (self, known) {
            (Self::NotKnown, _) | (Self::AsPromoted, None) => false,
            (Self::AsPromoted, Some(_)) | (Self::Departs(_), None) => true,
            (Self::Departs(found), Some(known)) => !known.is_same(found),
        }
    }
}

/// Compares what a target has read back with what was promoted.
pub fn compare(track: &Track, target: &TargetStatus, now: Timestamp) -> Truth {
    let drift = |artifact, findings, more| Truth::Departs(Drift { artifact, since: now, findings, more });
    let Some(running) = track.lane.release() else { return Truth::AsPromoted };
    let is_settled = target.phase == TargetPhase::Settled && target.sequence == track.lane.sequence;
    let is_foreign = |artifact: Digest| artifact != running.artifact;
    if is_settled && track.rollout().is_none() {
        let mut serving = target.releases.iter().filter(|release| release.weight > Weight::NONE);
        if let Some(foreign) = serving.find(|release| is_foreign(release.artifact)) {
            return drift(running.artifact, vec![Finding::Serves { artifact: foreign.artifact }], 0);
        }
    }
    let ready = || target.releases.iter().filter(|release| release.condition == Condition::Ready);
    let departed =
        |release: &&crate::rollout::ReleaseStatus| release.read_back.as_ref().is_some_and(ReadBack::departs);
    // What was promoted here first; a release that is just rolling out counts as well.
    let found = ready().filter(departed).min_by_key(|release| is_foreign(release.artifact));
    if let Some((release, read)) = found.and_then(|release| Some((release, release.read_back.as_ref()?))) {
        return drift(release.artifact, read.findings.clone(), read.more);
    }
    let read = ready().find(|release| !is_foreign(release.artifact) && release.read_back.is_some());
    if read.is_some() { Truth::AsPromoted } else { Truth::NotKnown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_names_a_few_files_and_what_to_do() {
        let changed = |name: &str| Finding::Changed { path: name.to_owned() };
        let mut drift = Drift {
            artifact: Digest::from_bytes([7; 32]),
            since: Timestamp::UNIX_EPOCH,
            findings: ["a", "b", "c", "d", "e", "f"].map(changed).to_vec(),
            more: 3,
        };
        assert_eq!(
            drift.sentence(),
            "what runs is not 07070707 as it was promoted: a changed, b changed, c changed, d changed, e changed, 4 more"
        );
        let again = "roll back, or promote 07070707 again to unpack it afresh";
        assert_eq!(drift.remedy(), format!("{again}, or put the files back as they were"));
        drift.findings.push(Finding::Answers { artifact: "sha256:0".to_owned() });
        assert_eq!(drift.remedy(), again);
    }
}
