//! What is under way when Keelson dies: a promotion, a rollback, a burst of webhooks.

use std::fs;
use std::path::{Path, PathBuf};

use api::promotion::{CreatePromotion, Origin, Phase, RollBackRequest};
use api::routes;
use domain::event::EventKind;
use domain::{CommitSha, Digest};
use futures_util::{StreamExt as _, stream};
use local::CrashPoint;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use testkit::github::{self, PushedCommit};

use super::machine::Machine;
use super::truth::{self, Expected};
use crate::product::binary;
use crate::sample::Build;
use crate::team::Team;

/// How many webhooks come at once.
const BURST: usize = 50;
const SIDE_BY_SIDE: usize = 8;
const AT: &str = "2026-11-20T12:00:00Z";

/// What is under way when Keelson dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    /// It starts, and takes over what ran before.
    Start,
    /// An artifact is uploaded, rolls out to staging, and goes to production as a canary.
    Promotion,
    /// Production goes back to what ran before.
    Rollback,
    /// Fifty pushes are delivered at once.
    Webhooks,
}

impl Story {
    pub(super) const ALL: [Self; 4] = [Self::Start, Self::Promotion, Self::Rollback, Self::Webhooks];

    /// The points that it comes to.
    pub(super) fn points(self) -> &'static [CrashPoint] {
        use CrashPoint::*;
        match self {
            Self::Start => {
                &[BeforeFile, AfterFile, BeforeSpawn, AfterSpawn, Decided, BeforeCommit, AfterHandling]
            }
            Self::Promotion => CrashPoint::ALL,
            Self::Rollback => &[
                BeforeCommit,
                AfterCommit,
                BeforeHandling,
                AfterHandling,
                BeforeFile,
                AfterFile,
                BeforeSpawn,
                AfterSpawn,
                Decided,
                BeforeDrain,
                BeforeStop,
            ],
            Self::Webhooks => &[BeforeCommit, AfterCommit, BeforeHandling, AfterHandling],
        }
    }

    /// Whether the point is counted from the beginning of the story, and not from the start of Keelson.
    pub(super) fn is_counted_from_signal(self) -> bool {
        match self {
            Self::Start => false,
            Self::Promotion | Self::Rollback | Self::Webhooks => true,
        }
    }
}

/// A folder in which Keelson has run, and what is in it.
pub(super) struct Base {
    folder: TempDir,
    secret: String,
    head: CommitSha,
    one: Digest,
    two: Digest,
}

impl Base {
    /// A service with two releases shipped, and a third that is pushed and green, and not built.
    pub(super) async fn prepare() -> Self {
        let mut team = Team::with(&manifest()).await;
        let mut shipped = Vec::new();
        for name in ["one", "two"] {
            let digest = team.change(&Build::good(name)).await;
            let promote = ["promote", "shop", "production", "--artifact", &digest.to_string(), "--watch"];
            let _: Value = team.product.keelson(&promote);
            shipped.push(digest);
        }
        let Team { product, mut github } = team;
        let head = github.push(&product, "three", "bob").await;
        github.check(&product, &head, "unit", "success").await;
        product.file("three.tar.gz", &Build::good("three").archive());
        let folder = product.stop_and_keep();
        forget_ports(folder.path());
        Self { folder, secret: github.secret, head, one: shipped[0], two: shipped[1] }
    }

    /// Tells one story on a machine that dies at that point, and answers whether it did.
    pub(super) async fn tell(&self, story: Story, crash_at: &str) -> bool {
        let machine = Machine::start(self.folder.path(), crash_at).await;
        self.rests_on(&machine, self.two, "Version two").await;
        if story.is_counted_from_signal() {
            machine.count().await;
        }
        match story {
            Story::Start => {}
            Story::Promotion => self.promotion(&machine).await,
            Story::Rollback => self.rollback(&machine).await,
            Story::Webhooks => self.webhooks(&machine).await,
        }
        truth::nothing_is_left_over(&machine).await;
        truth::nothing_is_doubled(&truth::events(&machine).await);
        let died = machine.deaths().await > 0;
        machine.stop().await;
        died
    }

    async fn rests_on(&self, machine: &Machine, production: Digest, page: &'static str) {
        for expected in [
            Expected { environment: "staging", artifact: self.two, page: "Version two" },
            Expected { environment: "production", artifact: production, page },
        ] {
            truth::is_consistent(machine, &expected).await;
        }
    }

    async fn promotion(&self, machine: &Machine) {
        let push = ["artifact", "push", "three.tar.gz", "--service", "shop", "--commit", self.head.as_str()];
        machine.command(&push).await;
        let three = Digest::from_bytes(Sha256::digest(Build::good("three").archive()).into());
        let page = "Version three";
        truth::is_consistent(machine, &Expected { environment: "staging", artifact: three, page }).await;
        truth::ended_once(machine, "staging", three, None).await;

        let asked = CreatePromotion {
            service: "shop".parse().unwrap(),
            environment: "production".parse().unwrap(),
            artifact: Some(three),
        };
        let of_three = async || {
            let all = truth::promotions(machine).await;
            let mut to_production = all.into_iter().filter(|one| one.environment.as_str() == "production");
            to_production.any(|promotion| promotion.release.artifact == three)
        };
        // Whoever got no answer looks before they ask again.
        while !of_three().await {
            let _ = machine.post(&routes::CREATE_PROMOTION, &[], &asked).await;
        }
        truth::is_consistent(machine, &Expected { environment: "production", artifact: three, page }).await;
        truth::ended_once(machine, "production", three, Some(Origin::Manual)).await;
    }

    async fn rollback(&self, machine: &Machine) {
        let asked = RollBackRequest { to: None, reason: Some("checkout is slow".to_owned()) };
        let back = async || {
            let all = truth::promotions(machine).await;
            all.into_iter().any(|promotion| promotion.origin == Origin::Rollback)
        };
        while !back().await {
            let _ = machine.post(&routes::ROLL_BACK, &["shop", "production"], &asked).await;
        }
        self.rests_on(machine, self.one, "Version one").await;
        truth::ended_once(machine, "production", self.one, Some(Origin::Rollback)).await;
        let hold = truth::lane(machine, "production").await.hold;
        assert!(hold.is_some_and(|hold| hold.reason.ends_with("checkout is slow")));
    }

    async fn webhooks(&self, machine: &Machine) {
        let sha = |n: usize| hex::encode(&Sha256::digest(format!("burst {n}"))[..20]);
        stream::iter(0..BURST)
            .for_each_concurrent(SIDE_BY_SIDE, async |n| {
                let before = if n == 0 { self.head.to_string() } else { sha(n - 1) };
                let (after, message) = (sha(n), format!("Change {n}"));
                let commit = PushedCommit { sha: &after, message: &message, author: "bob" };
                let body = github::push("acme/shop", "main", &before, &[commit], AT);
                let delivery = format!("00000000-0000-4000-9000-{n:012}");
                let headers = || github::headers("push", &delivery, &self.secret, &body);
                // What was not taken is delivered again; what was is not.
                while machine.deliver(headers(), body.clone()).await.is_err() {}
            })
            .await;
        let events = truth::events(machine).await;
        let recorded = events.iter().filter(|event| event.kind == EventKind::PushRecorded);
        let recorded: Vec<&str> = recorded.filter_map(|event| event.body["after"].as_str()).collect();
        for n in 0..BURST {
            let times = recorded.iter().filter(|after| **after == sha(n)).count();
            assert_eq!(times, 1, "push {n} of {BURST} is recorded once");
        }
        self.rests_on(machine, self.two, "Version two").await;
        let open = truth::promotions(machine).await.into_iter().filter(|one| one.phase == Phase::Rolling);
        assert_eq!(open.count(), 0);
    }
}

/// Every copy of the folder runs beside the others, so each finds ports of its own.
fn forget_ports(folder: &Path) {
    for environment in ["staging", "production"] {
        let path: PathBuf = folder.join(format!(".keelson/targets/shop/{environment}.state.json"));
        let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        state["port"] = Value::Null;
        fs::write(&path, state.to_string()).unwrap();
    }
}

/// Its `keelson.toml`: staging by itself, production by hand as a canary, neither watched for long.
fn manifest() -> String {
    let program = binary().to_str().unwrap();
    format!(
        r#"[service]
name = "shop"
team = "shop"
repository = "github:acme/shop"

[ci]
required = ["unit"]

[[environment]]
name = "staging"
promote = "auto"
target = {{ kind = "process", command = ["./run"], drain = "1s", drain_streams = "1s", env = {{ KEELSON_BIN = {program:?} }} }}

[[environment]]
name = "production"
promote = "manual"
target = {{ kind = "process", command = ["./run"], drain = "1s", drain_streams = "1s", env = {{ KEELSON_BIN = {program:?} }} }}
steps = [{{ weight = 20 }}, {{ weight = 100 }}]
"#
    )
}
