//! One value of everything that is stored, with every field that may be absent given.

mod people;

use domain::access::{Actor, Grant, Permission, Role, TokenScope};
use domain::access_records::{
    LinkedIdentity, PendingSignIn, RefusedSignIn, SecretHash, Session, SignInLink, Token, User,
};
use domain::analysis::{Comparison, Measured, Verdict};
use domain::artifact::Artifact;
use domain::change::{Author, Commit, PullRequest, Push};
use domain::check::{Check, CheckSource, CheckState};
use domain::ci_path::{Job, JobSteps, Run, Step};
use domain::connection::{ApiAccess, Connection, Delivery, DeliveryOutcome, HostKind, SealedSecret, Signing};
use domain::dora::{Deployment, ShippedCommit};
use domain::event::{Event, EventBody, PromotionRef};
use domain::gates::{Diff, Unmet};
use domain::lane::{Hold, Lane, Lock, Rejection, Running, Stay};
use domain::manifest::{Manifest, RepositoryRef};
use domain::note::Note;
use domain::promotion::{
    Approval, Confirmation, Kind, Outcome, Override, Plan, Promotion, State, StepRecord,
};
use domain::rollout::{FailureReport, Release};
use domain::service::Service;
use domain::sign_in::{Identity, SignInProblem};
use domain::train::{Car, CarState, Train, TrainState};
use domain::{
    CommitSha, ConnectionName, Digest, EnvironmentName, EventId, Login, Period, PromotionId, RequestId,
    ServiceName, TokenId, TrainId, Weight,
};
use jiff::Timestamp;

use crate::{
    AnswerState, Checkpoint, KeptAnswer, RecordedCheck, RecordedPullRequest, RecordedPush, RecordedSteps,
    Retry,
};

pub(super) use people::*;

pub(super) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub(super) fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + seconds).unwrap()
}

pub(super) fn sha(n: u32) -> CommitSha {
    format!("{n:040x}").parse().unwrap()
}

pub(super) fn digest(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

pub(super) fn hash(n: u8) -> SecretHash {
    SecretHash::from_bytes([n; 32])
}

pub(super) fn repository() -> RepositoryRef {
    RepositoryRef { connection: connection_name(), path: "acme/storefront".to_owned() }
}

pub(super) fn connection_name() -> ConnectionName {
    "github".parse().unwrap()
}

pub(super) fn service_name() -> ServiceName {
    "storefront".parse().unwrap()
}

pub(super) fn environment() -> EnvironmentName {
    "production".parse().unwrap()
}

pub(super) fn login() -> Login {
    "ada".parse().unwrap()
}

pub(super) fn promotion_id(n: u8) -> PromotionId {
    PromotionId::new(later(n.into()), [n; 10])
}

pub(super) fn train_id() -> TrainId {
    TrainId::new(now(), [7; 10])
}

pub(super) fn event_id(n: u8) -> EventId {
    EventId::new(later(n.into()), [n; 10])
}

pub(super) fn token_id(n: u8) -> TokenId {
    TokenId::new(later(n.into()), [n; 10])
}

pub(super) fn author() -> Author {
    Author {
        name: "Ada Lovelace".to_owned(),
        email: Some("ada@example.com".to_owned()),
        login: Some("ada".to_owned()),
    }
}

fn person() -> Actor {
    Actor::Person { login: login() }
}

pub(super) fn release(n: u8) -> Release {
    Release { artifact: digest(n), commit: sha(n.into()) }
}

pub(super) fn connection() -> Connection {
    let secret =
        SealedSecret { sealed: "v1.c2VhbGVk".to_owned(), added_at: now(), expires_at: Some(later(60)) };
    Connection {
        name: connection_name(),
        kind: HostKind::GitHub,
        signing: Signing::BodyHmac,
        secrets: vec![secret],
        created_at: now(),
        api: Some(ApiAccess {
            url: "https://api.github.com".to_owned(),
            sealed_token: "v1.dG9rZW4".to_owned(),
            added_at: now(),
        }),
    }
}

pub(super) fn delivery(id: &str) -> Delivery {
    let note = Note::PullRequest {
        repository: repository(),
        number: 7,
        branch: "main".to_owned(),
        head: sha(7),
        state: "open".to_owned(),
        author: Some("ada".to_owned()),
    };
    Delivery {
        connection: connection_name(),
        id: id.to_owned(),
        event: "pull_request".to_owned(),
        action: Some("labeled".to_owned()),
        outcome: DeliveryOutcome::Ignored,
        reason: Some("labels are not kept".to_owned()),
        notes: vec![note],
        at: now(),
        size: 12_345,
    }
}

pub(super) fn commit(n: u32) -> Commit {
    Commit {
        sha: sha(n),
        title: format!("Commit {n}"),
        authors: vec![author()],
        at: now(),
        url: Some(format!("https://github.com/acme/storefront/commit/{n}")),
    }
}

pub(super) fn push(n: u8) -> RecordedPush {
    let number = u32::from(n);
    let push = Push {
        before: sha(number - 1),
        after: sha(number),
        commits: vec![commit(number)],
        pusher: author(),
        forced: false,
        at: later(n.into()),
        truncated: false,
    };
    RecordedPush { repository: repository(), branch: "main".to_owned(), push }
}

pub(super) fn pull_request(n: u8) -> RecordedPullRequest {
    let pull_request = PullRequest {
        number: n.into(),
        title: format!("Pull request {n}"),
        author: author(),
        merged_by: Some(author()),
        merge_commit: sha(n.into()).into(),
        merged_at: later(n.into()),
        url: Some(format!("https://github.com/acme/storefront/pull/{n}")),
    };
    RecordedPullRequest { repository: repository(), pull_request }
}

pub(super) fn check(name: &str, state: CheckState, order: u64) -> RecordedCheck {
    let check = Check {
        name: name.to_owned(),
        source: CheckSource::CheckRun,
        workflow: None,
        state,
        conclusion: Some("success".to_owned()),
        attempt: 1,
        queued_at: Some(now()),
        started_at: Some(later(1)),
        completed_at: Some(later(2)),
        url: Some("https://github.com/acme/storefront/runs/1".to_owned()),
        order,
    };
    RecordedCheck { repository: repository(), commit: sha(1), check }
}

const MANIFEST: &str = r#"[service]
name = "storefront"
team = "shop"
repository = "github:acme/storefront"

[ci]
required = ["lint", "unit"]
critical_path = "5m"
github = { repository_id = 1, owner_id = 2, workflow = "acme/storefront/.github/workflows/ship.yml@refs/heads/main" }

[[environment]]
name = "staging"
promote = "auto"
target = { kind = "process", command = ["./storefront"] }

[[environment]]
name = "functions"
target = { kind = "lambda", function = "storefront", codedeploy = { application = "shop", group = "live", config = "CodeDeployDefault.LambdaAllAtOnce" } }

[[environment]]
name = "containers"
target = { kind = "ecs", cluster = "shop", service = "storefront", container = "app", port = 80, image = "registry.example/storefront" }

[[environment]]
name = "servers"
target = { kind = "server", application = "shop", group = "servers", config = "CodeDeployDefault.OneAtATime" }

[[environment]]
name = "production"
promote = "gated"
target = { kind = "process", command = ["./storefront"], port = 4300, env = { MODE = "live" } }
steps = [{ weight = 5, bake = "5m" }, { weight = 100, bake = "10m" }]
rollback_when = { error_rate = 0.02, p95 = "400ms", minimum_requests = 50 }
gates = { soak = "30m", approvals = { count = 1, from = "shop", not_author = true } }
tags = { cost-center = "4711" }
"#;

pub(super) fn service() -> Service {
    Service {
        manifest: Manifest::parse(MANIFEST).unwrap(),
        manifest_text: MANIFEST.to_owned(),
        revision: 3,
        applied_at: now(),
        applied_by: Actor::Workflow {
            repository: "acme/storefront".to_owned(),
            run_id: "77".to_owned(),
            started_by: "ada".to_owned(),
        },
    }
}

pub(super) fn artifact(n: u8) -> Artifact {
    Artifact {
        digest: digest(n),
        service: service_name(),
        commit: sha(n.into()),
        size: 4_096,
        pushed_by: Actor::Token { id: token_id(1), name: "ci".to_owned(), owner: login() },
        announced_at: later(n.into()),
        registered_at: Some(later(i64::from(n) + 1)),
    }
}

fn plan() -> Plan {
    let manifest = service().manifest;
    let environment = manifest.environments.into_iter().last().unwrap();
    Plan {
        target: environment.target,
        steps: environment.steps,
        rollback_when: environment.rollback_when,
        gates: environment.gates,
        required_checks: manifest.ci.required,
        previous: Some("staging".parse().unwrap()),
        revision: 3,
    }
}

pub(super) fn lane() -> Lane {
    let running = Running {
        release: release(1),
        since: now(),
        promotion: promotion_id(1),
        by: person(),
        target: plan().target,
    };
    let stay = Stay { release: release(1), promotion: promotion_id(1), from: now(), until: Some(later(60)) };
    let rejection = Rejection {
        artifact: digest(2),
        promotion: promotion_id(2),
        at: now(),
        reason: "12 % errors".to_owned(),
    };
    Lane {
        sequence: 7,
        running: Some(running),
        stays: vec![stay],
        rejected: vec![rejection],
        hold: Some(Hold { by: person(), since: now(), reason: "rolled back".to_owned() }),
        lock: Some(Lock {
            owner: person(),
            since: now(),
            reason: "looking into slow checkouts".to_owned(),
            until: Some(later(3_600)),
        }),
        live: vec![promotion_id(3)],
        ..Lane::new(service_name(), environment())
    }
}

fn diff(n: u8) -> Diff {
    Diff { base: Some(digest(1)), artifact: digest(n), revision: 3 }
}

fn overriding(n: u8) -> Override {
    Override {
        asked_by: login(),
        asked_at: now(),
        reason: "customers cannot pay".to_owned(),
        diff: diff(n),
        confirmed: Some(Confirmation { by: "bob".parse().unwrap(), at: later(60) }),
        overrode: vec![Unmet::Frozen {
            until: Some(later(86_400)),
            local: Some("Mon 2026-11-23 00:00 Europe/Berlin".to_owned()),
            reason: Some("weekend".to_owned()),
        }],
    }
}

/// A train in the middle of going back.
pub(super) fn train() -> Train {
    let car = |n: u8, service: &str, state| Car {
        service: service.parse().unwrap(),
        release: release(n),
        newest: true,
        promotion: promotion_id(n),
        state,
    };
    Train {
        id: train_id(),
        name: Some("checkout-v2".to_owned()),
        environment: environment(),
        cars: vec![
            car(1, "cart", CarState::GoingBack { rollback: promotion_id(9), replaced: release(8) }),
            car(2, "pay", CarState::Stays { reason: "did not start".to_owned(), replaced: Some(release(8)) }),
            car(3, "mail", CarState::Ended { reason: "12 % errors".to_owned() }),
        ],
        by: person(),
        created_at: now(),
        state: TrainState::Reverting { reason: "mail: 12 % errors".to_owned(), since: later(60) },
    }
}

/// A promotion in the middle of its rollout.
pub(super) fn promotion(n: u8) -> Promotion {
    let measured = Measured {
        requests: 1_000,
        errors: 3,
        p50: Some(Period::millis(12)),
        p95: Some(Period::millis(80)),
        p99: None,
    };
    let step = StepRecord {
        weight: Weight::ALL,
        bake: Period::seconds(300),
        started_at: now(),
        reached_at: Some(later(2)),
        ended_at: None,
        measured: Some(Comparison { new: measured, old: Some(measured) }),
        looks: 2,
        verdict: Some(Verdict::NotEnoughData { requests: 10, needed: 20 }),
    };
    let failure = FailureReport {
        summary: "exited before it was ready".to_owned(),
        exit_code: Some(101),
        signal: None,
        last_probe: Some("connection refused".to_owned()),
        log_tail: vec!["thread 'main' panicked".to_owned(), String::new()],
    };
    Promotion {
        id: promotion_id(n),
        service: service_name(),
        environment: environment(),
        release: release(n),
        replaces: Some(release(1)),
        kind: Kind::Rollback { by: person(), reason: Some("checkout fails".to_owned()) },
        plan: plan(),
        authors: vec![author()],
        approvals: vec![Approval { by: login(), at: now(), diff: Some(diff(n)) }],
        created_at: now(),
        state: State::Baking { step: 0, since: now(), until: later(300), extensions: 1, asks: false },
        steps: vec![step],
        waits_for: vec![Unmet::Soak { environment: environment(), until: Some(later(60)) }],
        failure: Some(failure),
        pre_empted_by: Some(promotion_id(200)),
        train: Some(train_id()),
        overriding: Some(overriding(n)),
        other_base: true,
        restored_at: Some(later(3_000)),
    }
}

pub(super) fn waiting(n: u8) -> Promotion {
    Promotion { state: State::Waiting, waits_for: Vec::new(), ..promotion(n) }
}

pub(super) fn finished(n: u8) -> Promotion {
    let state = State::Finished { outcome: Outcome::Done, reason: None, at: now() };
    Promotion { state, ..promotion(n) }
}

pub(super) fn deployment() -> Deployment {
    let commit = ShippedCommit {
        sha: sha(1),
        title: "Show prices with tax".to_owned(),
        committed_at: now(),
        merged_at: Some(later(60)),
        pull_request: Some(7),
    };
    Deployment {
        promotion: promotion_id(1),
        service: service_name(),
        environment: environment(),
        release: release(1),
        replaced: Some(release(1)),
        kind: Kind::Rollback { by: person(), reason: Some("checkout fails".to_owned()) },
        outcome: Outcome::RolledBack,
        reason: Some("12 % errors".to_owned()),
        created_at: now(),
        first_traffic_at: Some(later(10)),
        reached_all_at: Some(later(20)),
        restored_at: Some(later(30)),
        finished_at: later(30),
        commits: vec![commit],
        commits_complete: true,
    }
}

pub(super) fn run() -> Run {
    let job = Job {
        name: "unit".to_owned(),
        state: CheckState::Passed,
        attempt: 1,
        queued_at: now(),
        started_at: later(5),
        ended_at: Some(later(65)),
        url: Some("https://github.com/acme/storefront/actions/runs/7".to_owned()),
        steps: vec![Step { name: "cargo test".to_owned(), seconds: 50 }],
    };
    Run {
        service: service_name(),
        commit: sha(1),
        title: "Show prices with tax".to_owned(),
        artifact: digest(1),
        pushed_at: Some(now()),
        registered_at: later(70),
        jobs: vec![job],
    }
}

pub(super) fn steps() -> RecordedSteps {
    let step = Step { name: "cargo test".to_owned(), seconds: 50 };
    let steps = JobSteps { job: "unit".to_owned(), order: 7, attempt: 1, steps: vec![step] };
    RecordedSteps { repository: repository(), commit: sha(1), steps }
}
