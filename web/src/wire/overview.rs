//! The first screen.

use domain::access::Actor;
use domain::event::EventKind;
use domain::health::HealthState;
use domain::{CommitSha, Digest, EnvironmentName, EventId, PromotionId, ServiceName};
use jiff::Timestamp;
use serde_json::Value;

use crate::wire::{Commit, PromotionSummary, wire};

wire! {
    /// Something the caller may do, or why not: what a button needs.
    Action = api::overview::Action {
        /// Why not; absent if it is allowed.
        refused: Option<String>,
    }

    /// One artifact with the commit it was built from.
    Release = domain::rollout::Release {
        /// The artifact.
        artifact: Digest,
        /// The commit.
        commit: CommitSha,
    }

    /// How well something is.
    Health = domain::health::Health {
        /// The word.
        state: HealthState,
        /// The reason.
        reason: String,
    }

    /// What keeps automation away.
    Hold = domain::lane::Hold {
        /// Who set it.
        by: Actor,
        /// When.
        since: Timestamp,
        /// Why.
        reason: String,
    }

    /// A lock that is in force.
    LockView = api::promotion::LockView {
        /// Who set it, for people.
        owner: String,
        /// When.
        since: Timestamp,
        /// Why.
        reason: String,
        /// Until when, if it ends by itself.
        until: Option<Timestamp>,
        /// Whether the caller may lift it, or why not.
        unlock: Action,
    }

    /// A window of the manifest's calendar in which nothing starts.
    FreezeView = api::promotion::FreezeView {
        /// When it opens; absent if no end is in sight.
        until: Option<Timestamp>,
        /// One sentence, with the time as the clocks of the window's zone show it.
        sentence: String,
    }

    /// What runs in an environment is not what was promoted.
    DriftView = api::overview::DriftView {
        /// The artifact that was promoted.
        artifact: Digest,
        /// Since when that is known.
        since: Timestamp,
        /// What differs, in one sentence.
        sentence: String,
        /// What a person can do about it, in one sentence.
        remedy: String,
    }

    /// What a target has read back of a release that runs.
    ReadBack = domain::drift::ReadBack {
        /// The artifact that it was found to be; absent if it is none that is known.
        artifact: Option<Digest>,
        /// What is not as it was promoted.
        findings: Vec<Value>,
    }

    /// What runs in an environment.
    RunningView = api::overview::RunningView {
        /// The release.
        release: Release,
        /// Since when.
        since: Timestamp,
        /// The promotion that brought it.
        promotion: PromotionId,
        /// Who brought it.
        by: Actor,
        /// Whether the digest read back from the target is the promoted one; absent if it could not be read.
        digest_matches: Option<bool>,
        /// What was read back of what runs; absent if it was not looked at yet, or the target cannot tell.
        read_back: Option<ReadBack>,
    }

    /// One environment of a service.
    LaneView = api::overview::LaneView {
        /// Its name.
        environment: EnvironmentName,
        /// What runs there.
        running: Option<RunningView>,
        /// How well it is.
        health: Health,
        /// The rollout under way.
        rollout: Option<PromotionSummary>,
        /// The promotions that wait, in the order in which they may start.
        waiting: Vec<PromotionSummary>,
        /// What keeps automation away.
        hold: Option<Hold>,
        /// What keeps everybody away.
        lock: Option<LockView>,
        /// The calendar's window in which nothing starts, if it is one now.
        freeze: Option<FreezeView>,
        /// What was found there that was not promoted; nothing but a repair is promoted until it is resolved.
        drift: Option<DriftView>,
        /// The newest release that could be promoted here, if it is another than what runs.
        candidate: Option<Release>,
        /// How many changes the candidate would bring; absent when the history known does not tell.
        changes_waiting: Option<usize>,
        /// What a rollback goes back to.
        previous: Option<Release>,
        /// Whether the caller may promote the candidate, or why not.
        promote: Action,
        /// Whether the caller may roll back, or why not.
        roll_back: Action,
        /// Whether the caller may set or lift the hold, or why not.
        change_hold: Action,
    }

    /// One service.
    ServiceRow = api::overview::ServiceRow {
        /// Its name.
        name: ServiceName,
        /// Its team.
        team: String,
        /// Its repository, `connection:owner/name`.
        repository: String,
        /// The branch that ships.
        branch: String,
        /// The newest commit on the branch.
        head: Option<Commit>,
        /// What CI says of it, in one word: `green`, `running`, `red` or `unknown`.
        head_checks: String,
        /// Its environments, in order.
        environments: Vec<LaneView>,
    }

    /// The first screen.
    Overview = api::overview::Overview {
        /// How well everything is, with the worst reason.
        verdict: Health,
        /// How many services there are, of those that the caller may see.
        total: usize,
        /// How many services are not healthy.
        unhealthy: usize,
        /// Promotions that finished today (UTC), rollbacks not counted.
        deploys_today: usize,
        /// Rollbacks today (UTC), by command or by themselves.
        rollbacks_today: usize,
        /// Promotions that wait for somebody's approval.
        waiting_for_approval: usize,
        /// Events that could not be handled.
        dead_letters: usize,
        /// The services that most ask for somebody, the most urgent first.
        services: Vec<ServiceRow>,
    }

    /// One thing that happened.
    EventView = api::overview::EventView {
        /// Its identifier.
        id: EventId,
        /// When.
        at: Timestamp,
        /// Who.
        actor: Actor,
        /// What kind of thing.
        kind: EventKind,
        /// One line for people.
        title: String,
        /// The service it concerns.
        service: Option<ServiceName>,
        /// The promotion it concerns.
        promotion: Option<PromotionId>,
        /// All of it.
        body: Value,
    }

    /// An event that a subscriber could not handle.
    DeadLetterView = api::overview::DeadLetterView {
        /// The event.
        event: EventView,
        /// Who could not handle it.
        subscriber: String,
        /// How often it was tried.
        attempts: u32,
        /// What went wrong the last time.
        last_error: String,
    }
}
