//! Answers of a server, made up for the tests.

use api::access::{TokenView, UserView};
use api::connection::{
    ApiAccessView, ApiTroubleView, ConnectionDetail, ConnectionView, DeliveryView, WatchedBranchView,
    WatchedRepositoryView,
};
use api::overview::{Action, DeadLetterView, EventView, LaneView, Overview, RunningView, ServiceRow};
use api::promotion::{GateView, Origin, Phase, PromotionSummary, PromotionView, StepView};
use api::service::{ArtifactView, LogLineView, ServiceView, Ships};
use api::train::{CarPhase, CarView, TrainPhase, TrainView};
use domain::access::{Actor, Grant, Permission, Role};
use domain::analysis::{Comparison, Measured, Verdict};
use domain::change::{Author, Commit, PullRequest};
use domain::event::EventKind;
use domain::gates::Diff;
use domain::health::{Health, HealthState};
use domain::lane::Hold;
use domain::manifest::Promote;
use domain::rollout::Release;
use domain::{Digest, EventId, Period, PromotionId, TokenId, TrainId, Weight};
use jiff::{SignedDuration, Timestamp};

/// The moment in which the tests happen.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn ahead(seconds: i64) -> Timestamp {
    ago(-seconds)
}

fn ada() -> Actor {
    Actor::Person { login: "ada".parse().unwrap() }
}

fn release(n: u8) -> Release {
    Release { artifact: Digest::from_bytes([n; 32]), commit: format!("{n:02x}").repeat(20).parse().unwrap() }
}

fn commit(n: u8, title: &str, name: &str) -> Commit {
    Commit {
        sha: release(n).commit,
        title: title.to_owned(),
        authors: vec![Author { name: name.to_owned(), email: None, login: None }],
        at: ago(3_600 * i64::from(n)),
        url: None,
    }
}

fn measured(requests: u64, errors: u64, p95: u32) -> Measured {
    let p95 = Some(Period::millis(p95));
    Measured { requests, errors, p50: p95, p95, p99: p95 }
}

fn lane(environment: &str, runs: u8, state: HealthState, reason: &str) -> LaneView {
    LaneView {
        environment: environment.parse().unwrap(),
        promote_by: Promote::Gated,
        running: Some(RunningView {
            release: release(runs),
            since: ago(11_520),
            promotion: PromotionId::new(ago(11_520), [1; 10]),
            by: ada(),
            digest_matches: Some(true),
            read_back: None,
        }),
        health: Health { state, reason: reason.to_owned() },
        rollout: None,
        waiting: Vec::new(),
        hold: None,
        lock: None,
        freeze: None,
        drift: None,
        address: Some("http://127.0.0.1:8080".to_owned()),
        recent: Some(measured(312, 1, 12)),
        candidate: None,
        changes_waiting: None,
        previous: None,
        promote: Action::ALLOWED,
        roll_back: Action::ALLOWED,
        change_hold: Action::ALLOWED,
    }
}

fn row(name: &str, environments: Vec<LaneView>) -> ServiceRow {
    ServiceRow {
        name: name.parse().unwrap(),
        team: "shop".parse().unwrap(),
        repository: format!("github:acme/{name}"),
        branch: "main".to_owned(),
        head: Some(commit(2, "Show prices with tax", "Ada Lovelace")),
        head_checks: "green".to_owned(),
        environments,
    }
}

/// Two services: one with a rollout and something that waits, one that is broken, held and new.
pub(crate) fn overview() -> Overview {
    let mut staging = lane("staging", 2, HealthState::Healthy, "it serves requests");
    staging.rollout = Some(canary().summary);
    let mut production = lane("production", 1, HealthState::Healthy, "it serves requests");
    production.waiting = vec![waiting(), waiting()];
    let broken = lane("staging", 3, HealthState::Unhealthy, "the process exited with code 1");
    let mut held = lane("production", 1, HealthState::Healthy, "it serves requests");
    held.hold = Some(Hold { by: ada(), since: ago(60), reason: "the fix is on its way".to_owned() });
    let mut new = lane("canary", 1, HealthState::Empty, "nothing has been deployed here yet");
    (new.running, new.recent, new.candidate, new.changes_waiting) = (None, None, Some(release(1)), Some(1));
    Overview {
        verdict: Health {
            state: HealthState::Unhealthy,
            reason: "1 of 2 services unhealthy: payments in staging, the process exited with code 1"
                .to_owned(),
        },
        total: 2,
        unhealthy: 1,
        deploys_today: 4,
        rollbacks_today: 1,
        waiting_for_approval: 2,
        dead_letters: 0,
        services: vec![
            row("payments", vec![broken, held, new]),
            row("storefront", vec![staging, production]),
        ],
    }
}

/// One service.
pub(crate) fn service() -> ServiceView {
    ServiceView {
        row: row("storefront", vec![lane("staging", 2, HealthState::Healthy, "it serves requests")]),
        manifest: "[service]\n".to_owned(),
        revision: 3,
        applied_at: ago(86_400),
        applied_by: ada(),
    }
}

fn summary(phase: Phase) -> PromotionSummary {
    PromotionSummary {
        id: PromotionId::new(ago(90), [7; 10]),
        service: "storefront".parse().unwrap(),
        environment: "production".parse().unwrap(),
        release: release(2),
        replaces: Some(release(1)),
        origin: Origin::Automatic,
        by: "Keelson".to_owned(),
        phase,
        weight: Weight::NONE,
        step: None,
        bakes_until: None,
        waits_for: Vec::new(),
        reason: None,
        created_at: ago(90),
        finished_at: None,
        diff: Diff { base: Some(release(1).artifact), artifact: release(2).artifact, revision: 3 },
        train: None,
        approve: None,
        cancel: Action::ALLOWED,
    }
}

/// A promotion that waits.
pub(crate) fn waiting() -> PromotionSummary {
    let waits_for = ["waits for approval from shop: 0 of 1", "soaks in staging until 2026-11-22 12:00:20Z"];
    PromotionSummary { waits_for: waits_for.map(str::to_owned).to_vec(), ..summary(Phase::Waiting) }
}

/// A train on its way back.
pub(crate) fn train() -> TrainView {
    let car = |service: &str, phase, reason: Option<&str>| CarView {
        service: service.parse().unwrap(),
        release: release(2),
        replaces: Some(release(1)),
        phase,
        promotion: Some(PromotionId::new(ago(90), [7; 10])),
        rollback: None,
        waits_for: Vec::new(),
        reason: reason.map(str::to_owned),
    };
    TrainView {
        id: TrainId::new(ago(90), [9; 10]),
        name: Some("checkout v2".to_owned()),
        environment: "production".parse().unwrap(),
        by: "ada".to_owned(),
        created_at: ago(90),
        phase: TrainPhase::Reverting,
        reason: Some("pay: 12.0 % of requests fail".to_owned()),
        finished_at: None,
        cars: vec![
            car("cart", CarPhase::GoingBack, None),
            car("pay", CarPhase::Ended, Some("12.0 % of requests fail")),
            car("mail", CarPhase::Ended, Some("cancelled by Keelson")),
        ],
        cancel: Action::refused("it is going back already"),
        roll_back: Action::refused("it is going back already"),
    }
}

/// The same with its gates.
pub(crate) fn waiting_view() -> PromotionView {
    let gate = |gate: &str, open, sentence: &str, opens_at| GateView {
        gate: gate.to_owned(),
        open,
        sentence: sentence.to_owned(),
        opens_at,
        people: Vec::new(),
        overridden: false,
        can_be_overridden: false,
    };
    let gates = vec![
        gate("checks", true, "lint, unit, integration are green", None),
        gate("previous_environment", true, "verified in staging", None),
        gate("soak", false, "soaks in staging until 2026-11-22 12:00:20Z", Some(ahead(20))),
        gate("approvals", false, "waits for approval from shop: 0 of 1", None),
    ];
    view(waiting(), gates, Vec::new())
}

fn view(summary: PromotionSummary, gates: Vec<GateView>, steps: Vec<StepView>) -> PromotionView {
    PromotionView {
        summary,
        gates,
        approvals: Vec::new(),
        overriding: None,
        ask_override: None,
        steps,
        ships: ships(false),
        failure: None,
        releases: Vec::new(),
        roll_back: Action::ALLOWED,
    }
}

fn step(weight: i64, status: &str) -> StepView {
    StepView {
        weight: weight.try_into().unwrap(),
        bake: Period::seconds(15),
        status: status.to_owned(),
        started_at: None,
        reached_at: None,
        until: None,
        ended_at: None,
        measured: None,
        verdict: None,
    }
}

/// A canary at its second step.
pub(crate) fn canary() -> PromotionView {
    let old = Some(measured(380, 0, 11));
    let passed = StepView {
        started_at: Some(ago(30)),
        ended_at: Some(ago(10)),
        measured: Some(Comparison { new: measured(42, 0, 12), old }),
        verdict: Some(Verdict::Pass),
        ..step(10, "passed")
    };
    let baking = StepView {
        started_at: Some(ago(10)),
        until: Some(ahead(9)),
        measured: Some(Comparison { new: measured(12, 0, 13), old: Some(measured(11, 0, 11)) }),
        verdict: Some(Verdict::NotEnoughData { requests: 12, needed: 20 }),
        ..step(50, "baking")
    };
    let summary = PromotionSummary {
        weight: 50.try_into().unwrap(),
        step: Some((2, 3)),
        bakes_until: Some(ahead(9)),
        ..summary(Phase::Baking)
    };
    view(summary, Vec::new(), vec![passed, baking, step(100, "planned")])
}

/// A canary that took itself back.
pub(crate) fn rolled_back() -> PromotionView {
    let reason = "10.0 % of requests fail (3 of 30), 0.0 % on the old release; at most 5.0 % may";
    let failed = StepView {
        started_at: Some(ago(30)),
        ended_at: Some(ago(18)),
        measured: Some(Comparison { new: measured(30, 3, 12), old: Some(measured(270, 0, 11)) }),
        verdict: Some(Verdict::Fail { reason: reason.to_owned() }),
        ..step(10, "failed")
    };
    let summary = PromotionSummary {
        reason: Some(reason.to_owned()),
        finished_at: Some(ago(15)),
        ..summary(Phase::RolledBack)
    };
    view(summary, Vec::new(), vec![failed, step(50, "stopped"), step(100, "stopped")])
}

/// What ships, or un-ships.
pub(crate) fn ships(backwards: bool) -> Ships {
    let (from, to) = if backwards { (release(2), release(1)) } else { (release(1), release(2)) };
    Ships {
        from: Some(from),
        to,
        backwards,
        commits: vec![
            commit(2, "Merge pull request #12 from acme/prices", "Ada Lovelace"),
            commit(3, "Show prices with tax", "Grace Hopper"),
        ],
        pull_requests: vec![PullRequest {
            number: 12,
            title: "Show prices with tax".to_owned(),
            author: Author { name: "Grace Hopper".to_owned(), email: None, login: None },
            merged_by: None,
            merge_commit: release(2).commit.into(),
            merged_at: ago(7_200),
            url: None,
        }],
        authors: vec!["Ada Lovelace".to_owned(), "Grace Hopper".to_owned()],
        complete: true,
        promote: Action::ALLOWED,
    }
}

/// A connection with deliveries.
pub(crate) fn connection() -> ConnectionDetail {
    let delivery = |event: &str, outcome: &str, detail: Option<&str>| DeliveryView {
        id: "72d3162e-cc78-11e3-81ab-4c9367dc0958".to_owned(),
        event: event.to_owned(),
        at: ago(75),
        size: 7_340,
        outcome: outcome.to_owned(),
        detail: detail.map(str::to_owned),
    };
    ConnectionDetail {
        connection: ConnectionView {
            name: "github".parse().unwrap(),
            kind: "github".to_owned(),
            signing: "body_hmac".to_owned(),
            hook_url: "http://127.0.0.1:7700/hooks/github".to_owned(),
            created_at: ago(86_400),
            active_secrets: 1,
            rotation_ends_at: None,
            last_delivery_at: Some(ago(75)),
            accepted: 41,
            ignored: 3,
            duplicates: 1,
            rejected: 2,
            api: Some(ApiAccessView {
                url: "https://api.github.com".to_owned(),
                token_added_at: ago(86_400),
                delivers_again: true,
                takes_deployments: true,
                checked_at: Some(ago(60)),
                next_check_at: Some(ago(-120)),
                trouble: None,
                untold: Some(ApiTroubleView {
                    reason: "the API token may not do that: give it the right, or set another".to_owned(),
                    since: ago(900),
                    times: 2,
                    again_at: ago(-120),
                }),
                missed: 3,
                repaired: 2,
                missed_at: Some(ago(3_600)),
                repaired_at: Some(ago(3_500)),
            }),
        },
        repositories: vec![WatchedRepositoryView {
            repository: "acme/storefront".to_owned(),
            note: None,
            trouble: None,
            awaited: 1,
            branches: vec![WatchedBranchView {
                branch: "main".to_owned(),
                head: release(2).commit,
                seen_at: ago(3_500),
                agrees: true,
                repaired_at: Some(ago(3_500)),
            }],
        }],
        deliveries: vec![
            delivery("push", "recorded", None),
            delivery("push", "rejected", Some("the signature is not this connection's")),
        ],
    }
}

/// Artifacts, one of which is not here yet.
pub(crate) fn artifacts() -> Vec<ArtifactView> {
    let artifact = |n: u8, registered_at| ArtifactView {
        digest: release(n).artifact,
        service: "storefront".parse().unwrap(),
        commit: release(n).commit,
        size: 1_536 * u64::from(n),
        pushed_by: ada(),
        announced_at: ago(120),
        registered_at,
    };
    vec![artifact(2, None), artifact(1, Some(ago(86_400)))]
}

/// Things that happened.
pub(crate) fn events() -> Vec<EventView> {
    let event = |actor, kind: EventKind, service: Option<&str>| EventView {
        id: EventId::new(ago(60), [3; 10]),
        at: ago(60),
        actor,
        kind,
        title: kind.title().to_owned(),
        service: service.map(|name| name.parse().unwrap()),
        promotion: None,
        body: serde_json::Value::Null,
    };
    vec![
        event(Actor::Keelson, EventKind::RolloutStarted, Some("storefront")),
        event(ada(), EventKind::UserChanged, None),
    ]
}

/// An event that could not be handled.
pub(crate) fn dead_letters() -> Vec<DeadLetterView> {
    let event = events().remove(0);
    vec![DeadLetterView {
        event,
        subscriber: "promotions".to_owned(),
        attempts: 8,
        last_error: "the deploy target does not answer".to_owned(),
    }]
}

/// People.
pub(crate) fn users() -> Vec<UserView> {
    vec![UserView {
        login: "ada".parse().unwrap(),
        name: "Ada Lovelace".to_owned(),
        git_login: None,
        emails: Vec::new(),
        teams: vec!["shop".parse().unwrap()],
        grants: vec![
            Grant { role: Role::Developer, team: Some("shop".parse().unwrap()), environment: None },
            Grant::everywhere(Role::Viewer),
        ],
        group_grants: Vec::new(),
        identities: Vec::new(),
        disabled_at: None,
        created_at: ago(864_000),
    }]
}

/// Tokens: one for CI, one that has expired.
pub(crate) fn tokens() -> Vec<TokenView> {
    let token = |name: &str, permissions, expires_at| TokenView {
        id: TokenId::new(ago(60), [4; 10]),
        name: name.to_owned(),
        owner: "ada".parse().unwrap(),
        grants: vec![Grant::everywhere(Role::Developer)],
        permissions,
        service: Some("storefront".parse().unwrap()),
        created_at: ago(60),
        expires_at: Some(expires_at),
        last_used_at: None,
    };
    vec![
        token("ci", vec![Permission::Read, Permission::PushArtifact], ahead(7_776_000)),
        token("old", Vec::new(), ago(60)),
    ]
}

/// Lines that a service wrote.
pub(crate) fn log_lines() -> Vec<LogLineView> {
    let line = |level: Option<&str>, stream: &str, message: &str| LogLineView {
        number: 1,
        at: ago(3),
        artifact: release(1).artifact,
        stream: stream.to_owned(),
        level: level.map(str::to_owned),
        message: message.to_owned(),
        text: message.to_owned(),
    };
    vec![
        line(Some("info"), "stdout", "GET / 200 in 2ms"),
        line(Some("error"), "stdout", "GET /basket 500"),
        line(None, "stderr", "thread 'main' panicked"),
    ]
}
