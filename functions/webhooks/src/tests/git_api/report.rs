//! A git host is told of promotions.

use api::routes;
use domain::PromotionId;
use domain::connection::HostKind;
use domain::event::{Event, EventBody, PromotionRef};
use domain::promotion::{Outcome, Promotion, State};
use domain::report::Report;
use insta::assert_snapshot;
use serde_json::json;
use testkit::hosts::TOKEN;
use testkit::{digest, sha};

use super::Watched;

impl Watched {
    /// A promotion of a commit that waits.
    async fn propose(&self, environment: &str, commit: u64) -> PromotionId {
        let core = &self.hooks.world.core;
        let id = core.ids.promotion();
        let service = core.store.service(&"storefront".parse().unwrap()).await.unwrap().unwrap().value;
        let section = service.manifest.environment(&environment.parse().unwrap()).unwrap();
        let promotion = json!({
            "id": id, "service": "storefront", "environment": environment,
            "release": {"artifact": digest(commit), "commit": sha(commit)},
            "kind": {"kind": "automatic"},
            "plan": {"target": section.target, "steps": section.steps, "rollback_when": section.rollback_when,
                     "gates": section.gates, "required_checks": [], "revision": 1},
            "authors": [], "approvals": [], "created_at": core.now(), "state": "waiting", "steps": [],
            "waits_for": [],
        });
        let promotion: Promotion = serde_json::from_value(promotion).unwrap();
        self.hooks.world.put(&promotion).await;
        self.tell(id).await;
        id
    }

    /// The promotion comes to a state, and it is told.
    async fn goes(&self, id: PromotionId, state: State) {
        let store = self.hooks.store();
        let known = store.promotion(&id).await.unwrap().unwrap();
        let step = json!({"weight": 100, "bake": "1m", "started_at": self.hooks.world.core.now()});
        let steps = vec![serde_json::from_value(step).unwrap()];
        let mut transaction = store.transaction(self.hooks.world.core.now());
        transaction.replace(&Promotion { state, steps, ..known.value }, known.version);
        transaction.commit().await.unwrap();
        self.tell(id).await;
    }

    /// Hands over the event that something happened to the promotion.
    async fn tell(&self, id: PromotionId) {
        let known = self.hooks.store().promotion(&id).await.unwrap().unwrap().value;
        let promotion = PromotionRef {
            promotion: id,
            service: known.service,
            environment: known.environment,
            release: known.release,
        };
        let event = Event {
            id: self.hooks.world.core.ids.event(),
            at: self.hooks.world.core.now(),
            actor: domain::access::Actor::Keelson,
            request: None,
            traceparent: None,
            body: EventBody::RolloutStarted { promotion },
        };
        crate::on_event(&self.hooks.app, &event).await.unwrap();
    }

    async fn report(&self, id: PromotionId) -> Report {
        self.hooks.store().report(&id).await.unwrap().unwrap().value
    }

    fn rolling(&self) -> State {
        State::Rolling { step: 0, sequence: 1, since: self.hooks.world.core.now() }
    }

    fn over(&self, outcome: Outcome, reason: Option<&str>) -> State {
        State::Finished { outcome, reason: reason.map(str::to_owned), at: self.hooks.world.core.now() }
    }

    fn statuses(&self) -> Vec<String> {
        let statuses = self.host.statuses();
        statuses.iter().map(|one| format!("{} {}: {}", one.context, one.state, one.description)).collect()
    }
}

#[tokio::test]
async fn every_host_is_told_how_a_commit_stands() {
    let mut told = Vec::new();
    for kind in HostKind::ALL {
        let watched = Watched::of(kind).await;
        let id = watched.propose("production", 1).await;
        watched.goes(id, watched.rolling()).await;
        watched.goes(id, watched.over(Outcome::Done, None)).await;
        watched.push(&[2, 3, 4]);
        for (commit, outcome) in [(2, Outcome::RolledBack), (3, Outcome::Cancelled), (4, Outcome::Superseded)]
        {
            let id = watched.propose("production", commit).await;
            watched.goes(id, watched.over(outcome, Some("12 % errors"))).await;
        }
        let url = &watched.host.statuses()[0].url;
        assert_eq!(*url, format!("http://keelson.test/promotions/{id}"));
        told.push(format!("{kind:?}\n  {}", watched.statuses().join("\n  ")));
    }
    assert_snapshot!(told.join("\n"), @r#"
    GitHub
      keelson/production pending: Waits to go to production
      keelson/production pending: Is going to production
      keelson/production success: Serves all of production
      keelson/production pending: Waits to go to production
      keelson/production failure: Was rolled back in production: 12 % errors
      keelson/production pending: Waits to go to production
      keelson/production error: Was stopped on its way to production: 12 % errors
      keelson/production pending: Waits to go to production
      keelson/production pending: Was superseded for production: 12 % errors
    GitLab
      keelson/production pending: Waits to go to production
      keelson/production running: Is going to production
      keelson/production success: Serves all of production
      keelson/production pending: Waits to go to production
      keelson/production failed: Was rolled back in production: 12 % errors
      keelson/production pending: Waits to go to production
      keelson/production canceled: Was stopped on its way to production: 12 % errors
      keelson/production pending: Waits to go to production
      keelson/production canceled: Was superseded for production: 12 % errors
    Gitea
      keelson/production pending: Waits to go to production
      keelson/production pending: Is going to production
      keelson/production success: Serves all of production
      keelson/production pending: Waits to go to production
      keelson/production failure: Was rolled back in production: 12 % errors
      keelson/production pending: Waits to go to production
      keelson/production error: Was stopped on its way to production: 12 % errors
      keelson/production pending: Waits to go to production
      keelson/production pending: Was superseded for production: 12 % errors
    Bitbucket
      keelson/production INPROGRESS: Waits to go to production
      keelson/production INPROGRESS: Is going to production
      keelson/production SUCCESSFUL: Serves all of production
      keelson/production INPROGRESS: Waits to go to production
      keelson/production FAILED: Was rolled back in production: 12 % errors
      keelson/production INPROGRESS: Waits to go to production
      keelson/production STOPPED: Was stopped on its way to production: 12 % errors
      keelson/production INPROGRESS: Waits to go to production
      keelson/production STOPPED: Was superseded for production: 12 % errors
    "#);
}

#[tokio::test]
async fn the_same_event_again_tells_nothing_again() {
    let watched = Watched::of(HostKind::GitHub).await;
    let id = watched.propose("staging", 1).await;
    watched.goes(id, watched.rolling()).await;
    let before = (watched.statuses(), watched.host.deployments());
    for _ in 0..3 {
        watched.tell(id).await;
    }
    assert_eq!((watched.statuses(), watched.host.deployments()), before);
}

#[tokio::test]
async fn github_knows_the_deployments_of_each_environment() {
    let watched = Watched::of(HostKind::GitHub).await;
    let first = watched.propose("production", 1).await;
    assert!(watched.host.deployments().is_empty(), "nothing is deployed while it waits");
    watched.goes(first, watched.rolling()).await;
    watched.goes(first, watched.over(Outcome::Done, None)).await;
    watched.push(&[2]);
    let second = watched.propose("production", 2).await;
    watched.goes(second, watched.rolling()).await;
    watched.goes(second, watched.over(Outcome::Done, None)).await;
    let staging = watched.propose("staging", 2).await;
    watched.goes(staging, watched.rolling()).await;
    watched.goes(staging, watched.over(Outcome::Failed, Some("exit code 1"))).await;
    let deployments = watched.host.deployments();
    let lines = deployments.iter().map(|one| {
        let production = &one.body["production_environment"];
        format!(
            "{} {} production={production} {}",
            one.environment,
            &one.commit[39..],
            one.states.join(" → ")
        )
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    production 1 production=true in_progress → success → inactive
    production 2 production=true in_progress → success
    staging 2 production=false in_progress → failure
    "#);
    let body = &deployments[0].body;
    assert_eq!((&body["auto_merge"], &body["required_contexts"]), (&json!(false), &json!([])));
    assert_eq!(body["payload"]["keelson_promotion"], json!(first));
}

#[tokio::test]
async fn gitlab_knows_deployments_too() {
    let watched = Watched::of(HostKind::GitLab).await;
    let id = watched.propose("production", 1).await;
    watched.goes(id, watched.rolling()).await;
    watched.goes(id, watched.over(Outcome::Done, None)).await;
    let deployments = watched.host.deployments();
    assert_eq!(deployments.len(), 1);
    assert_eq!(deployments[0].states, ["running", "success"]);
    assert_eq!((&deployments[0].body["ref"], &deployments[0].body["tag"]), (&json!("main"), &json!(false)));
}

#[tokio::test]
async fn a_deployment_whose_answer_was_lost_is_found_and_not_made_twice() {
    for (kind, part) in [
        (HostKind::GitHub, "POST /repos/acme/storefront/deployments"),
        (HostKind::GitLab, "POST /projects/acme/storefront/deployments"),
    ] {
        let watched = Watched::of(kind).await;
        let id = watched.propose("production", 1).await;
        watched.host.lose_the_answer_to(part);
        watched.goes(id, watched.rolling()).await;
        assert_eq!(watched.host.deployments().len(), 1, "{kind:?}: made");
        let report = watched.report(id).await;
        assert!(report.deployment.is_none() && report.deploying_since.is_some() && report.problem.is_some());
        watched.advance(30);
        watched.tick().await;
        assert_eq!(watched.host.deployments().len(), 1, "{kind:?}: and not made again");
        let report = watched.report(id).await;
        assert_eq!(report.deployment, Some(watched.host.deployments()[0].id.to_string()));
        assert!(report.problem.is_none() && watched.api().await.untold.is_none());
    }
}

#[tokio::test]
async fn what_a_host_refuses_is_shown_and_told_when_it_takes_it() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.host.refuse("/statuses/", 403);
    let id = watched.propose("staging", 1).await;
    let untold = watched.api().await.untold.unwrap();
    assert_snapshot!(untold.reason, @"POST /repos/acme/storefront/statuses/0000000000000000000000000000000000000001 was answered with status 403: the API token may not do that: give it the right, or set another. It says: no");
    assert!(watched.report(id).await.problem.is_some());
    watched.goes(id, watched.over(Outcome::Done, None)).await;
    watched.host.heal();
    watched.advance(180);
    watched.tick().await;
    assert_eq!(watched.statuses(), ["keelson/staging success: Serves all of staging"], "as it stands now");
    assert!(watched.api().await.untold.is_none());
}

#[tokio::test]
async fn a_host_that_is_away_is_not_asked_for_every_event() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.host.answer_with(Some((503, Vec::new())));
    watched.propose("staging", 1).await;
    let before = watched.host.requests().len();
    let id = watched.propose("production", 1).await;
    watched.goes(id, watched.rolling()).await;
    assert_eq!(watched.host.requests().len(), before, "nobody asks while it is known to be away");
    watched.host.heal();
    watched.advance(30);
    watched.tick().await;
    assert_eq!(watched.statuses().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_told_is_told_before_the_next_look_would_be() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.host.refuse("/statuses/", 503);
    watched.propose("staging", 1).await;
    let mut waits = Vec::new();
    for _ in 0..3 {
        let next = watched.api().await.next_check_at.unwrap();
        waits.push(next.duration_since(watched.hooks.world.core.now()).as_secs());
        watched.advance(u32::try_from(waits[waits.len() - 1]).unwrap());
        assert_eq!(watched.tick().await, 1);
    }
    assert_eq!(waits, [30, 60, 120]);
}

#[tokio::test]
async fn the_newest_promotion_of_a_commit_decides_its_status() {
    let watched = Watched::of(HostKind::GitHub).await;
    let first = watched.propose("staging", 1).await;
    watched.goes(first, watched.over(Outcome::RolledBack, None)).await;
    watched.advance(1);
    let second = watched.propose("staging", 1).await;
    watched.goes(second, watched.over(Outcome::Done, None)).await;
    watched.goes(first, watched.over(Outcome::Failed, None)).await;
    assert_eq!(watched.statuses().last().unwrap(), "keelson/staging success: Serves all of staging");
}

#[tokio::test]
async fn services_that_share_a_repository_are_told_apart() {
    let watched = Watched::of(HostKind::GitHub).await;
    let other = testkit::manifest("checkout").replace("github:acme/checkout", "github:acme/storefront");
    watched.hooks.world.service(&other).await;
    watched.propose("staging", 1).await;
    assert_eq!(watched.statuses(), ["keelson/storefront/staging pending: Waits to go to staging"]);
}

#[tokio::test]
async fn without_a_token_nothing_is_attempted() {
    let watched = Watched::without_token(HostKind::GitHub).await;
    watched.push(&[1]);
    let id = watched.propose("staging", 1).await;
    assert!(watched.host.requests().is_empty());
    assert!(watched.hooks.store().report(&id).await.unwrap().is_none());
    let list = watched.hooks.operator().call(&routes::LIST_CONNECTIONS, &[]).await.ok();
    assert!(list[0].api.is_none());
    // With one, the next that happens is told.
    watched.set_token(TOKEN).await;
    watched.goes(id, watched.over(Outcome::Done, None)).await;
    assert_eq!(watched.statuses().len(), 1);
}
