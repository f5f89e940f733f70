//! What happened: the closed list of facts and orders that functions hand to each other, which is the audit log too.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::Actor;
use crate::analysis::Verdict;
use crate::check::CheckState;
use crate::manifest::RepositoryRef;
use crate::promotion::Outcome;
use crate::rollout::{Release, TargetRequest};
use crate::{
    CommitPrefix, CommitSha, ConnectionName, EnvironmentName, EventId, Login, PromotionId, RequestId, ServiceName,
    TeamName, TokenId, Weight,
};

/// One thing that happened, and who did it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its identifier; what makes handling it twice harmless.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The request that led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The W3C `traceparent` of that request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What.
    pub body: EventBody,
}

/// Names one promotion and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionRef {
    /// The promotion.
    pub promotion: PromotionId,
    /// Its service.
    pub service: ServiceName,
    /// Its environment.
    pub environment: EnvironmentName,
    /// What it brings there.
    pub release: Release,
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? } $text:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        pub enum EventBody {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: $type),* },)*
        }

        /// The kinds of [`EventBody`], to subscribe to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum EventKind {
            $($(#[$doc])* $name,)*
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// For people: what happened, without the particulars.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }

        impl EventBody {
            /// The kind.
            pub const fn kind(&self) -> EventKind {
                match self {
                    $(Self::$name { .. } => EventKind::$name,)*
                }
            }
        }
    };
}

events! {
    /// Commits arrived on a branch.
    PushRecorded {
        /// Where.
        repository: RepositoryRef,
        /// The branch.
        branch: String,
        /// Where it is now.
        after: CommitSha,
        /// How many commits the push brought.
        commits: usize,
    } "Push recorded";
    /// A pull request was merged.
    PullRequestMerged {
        /// Where.
        repository: RepositoryRef,
        /// Its number.
        number: u64,
        /// The commit the merge made.
        merge_commit: CommitPrefix,
    } "Pull request merged";
    /// CI reported on a commit.
    CheckRecorded {
        /// Where.
        repository: RepositoryRef,
        /// The commit.
        commit: CommitSha,
        /// The check.
        name: String,
        /// How far it is.
        state: CheckState,
    } "Check recorded";
    /// A connection to a git host was added or changed.
    ConnectionChanged {
        /// Which.
        connection: ConnectionName,
        /// What changed, without any secret.
        what: String,
    } "Connection changed";
    /// A git host pinged: the connection works.
    ConnectionPinged {
        /// Which.
        connection: ConnectionName,
    } "Connection is live";
    /// What webhooks did not tell was made up for, through the git host's API.
    GapRepaired {
        /// Where.
        repository: RepositoryRef,
        /// How many deliveries the host made again when asked.
        deliveries: u64,
        /// How many commits were read of which no webhook had told.
        commits: usize,
    } "Missed deliveries repaired";
    /// A push of which the git host had listed a part is known as a whole.
    PushCompleted {
        /// Where.
        repository: RepositoryRef,
        /// The branch.
        branch: String,
        /// Where it was after that push.
        after: CommitSha,
        /// How many commits it brought.
        commits: usize,
    } "Push completed";
    /// A service was declared or changed.
    ServiceApplied {
        /// Which.
        service: ServiceName,
        /// Its team.
        team: TeamName,
        /// Which revision of its manifest this is, from 1.
        revision: u64,
    } "Service applied";
    /// An artifact's upload was announced.
    ArtifactAnnounced {
        /// For which service.
        service: ServiceName,
        /// What.
        release: Release,
    } "Artifact announced";
    /// An artifact's bytes are there and are what was announced.
    ArtifactRegistered {
        /// For which service.
        service: ServiceName,
        /// What.
        release: Release,
        /// How many bytes.
        size: u64,
    } "Artifact registered";
    /// A promotion was made.
    PromotionProposed {
        /// Which.
        promotion: PromotionRef,
    } "Promotion proposed";
    /// Somebody agreed to a promotion.
    PromotionApproved {
        /// Which.
        promotion: PromotionRef,
        /// Who.
        by: Login,
    } "Promotion approved";
    /// A promotion's gates were open, and its rollout began.
    RolloutStarted {
        /// Which.
        promotion: PromotionRef,
    } "Rollout started";
    /// A release has its share of traffic and is watched.
    StepReached {
        /// Which promotion.
        promotion: PromotionRef,
        /// The share.
        weight: Weight,
    } "Step reached";
    /// A step was watched for as long as it should be, and is over.
    StepPassed {
        /// Which promotion.
        promotion: PromotionRef,
        /// The share.
        weight: Weight,
        /// What the measurements said.
        verdict: Verdict,
    } "Step passed";
    /// There is too little data to go on, and a person must decide.
    DecisionAsked {
        /// Which promotion.
        promotion: PromotionRef,
        /// Why.
        reason: String,
    } "Decision asked";
    /// A rollout goes back.
    RolloutReverting {
        /// Which.
        promotion: PromotionRef,
        /// Why.
        reason: String,
    } "Rollout is going back";
    /// A promotion is over.
    PromotionFinished {
        /// Which.
        promotion: PromotionRef,
        /// How.
        outcome: Outcome,
        /// Why, unless all went well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    } "Promotion finished";
    /// An order to the deploy target.
    TargetRequested {
        /// What shall run.
        request: TargetRequest,
    } "Target requested";
    /// A deploy target reports that something changed.
    TargetChanged {
        /// Whose.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
    } "Target changed";
    /// Automation is kept from promoting into an environment.
    HoldSet {
        /// Whose.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// Why.
        reason: String,
    } "Hold set";
    /// Automation may promote again.
    HoldLifted {
        /// Whose.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
    } "Hold lifted";
    /// Somebody signed in.
    SignedIn {
        /// Who.
        login: Login,
    } "Signed in";
    /// Somebody signed out.
    SignedOut {
        /// Who.
        login: Login,
    } "Signed out";
    /// A one-time sign-in link was made.
    SignInLinkCreated {
        /// For whom.
        login: Login,
    } "Sign-in link created";
    /// A person was added, or what they may do changed.
    UserChanged {
        /// Who.
        login: Login,
    } "User changed";
    /// An API token was made.
    TokenCreated {
        /// Which.
        token: TokenId,
        /// The name it was given.
        name: String,
    } "Token created";
    /// An API token is valid no more.
    TokenRevoked {
        /// Which.
        token: TokenId,
    } "Token revoked";
    /// An event that could not be handled was sent again.
    DeadLetterRedriven {
        /// Which.
        event: EventId,
        /// To whom.
        subscriber: String,
    } "Dead letter sent again";
}

impl EventBody {
    /// The service it concerns, if it concerns one.
    pub fn service(&self) -> Option<&ServiceName> {
        match self {
            Self::ServiceApplied { service, .. }
            | Self::ArtifactAnnounced { service, .. }
            | Self::ArtifactRegistered { service, .. }
            | Self::TargetChanged { service, .. }
            | Self::HoldSet { service, .. }
            | Self::HoldLifted { service, .. } => Some(service),
            Self::TargetRequested { request } => Some(&request.service),
            Self::PromotionProposed { .. }
            | Self::PromotionApproved { .. }
            | Self::RolloutStarted { .. }
            | Self::StepReached { .. }
            | Self::StepPassed { .. }
            | Self::DecisionAsked { .. }
            | Self::RolloutReverting { .. }
            | Self::PromotionFinished { .. } => self.promotion().map(|promotion| &promotion.service),
            Self::PushRecorded { .. }
            | Self::PullRequestMerged { .. }
            | Self::CheckRecorded { .. }
            | Self::ConnectionChanged { .. }
            | Self::ConnectionPinged { .. }
            | Self::GapRepaired { .. }
            | Self::PushCompleted { .. }
            | Self::SignedIn { .. }
            | Self::SignedOut { .. }
            | Self::SignInLinkCreated { .. }
            | Self::UserChanged { .. }
            | Self::TokenCreated { .. }
            | Self::TokenRevoked { .. }
            | Self::DeadLetterRedriven { .. } => None,
        }
    }

    /// The promotion it concerns, if it concerns one.
    pub fn promotion(&self) -> Option<&PromotionRef> {
        match self {
            Self::PromotionProposed { promotion }
            | Self::PromotionApproved { promotion, .. }
            | Self::RolloutStarted { promotion }
            | Self::StepReached { promotion, .. }
            | Self::StepPassed { promotion, .. }
            | Self::DecisionAsked { promotion, .. }
            | Self::RolloutReverting { promotion, .. }
            | Self::PromotionFinished { promotion, .. } => Some(promotion),
            Self::PushRecorded { .. }
            | Self::PullRequestMerged { .. }
            | Self::CheckRecorded { .. }
            | Self::ConnectionChanged { .. }
            | Self::ConnectionPinged { .. }
            | Self::GapRepaired { .. }
            | Self::PushCompleted { .. }
            | Self::ServiceApplied { .. }
            | Self::ArtifactAnnounced { .. }
            | Self::ArtifactRegistered { .. }
            | Self::TargetRequested { .. }
            | Self::TargetChanged { .. }
            | Self::HoldSet { .. }
            | Self::HoldLifted { .. }
            | Self::SignedIn { .. }
            | Self::SignedOut { .. }
            | Self::SignInLinkCreated { .. }
            | Self::UserChanged { .. }
            | Self::TokenCreated { .. }
            | Self::TokenRevoked { .. }
            | Self::DeadLetterRedriven { .. } => None,
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
            Self::SignedIn { login } => format!("{login} signed in"),
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
