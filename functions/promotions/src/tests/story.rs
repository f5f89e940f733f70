//! A team with one service, and the things that happen to it.

use api::overview::LaneView;
use api::promotion::{ApprovePromotion, Phase, PromotionSummary, PromotionView};
use api::routes;
use api::service::{AnnounceArtifact, ApplyService, CompleteArtifact};
use domain::access::{Actor, Role};
use domain::analysis::Measured;
use domain::change::{Author, Commit, Push};
use domain::check::{Check, CheckSource, CheckState};
use domain::connection::{Connection, HostKind, Signing};
use domain::event::{Event, EventBody};
use domain::manifest::RepositoryRef;
use domain::{Digest, Period, PromotionId};
use edge::RequestContext;
use store::{RecordedCheck, RecordedPush};
use testkit::{Client, World, manifest, sha};

use crate::{App, on_event, on_tick, router};

/// A team with one service, `shop`: staging by itself, production gated (see [`testkit::manifest`]).
pub(super) struct Story {
    pub(super) world: World,
    pub(super) app: App,
    /// Calls as `ada`, who wrote nothing and may everything.
    pub(super) ada: Client,
    head: u64,
}

impl Story {
    /// The service is declared, and nothing has happened to it.
    pub(super) async fn new() -> Self {
        let story = Self::without_service().await;
        let apply = ApplyService { manifest: manifest("shop") };
        story.ada.call(&routes::PUT_SERVICE, &["shop"]).json(&apply).await.ok();
        story
    }

    /// There is a connection to GitHub, and no service.
    pub(super) async fn without_service() -> Self {
        let world = World::new().await;
        let app = App {
            core: world.core.clone(),
            deployer: world.deployer.clone(),
            signals: world.signals.clone(),
            artifacts: world.artifacts.clone(),
        };
        let ada = world.client(router(app.clone())).as_user("ada", Role::Admin);
        let connection = Connection {
            name: "github".parse().unwrap(),
            kind: HostKind::GitHub,
            signing: Signing::BodyHmac,
            secrets: Vec::new(),
            created_at: world.core.now(),
            api: None,
        };
        world.put(&connection).await;
        Self { world, app, ada, head: 0 }
    }

    fn repository() -> RepositoryRef {
        "github:acme/shop".parse().unwrap()
    }

    /// Bob pushes commit number `n` to main.
    pub(super) async fn push(&mut self, n: u64) {
        let bob = Author {
            name: "Bob".to_owned(),
            email: Some("bob@example.com".to_owned()),
            login: Some("bob".to_owned()),
        };
        let commit = Commit {
            sha: sha(n),
            title: format!("Change {n}"),
            authors: vec![bob.clone()],
            at: self.world.core.now(),
            url: None,
        };
        let push = Push {
            before: sha(self.head),
            after: sha(n),
            commits: vec![commit],
            pusher: bob,
            forced: false,
            at: self.world.core.now(),
            truncated: false,
        };
        let (repository, branch) = (Self::repository(), "main".to_owned());
        let body = EventBody::PushRecorded {
            repository: repository.clone(),
            branch: branch.clone(),
            after: sha(n),
            commits: 1,
        };
        let mut transaction = self.world.core.store.transaction(self.world.core.now());
        for part in (RecordedPush { repository, branch, push }).into_parts() {
            transaction.overwrite(&part);
        }
        transaction.event(&self.event(body));
        transaction.commit().await.unwrap();
        self.head = n;
    }

    /// CI reports on commit number `n`.
    pub(super) async fn check(&self, n: u64, state: CheckState) {
        let check = Check {
            name: "unit".to_owned(),
            source: CheckSource::CheckRun,
            workflow: None,
            state,
            conclusion: None,
            attempt: 1,
            queued_at: None,
            started_at: None,
            completed_at: None,
            url: None,
            order: n,
        };
        let recorded = RecordedCheck { repository: Self::repository(), commit: sha(n), check };
        let body = EventBody::CheckRecorded {
            repository: Self::repository(),
            commit: sha(n),
            name: "unit".to_owned(),
            state,
        };
        let mut transaction = self.world.core.store.transaction(self.world.core.now());
        transaction.overwrite(&recorded);
        transaction.event(&self.event(body));
        transaction.commit().await.unwrap();
    }

    /// CI registers the artifact built from commit number `n`.
    pub(super) async fn build(&self, n: u64) -> Digest {
        let bytes = bytes(n);
        let digest = testkit::digest_of(&bytes);
        let announce = AnnounceArtifact { digest, size: bytes.len().try_into().unwrap(), commit: sha(n) };
        self.ada.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&announce).await.ok();
        self.world.artifacts.upload(&digest, &bytes);
        let complete = CompleteArtifact { service: "shop".parse().unwrap() };
        let path = digest.to_string();
        self.ada.call(&routes::COMPLETE_ARTIFACT, &[path.as_str()]).json(&complete).await.ok();
        digest
    }

    /// A change that is pushed, green and built.
    pub(super) async fn change(&mut self, n: u64) -> Digest {
        self.push(n).await;
        self.check(n, CheckState::Passed).await;
        self.build(n).await
    }

    pub(super) fn event(&self, body: EventBody) -> Event {
        self.world.core.event(&RequestContext::internal(), &Actor::Keelson, body)
    }

    /// Everything that follows from what happened within the next seconds.
    pub(super) async fn settle(&self) {
        for _ in 0..3 {
            self.rest().await;
            self.world.advance(Period::seconds(1));
        }
        self.rest().await;
    }

    /// Everything that follows from what happened, at this moment.
    async fn rest(&self) {
        for _ in 0..50 {
            let events = self.world.new_events().await;
            for event in &events {
                on_event(&self.app, event).await.unwrap();
            }
            let fired = on_tick(&self.app).await.unwrap();
            if events.is_empty() && fired == 0 {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Time passes, with a look at everything that is due at the beginning, in the middle and at the end.
    pub(super) async fn pass(&self, period: Period) {
        let half = Period::millis(u32::try_from(period.as_millis() / 2).unwrap());
        self.rest().await;
        for _ in 0..2 {
            self.world.advance(half);
            self.settle().await;
        }
    }

    /// Brings change `n` all the way to production, with Ada's approval.
    pub(super) async fn ship(&mut self, n: u64) -> Digest {
        let digest = self.change(n).await;
        self.measure(&digest, 1_000, 0);
        self.settle().await;
        self.pass(Period::seconds(601)).await;
        let waiting = self.lane("production").await.waiting;
        self.approve(&waiting[0]).await;
        self.roll_out().await;
        assert_eq!(self.lane("production").await.running.unwrap().release.artifact, digest);
        digest
    }

    /// As much time passes as a whole rollout to production takes.
    pub(super) async fn roll_out(&self) {
        self.settle().await;
        self.pass(Period::seconds(5 * 60)).await;
        self.pass(Period::seconds(10 * 60)).await;
    }

    /// What the proxy will measure of an artifact.
    pub(super) fn measure(&self, artifact: &Digest, requests: u64, errors: u64) {
        let p95 = Some(Period::millis(50));
        self.world.signals.set(*artifact, Measured { requests, errors, p50: p95, p95, p99: p95 });
    }

    pub(super) async fn lane(&self, environment: &str) -> LaneView {
        let view = self.ada.call(&routes::GET_SERVICE, &["shop"]).await.ok();
        view.row.environments.into_iter().find(|lane| lane.environment.as_str() == environment).unwrap()
    }

    pub(super) async fn promotion(&self, id: PromotionId) -> PromotionView {
        let id = id.to_string();
        self.ada.call(&routes::GET_PROMOTION, &[id.as_str()]).await.ok()
    }

    pub(super) async fn phase(&self, id: PromotionId) -> Phase {
        self.promotion(id).await.summary.phase
    }

    pub(super) async fn approve(&self, promotion: &PromotionSummary) -> PromotionSummary {
        let id = promotion.id.to_string();
        let body = ApprovePromotion { diff: promotion.diff };
        self.ada.call(&routes::APPROVE_PROMOTION, &[id.as_str()]).json(&body).await.ok()
    }
}

/// The bytes built from commit number `n`.
pub(super) fn bytes(n: u64) -> Vec<u8> {
    format!("artifact {n}").into_bytes()
}
