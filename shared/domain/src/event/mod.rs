//! What happened: the closed list of facts and orders that functions hand to each other, which is the audit log too.

mod about;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Actor, Grant};
use crate::analysis::Verdict;
use crate::check::CheckState;
use crate::drift::Finding;
use crate::manifest::RepositoryRef;
use crate::promotion::Outcome;
use crate::rollout::{Release, TargetRequest};
use crate::sign_in::{Identity, SignInProblem};
use crate::train::TrainOutcome;
use crate::{
    CommitPrefix, CommitSha, ConnectionName, Digest, EnvironmentName, EventId, Login, PromotionId, RequestId,
    ServiceName, TeamName, TokenId, TrainId, Weight,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Names one train and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrainRef {
    /// The train.
    pub train: TrainId,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its environment.
    pub environment: EnvironmentName,
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
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// What runs in an environment is not what was promoted.
    DriftFound {
        /// Whose.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// What was promoted.
        artifact: Digest,
        /// What differs, sorted; some twenty at most.
        findings: Vec<Finding>,
        /// How many findings there are beyond those named.
        more: usize,
    } "Drift found";
    /// What runs in an environment is what was promoted again.
    DriftResolved {
        /// Whose.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// What had drifted.
        artifact: Digest,
    } "Drift resolved";
    /// Automation and people are kept from promoting into an environment.
    LockSet {
        /// Whose.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// Why.
        reason: String,
        /// Until when, if it ends by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    } "Lock set";
    /// Automation and people may promote again.
    LockLifted {
        /// Whose.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// Whether its time was over; if not, somebody lifted it.
        expired: bool,
    } "Lock lifted";
    /// Somebody asked to let a promotion pass its gates in an emergency.
    OverrideAsked {
        /// Which.
        promotion: PromotionRef,
        /// Who.
        by: Login,
        /// Why.
        reason: String,
    } "Override asked";
    /// A second person let a promotion pass its gates in an emergency.
    OverrideConfirmed {
        /// Which.
        promotion: PromotionRef,
        /// Who had asked.
        asked_by: Login,
        /// Who confirmed.
        by: Login,
        /// Why.
        reason: String,
    } "Override confirmed";
    /// A rollout began although gates were closed.
    GatesOverridden {
        /// Which.
        promotion: PromotionRef,
        /// Who had asked.
        asked_by: Login,
        /// Who had confirmed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed_by: Option<Login>,
        /// Why.
        reason: String,
        /// What each of them waited for.
        gates: Vec<String>,
    } "Gates overridden";
    /// Several services shall promote together.
    TrainCreated {
        /// Which.
        train: TrainRef,
        /// Its services, in order.
        services: Vec<ServiceName>,
    } "Train put together";
    /// The gates of all services of a train were open.
    TrainDeparted {
        /// Which.
        train: TrainRef,
    } "Train left";
    /// What a train promoted is taken back.
    TrainReverting {
        /// Which.
        train: TrainRef,
        /// Why.
        reason: String,
    } "Train is going back";
    /// A train is over.
    TrainFinished {
        /// Which.
        train: TrainRef,
        /// How.
        outcome: TrainOutcome,
        /// Why, unless all went well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    } "Train finished";
    /// Somebody signed in.
    SignedIn {
        /// Who.
        login: Login,
    } "Signed in";
    /// Somebody signed in at the identity provider.
    SignedInByProvider {
        /// Who.
        login: Login,
        /// Who that is at the provider.
        identity: Identity,
        /// What their groups let them do from now on.
        grants: Vec<Grant>,
    } "Signed in by identity provider";
    /// Somebody was not signed in by the identity provider.
    SignInRefused {
        /// Who, as far as it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<Identity>,
        /// What the browser was told.
        problem: SignInProblem,
        /// Why.
        reason: String,
    } "Sign-in refused";
    /// Somebody at the identity provider is somebody here from now on.
    IdentityLinked {
        /// Who that is here.
        login: Login,
        /// Who that is at the provider.
        identity: Identity,
        /// Who that was here before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Login>,
    } "Identity linked";
    /// Somebody may do nothing any more.
    UserDisabled {
        /// Who.
        login: Login,
    } "User disabled";
    /// Somebody may do again what was granted.
    UserEnabled {
        /// Who.
        login: Login,
    } "User enabled";
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
