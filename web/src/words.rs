//! How states are told: for each one word, one icon and one tone, the same on every page.

use api::promotion::{Origin, Phase};
use api::train::{CarPhase, TrainPhase};
use domain::access::{Permission, Role};
use domain::analysis::Verdict;
use domain::check::CheckState;
use domain::event::EventKind;
use domain::health::HealthState;

use crate::format;
use crate::ui::icon::Icon;

/// What a color stands for. Color never stands alone: an icon and a word go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tone {
    /// Good.
    Ok,
    /// Needs attention, not harmful.
    Warn,
    /// Harm.
    Bad,
    /// Nobody can tell.
    Unknown,
    /// Under way.
    Moving,
    /// Neither good nor bad.
    #[default]
    Plain,
}

impl Tone {
    /// The class that sets the color.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Ok => "tone-ok",
            Self::Warn => "tone-warn",
            Self::Bad => "tone-bad",
            Self::Unknown => "tone-unknown",
            Self::Moving => "tone-moving",
            Self::Plain => "tone-plain",
        }
    }
}

/// A state as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// What its color stands for.
    pub(crate) tone: Tone,
    /// Its icon.
    pub(crate) icon: Icon,
    /// Its word.
    pub(crate) word: &'static str,
}

const fn told(tone: Tone, icon: Icon, word: &'static str) -> Told {
    Told { tone, icon, word }
}

/// How well something is.
pub(crate) const fn health(state: HealthState) -> Told {
    match state {
        HealthState::Healthy => told(Tone::Ok, Icon::Dot, "Healthy"),
        HealthState::Empty => told(Tone::Plain, Icon::Circle, "Empty"),
        HealthState::Starting => told(Tone::Moving, Icon::HalfCircle, "Starting"),
        HealthState::Unknown => told(Tone::Unknown, Icon::Question, "Unknown"),
        HealthState::Drifted => told(Tone::Warn, Icon::Warning, "Drifted"),
        HealthState::Unhealthy => told(Tone::Bad, Icon::Warning, "Unhealthy"),
    }
}

/// Where a promotion is.
pub(crate) const fn phase(phase: Phase) -> Told {
    match phase {
        Phase::Waiting => told(Tone::Plain, Icon::Clock, "Waiting"),
        Phase::Rolling => told(Tone::Moving, Icon::HalfCircle, "Rolling out"),
        Phase::Baking => told(Tone::Moving, Icon::HalfCircle, "Baking"),
        Phase::Reverting => told(Tone::Warn, Icon::RollBack, "Going back"),
        Phase::Done => told(Tone::Ok, Icon::Check, "Done"),
        Phase::Failed => told(Tone::Bad, Icon::Cross, "Failed"),
        Phase::RolledBack => told(Tone::Bad, Icon::RollBack, "Rolled back"),
        Phase::Cancelled => told(Tone::Plain, Icon::Stop, "Cancelled"),
        Phase::Superseded => told(Tone::Plain, Icon::Next, "Superseded"),
    }
}

/// Where a train is.
pub(crate) const fn train(phase: TrainPhase) -> Told {
    match phase {
        TrainPhase::Waiting => told(Tone::Plain, Icon::Clock, "Waiting"),
        TrainPhase::Going => told(Tone::Moving, Icon::HalfCircle, "Going"),
        TrainPhase::Reverting => told(Tone::Warn, Icon::RollBack, "Going back"),
        TrainPhase::Done => told(Tone::Ok, Icon::Check, "Done"),
        TrainPhase::Stopped => told(Tone::Plain, Icon::Stop, "Stopped"),
        TrainPhase::RolledBack => told(Tone::Bad, Icon::RollBack, "Rolled back"),
        TrainPhase::Incomplete => told(Tone::Bad, Icon::Warning, "Not all is back"),
    }
}

/// Where one service of a train is.
pub(crate) const fn car(phase: CarPhase) -> Told {
    match phase {
        CarPhase::Waiting => told(Tone::Plain, Icon::Clock, "Waiting"),
        CarPhase::Rolling => told(Tone::Moving, Icon::HalfCircle, "Rolling out"),
        CarPhase::Promoted => told(Tone::Ok, Icon::Check, "Promoted"),
        CarPhase::Ended => told(Tone::Plain, Icon::Stop, "Not promoted"),
        CarPhase::GoingBack => told(Tone::Warn, Icon::RollBack, "Going back"),
        CarPhase::Back => told(Tone::Plain, Icon::RollBack, "Back"),
        CarPhase::Stays => told(Tone::Bad, Icon::Warning, "Could not go back"),
    }
}

/// Who or what asked for a promotion.
pub(crate) const fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Automatic => "Automatic",
        Origin::Manual => "By hand",
        Origin::Rollback => "Rollback",
    }
}

/// How far a check is.
pub(crate) const fn check(state: CheckState) -> Told {
    match state {
        CheckState::Queued => told(Tone::Plain, Icon::Clock, "Queued"),
        CheckState::Running => told(Tone::Moving, Icon::HalfCircle, "Running"),
        CheckState::Passed => told(Tone::Ok, Icon::Check, "Passed"),
        CheckState::Skipped => told(Tone::Plain, Icon::Next, "Skipped"),
        CheckState::Failed => told(Tone::Bad, Icon::Cross, "Failed"),
    }
}

/// What CI says of a commit, by the word on the wire.
pub(crate) fn checks(word: &str) -> Told {
    match word {
        "green" => told(Tone::Ok, Icon::Check, "CI green"),
        "running" => told(Tone::Moving, Icon::HalfCircle, "CI running"),
        "red" => told(Tone::Bad, Icon::Cross, "CI red"),
        _ => told(Tone::Unknown, Icon::Question, "CI unknown"),
    }
}

/// What the measurements say, in one word.
pub(crate) const fn verdict(verdict: &Verdict) -> Told {
    match verdict {
        Verdict::Pass => told(Tone::Ok, Icon::Check, "Pass"),
        Verdict::Fail { .. } => told(Tone::Bad, Icon::Warning, "Fail"),
        Verdict::NotEnoughData { .. } => told(Tone::Unknown, Icon::Question, "Not enough data"),
        Verdict::CouldNotMeasure { .. } => told(Tone::Unknown, Icon::Question, "Could not measure"),
    }
}

/// What the measurements say, in one sentence, with how much it rests on: requests of the new release and of the old.
pub(crate) fn verdict_sentence(verdict: &Verdict, seen: Option<(u64, Option<u64>)>) -> String {
    match verdict {
        Verdict::Pass => {
            let over = match seen {
                Some((new, Some(old))) => {
                    format!(
                        ", over {} requests beside {} of the old one",
                        format::count(new),
                        format::count(old)
                    )
                }
                Some((new, None)) => format!(", over {} requests", format::count(new)),
                None => String::new(),
            };
            format!("Within every threshold, or no worse than the old release{over}.")
        }
        Verdict::Fail { reason } | Verdict::CouldNotMeasure { reason } => sentence(reason),
        Verdict::NotEnoughData { requests, needed } => {
            format!(
                "{} of {} requests seen that it takes to judge.",
                format::count(*requests),
                format::count(*needed)
            )
        }
    }
}

/// What became of a step, by the word on the wire.
pub(crate) fn step(word: &str) -> Told {
    match word {
        "planned" => told(Tone::Plain, Icon::Circle, "Planned"),
        "rolling" => told(Tone::Moving, Icon::HalfCircle, "Rolling out"),
        "baking" => told(Tone::Moving, Icon::HalfCircle, "Baking"),
        "passed" => told(Tone::Ok, Icon::Check, "Passed"),
        "failed" => told(Tone::Bad, Icon::Cross, "Failed"),
        "skipped" => told(Tone::Plain, Icon::Next, "Not reached"),
        _ => told(Tone::Plain, Icon::Stop, "Stopped"),
    }
}

/// What a gate is called.
pub(crate) fn gate(word: &str) -> &'static str {
    match word {
        "checks" => "Checks green",
        "previous_environment" => "Verified before",
        "previous_health" => "Healthy before",
        "soak" => "Soak",
        "approvals" => "Approvals",
        "freeze" => "No freeze",
        "lock" => "Not locked",
        "hold" => "No hold",
        "train" => "Its turn in the train",
        "drift" => "Runs what was promoted",
        "rollout" => "Nothing else rolling",
        _ => "Gate",
    }
}

/// How a release does on its target, by the word on the wire.
pub(crate) fn condition(word: &str) -> Told {
    match word {
        "starting" => told(Tone::Moving, Icon::HalfCircle, "Starting"),
        "ready" => told(Tone::Ok, Icon::Dot, "Ready"),
        "draining" => told(Tone::Plain, Icon::Stop, "Draining"),
        "exited" => told(Tone::Bad, Icon::Warning, "Exited"),
        _ => told(Tone::Unknown, Icon::Question, "Unknown"),
    }
}

/// What became of a webhook delivery, by the word on the wire.
pub(crate) fn delivery(word: &str) -> Tone {
    match word {
        "recorded" => Tone::Ok,
        "rejected" => Tone::Bad,
        _ => Tone::Plain,
    }
}

/// What kind of thing happened.
pub(crate) const fn event(kind: EventKind) -> (Tone, Icon) {
    match kind {
        EventKind::PushRecorded => (Tone::Plain, Icon::Commit),
        EventKind::PullRequestMerged => (Tone::Plain, Icon::Merge),
        EventKind::CheckRecorded => (Tone::Plain, Icon::List),
        EventKind::ConnectionChanged
        | EventKind::ConnectionPinged
        | EventKind::GapRepaired
        | EventKind::PushCompleted => (Tone::Plain, Icon::Plug),
        EventKind::ServiceApplied => (Tone::Plain, Icon::Settings),
        EventKind::ArtifactAnnounced | EventKind::ArtifactRegistered => (Tone::Plain, Icon::Box),
        EventKind::PromotionProposed => (Tone::Plain, Icon::Clock),
        EventKind::PromotionApproved => (Tone::Ok, Icon::Check),
        EventKind::RolloutStarted | EventKind::StepReached => (Tone::Moving, Icon::HalfCircle),
        EventKind::StepPassed | EventKind::PromotionFinished => (Tone::Plain, Icon::Promote),
        EventKind::DecisionAsked => (Tone::Warn, Icon::Question),
        EventKind::RolloutReverting => (Tone::Bad, Icon::RollBack),
        EventKind::TargetRequested | EventKind::TargetChanged => (Tone::Plain, Icon::Server),
        EventKind::HoldSet | EventKind::LockSet => (Tone::Warn, Icon::Hold),
        EventKind::HoldLifted | EventKind::LockLifted => (Tone::Ok, Icon::Play),
        EventKind::OverrideAsked | EventKind::OverrideConfirmed | EventKind::GatesOverridden => {
            (Tone::Warn, Icon::Question)
        }
        EventKind::TrainCreated => (Tone::Plain, Icon::Clock),
        EventKind::TrainDeparted => (Tone::Moving, Icon::HalfCircle),
        EventKind::TrainReverting => (Tone::Bad, Icon::RollBack),
        EventKind::TrainFinished => (Tone::Plain, Icon::Promote),
        EventKind::DriftFound => (Tone::Warn, Icon::Warning),
        EventKind::DriftResolved => (Tone::Ok, Icon::Check),
        EventKind::SignInRefused => (Tone::Warn, Icon::Person),
        EventKind::SignedIn
        | EventKind::SignedInByProvider
        | EventKind::IdentityLinked
        | EventKind::UserDisabled
        | EventKind::UserEnabled
        | EventKind::SignedOut
        | EventKind::SignInLinkCreated
        | EventKind::UserChanged => (Tone::Plain, Icon::Person),
        EventKind::TokenCreated | EventKind::TokenRevoked => (Tone::Plain, Icon::Key),
        EventKind::DeadLetterRedriven => (Tone::Plain, Icon::Mail),
    }
}

/// What a role is called.
pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Developer => "Developer",
        Role::Operator => "Operator",
        Role::Admin => "Admin",
    }
}

/// What a permission lets one do.
pub(crate) const fn permission(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "Read",
        Permission::PushArtifact => "Push artifacts",
        Permission::ApplyService => "Apply services",
        Permission::Promote => "Promote",
        Permission::Approve => "Approve",
        Permission::RollBack => "Roll back",
        Permission::Hold => "Hold and resume",
        Permission::BreakLock => "Lift others' locks",
        Permission::ReadAudit => "Read the audit log",
        Permission::ManageConnections => "Manage connections",
        Permission::ManageDeadLetters => "Manage dead letters",
        Permission::ManageAccess => "Manage access",
    }
}

/// A reason as a sentence of its own: with a capital and a full stop.
pub(crate) fn sentence(reason: &str) -> String {
    let capital = capital(reason);
    if capital.is_empty() || capital.ends_with(['.', '!', '?', ')']) {
        return capital;
    }
    capital + "."
}

/// A text that begins with a capital, unless it begins with something that has none.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.trim().chars();
    letters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_verdict_without_data_looks_like_success() {
        for unsure in [
            Verdict::NotEnoughData { requests: 3, needed: 20 },
            Verdict::CouldNotMeasure { reason: "the proxy is away".to_owned() },
        ] {
            assert_eq!(verdict(&unsure).tone, Tone::Unknown);
        }
        assert_eq!(health(HealthState::Unknown).tone, Tone::Unknown);
        assert_eq!(checks("a word of a newer server").tone, Tone::Unknown);
    }

    #[test]
    fn a_reason_becomes_a_sentence() {
        assert_eq!(sentence("held by ada: look"), "Held by ada: look.");
        assert_eq!(sentence("Already one."), "Already one.");
        assert_eq!(sentence(" "), "");
    }

    #[test]
    fn a_verdict_tells_what_it_rests_on() {
        let told = verdict_sentence(&Verdict::NotEnoughData { requests: 3, needed: 20 }, None);
        assert_eq!(told, "3 of 20 requests seen that it takes to judge.");
        let told = verdict_sentence(&Verdict::Pass, Some((412, Some(1236))));
        assert!(told.ends_with("over 412 requests beside 1\u{202f}236 of the old one."), "{told}");
    }
}
