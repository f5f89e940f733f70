//! What an event concerns, and the sentence that tells it.

use super::{EventBody, PromotionRef, TrainRef};
use crate::ServiceName;
use crate::rollout::Release;

/// What an event is about.
enum Subject<'a> {
    Promotion(&'a PromotionRef),
    Service(&'a ServiceName),
    /// A repository, a train, a person, Keelson itself.
    Other,
}

impl EventBody {
    /// The service it concerns, if it concerns one.
    pub fn service(&self) -> Option<&ServiceName> {
        match self.subject() {
            Subject::Promotion(promotion) => Some(&promotion.service),
            Subject::Service(service) => Some(service),
            Subject::Other => None,
        }
    }

    /// The promotion it concerns, if it concerns one.
    pub fn promotion(&self) -> Option<&PromotionRef> {
        match self.subject() {
            Subject::Promotion(promotion) => Some(promotion),
            Subject::Service(_) | Subject::Other => None,
        }
    }

    fn subject(&self) -> Subject<'_> {
        match self {
            Self::PromotionProposed { promotion }
            | Self::PromotionApproved { promotion, .. }
            | Self::OverrideAsked { promotion, .. }
            | Self::OverrideConfirmed { promotion, .. }
            | Self::GatesOverridden { promotion, .. }
            | Self::RolloutStarted { promotion }
            | Self::StepReached { promotion, .. }
            | Self::StepPassed { promotion, .. }
            | Self::DecisionAsked { promotion, .. }
            | Self::RolloutReverting { promotion, .. }
            | Self::PromotionFinished { promotion, .. } => Subject::Promotion(promotion),
            Self::ServiceApplied { service, .. }
            | Self::ArtifactAnnounced { service, .. }
            | Self::ArtifactRegistered { service, .. }
            | Self::TargetChanged { service, .. }
            | Self::HoldSet { service, .. }
            | Self::HoldLifted { service, .. }
            | Self::LockSet { service, .. }
            | Self::LockLifted { service, .. }
            | Self::DriftFound { service, .. }
            | Self::DriftResolved { service, .. } => Subject::Service(service),
            Self::TargetRequested { request } => Subject::Service(&request.service),
            Self::PushRecorded { .. }
            | Self::PullRequestMerged { .. }
            | Self::CheckRecorded { .. }
            | Self::ConnectionChanged { .. }
            | Self::ConnectionPinged { .. }
            | Self::GapRepaired { .. }
            | Self::PushCompleted { .. }
            | Self::TrainCreated { .. }
            | Self::TrainDeparted { .. }
            | Self::TrainReverting { .. }
            | Self::TrainFinished { .. }
            | Self::SignedIn { .. }
            | Self::SignedInByProvider { .. }
            | Self::SignInRefused { .. }
            | Self::IdentityLinked { .. }
            | Self::UserDisabled { .. }
            | Self::UserEnabled { .. }
            | Self::SignedOut { .. }
            | Self::SignInLinkCreated { .. }
            | Self::UserChanged { .. }
            | Self::TokenCreated { .. }
            | Self::TokenRevoked { .. }
            | Self::DeadLetterRedriven { .. } => Subject::Other,
        }
    }

    /// One line for people: what happened.
    pub fn sentence(&self) -> String {
        match self {
            Self::PushRecorded { repository, branch, after, commits } => {
                format!("{commits} commits pushed to {branch} of {repository}, now at {}", after.short())
            }
            Self::PullRequestMerged { repository, number, .. } => {
                format!("pull request #{number} of {repository} merged")
            }
            Self::CheckRecorded { commit, name, state, .. } => {
                format!("check {name} on {} is {}", commit.short(), state.word())
            }
            Self::ConnectionChanged { connection, what } => format!("connection {connection}: {what}"),
            Self::ConnectionPinged { connection } => format!("connection {connection} is live"),
            Self::GapRepaired { repository, deliveries, commits } => {
                format!(
                    "{repository}: {deliveries} missed deliveries made again, {commits} commits read instead"
                )
            }
            Self::PushCompleted { repository, branch, after, commits } => {
                format!(
                    "the {commits} commits of the push to {branch} of {repository} up to {} are known",
                    after.short()
                )
            }
            Self::ServiceApplied { service, revision, .. } => {
                format!("{service} applied, revision {revision}")
            }
            Self::ArtifactAnnounced { release, .. } => format!("artifact {} announced", name(release)),
            Self::ArtifactRegistered { release, .. } => format!("artifact {} registered", name(release)),
            Self::PromotionProposed { promotion } => {
                format!("{} proposed for {}", of(promotion), promotion.environment)
            }
            Self::PromotionApproved { promotion, by } => {
                format!("{by} approved {} for {}", of(promotion), promotion.environment)
            }
            Self::RolloutStarted { promotion } => {
                format!("rollout of {} to {} started", of(promotion), promotion.environment)
            }
            Self::StepReached { promotion, weight } => {
                format!("{} has {weight} of traffic in {}", of(promotion), promotion.environment)
            }
            Self::StepPassed { promotion, weight, .. } => {
                format!("{} passed at {weight} in {}", of(promotion), promotion.environment)
            }
            Self::DecisionAsked { promotion, reason } => {
                format!("{} in {} waits for a decision: {reason}", of(promotion), promotion.environment)
            }
            Self::RolloutReverting { promotion, reason } => {
                format!("{} is taken back in {}: {reason}", of(promotion), promotion.environment)
            }
            Self::PromotionFinished { promotion, outcome, reason } => {
                let because = reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
                format!("{} {} {}{because}", of(promotion), outcome.phrase(), promotion.environment)
            }
            Self::TargetRequested { request } => {
                let shares = request
                    .shares
                    .iter()
                    .map(|share| format!("{} at {}", name(&share.release), share.weight));
                let shares = shares.collect::<Vec<_>>().join(", ");
                let shares = if shares.is_empty() { "nothing".to_owned() } else { shares };
                format!("{} in {} asked to run {shares}", request.service, request.environment)
            }
            Self::TargetChanged { service, environment } => {
                format!("{service} in {environment} reports a change")
            }
            Self::HoldSet { environment, reason, .. } => format!("{environment} held: {reason}"),
            Self::HoldLifted { environment, .. } => format!("{environment} resumed"),
            Self::DriftFound { service, environment, artifact, findings, more } => {
                let what = crate::drift::phrases(findings, *more);
                format!("{service} in {environment} is not {} as promoted: {what}", artifact.short())
            }
            Self::DriftResolved { service, environment, artifact } => {
                format!(
                    "{service} in {environment} is what was promoted again; {} had drifted",
                    artifact.short()
                )
            }
            Self::LockSet { environment, reason, until, .. } => {
                let until =
                    until.map_or(String::new(), |until| format!(" until {}", crate::gates::moment(until)));
                format!("{environment} locked{until}: {reason}")
            }
            Self::LockLifted { environment, expired: true, .. } => {
                format!("{environment} unlocked: its time was over")
            }
            Self::LockLifted { environment, expired: false, .. } => format!("{environment} unlocked"),
            Self::OverrideAsked { promotion, by, reason } => {
                format!(
                    "{by} asks to override the gates of {} for {}: {reason}",
                    of(promotion),
                    promotion.environment
                )
            }
            Self::OverrideConfirmed { promotion, asked_by, by, reason } => {
                format!(
                    "{by} confirmed {asked_by}'s override of the gates of {} for {}: {reason}",
                    of(promotion),
                    promotion.environment
                )
            }
            Self::GatesOverridden { promotion, gates, .. } => {
                let gates = gates.join("; ");
                format!("{} began in {} past closed gates: {gates}", of(promotion), promotion.environment)
            }
            Self::TrainCreated { train, services } => {
                let services: Vec<&str> = services.iter().map(ServiceName::as_str).collect();
                format!(
                    "{} put together for {}: {}",
                    label(train),
                    train.environment,
                    services.join(", then ")
                )
            }
            Self::TrainDeparted { train } => format!("{} left for {}", label(train), train.environment),
            Self::TrainReverting { train, reason } => {
                format!("{} goes back in {}: {reason}", label(train), train.environment)
            }
            Self::TrainFinished { train, outcome, reason } => {
                let because = reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
                format!("{} {} in {}{because}", label(train), outcome.phrase(), train.environment)
            }
            Self::SignedIn { login } => format!("{login} signed in"),
            Self::SignedInByProvider { login, identity, .. } => {
                format!("{login} signed in by {}", identity.issuer)
            }
            Self::SignInRefused { identity, reason, .. } => {
                let who = identity.as_ref().map_or("somebody", |identity| identity.subject.as_str());
                format!("{who} was not signed in: {reason}")
            }
            Self::IdentityLinked { login, identity, instead_of } => {
                let before =
                    instead_of.as_ref().map_or(String::new(), |before| format!(", no longer {before}"));
                format!("{} of {} is {login}{before}", identity.subject, identity.issuer)
            }
            Self::UserDisabled { login } => format!("user {login} disabled"),
            Self::UserEnabled { login } => format!("user {login} enabled"),
            Self::SignedOut { login } => format!("{login} signed out"),
            Self::SignInLinkCreated { login } => format!("sign-in link made for {login}"),
            Self::UserChanged { login } => format!("user {login} changed"),
            Self::TokenCreated { name, .. } => format!("token {name} made"),
            Self::TokenRevoked { token } => format!("token {token} revoked"),
            Self::DeadLetterRedriven { event, subscriber } => format!("{event} sent to {subscriber} again"),
        }
    }
}

fn name(release: &Release) -> String {
    format!("{} ({})", release.artifact.short(), release.commit.short())
}

fn of(promotion: &PromotionRef) -> String {
    format!("{} of {}", name(&promotion.release), promotion.service)
}

fn label(train: &TrainRef) -> String {
    train.name.as_ref().map_or_else(|| format!("train {}", train.train), |name| format!("train {name}"))
}
