//! The figures of delivery and of CI, through the router, with a clock that is moved by hand.

use api::dora::DoraRows;
use api::promotion::RollBackRequest;
use api::{ProblemKind, routes};
use domain::access::{Grant, Role};
use domain::check::CheckState;
use domain::ci_path::{Job, JobSteps, Part, Run, Step, Trend};
use domain::dora::{Link, Metric};
use domain::event::EventBody;
use domain::figure::{Share, Spread};
use domain::{Digest, Period};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::{RecordedCheck, RecordedSteps};
use testkit::{sha, user};

use super::story::Story;

const SHOP: [&str; 1] = ["shop"];

impl Story {
    async fn rows(&self, metric: Metric) -> DoraRows {
        let call = self.ada.call(&routes::LIST_DORA_ROWS, &SHOP).query("metric", metric.name());
        call.query("window", 7).await.ok()
    }

    /// A canary of change `n` that fails its users and goes back by itself.
    async fn fail(&mut self, n: u64, running: &Digest) {
        let bad = self.change(n).await;
        self.settle().await;
        self.pass(Period::seconds(601)).await;
        let waiting = self.lane("production").await.waiting[0].clone();
        self.measure(running, 900, 0);
        self.approve(&waiting).await;
        self.settle().await;
        self.measure(&bad, 100, 12);
        self.pass(Period::seconds(10)).await;
    }

    /// CI reports a job of commit `n` that was asked for, taken and ended so many seconds before now.
    async fn job(&self, n: u64, name: &str, [queued, started, ended]: [i64; 3], attempt: u32) {
        let now = self.world.core.now();
        let ago = |seconds: i64| now - SignedDuration::from_secs(seconds);
        let check = json!({
            "name": name, "source": "workflow_job", "state": "passed", "attempt": attempt, "order": 70 + n,
            "queued_at": ago(queued), "started_at": ago(started), "completed_at": ago(ended),
        });
        let repository: domain::manifest::RepositoryRef = "github:acme/shop".parse().unwrap();
        let check = serde_json::from_value(check).unwrap();
        let recorded = RecordedCheck { repository: repository.clone(), commit: sha(n), check };
        let body = EventBody::CheckRecorded {
            repository: repository.clone(),
            commit: sha(n),
            name: name.to_owned(),
            state: CheckState::Passed,
        };
        let step = Step { name: "cargo test".to_owned(), seconds: u32::try_from(started - ended).unwrap() };
        let steps = JobSteps::new(name.to_owned(), 70 + n, attempt, [step]);
        let mut transaction = self.world.core.store.transaction(now);
        transaction.overwrite(&recorded);
        transaction.overwrite(&RecordedSteps { repository, commit: sha(n), steps });
        transaction.event(&self.event(body));
        transaction.commit().await.unwrap();
    }
}

#[tokio::test]
async fn before_anything_ships_there_is_no_data_and_no_zero() {
    let story = Story::new().await;
    let view = story.ada.call(&routes::GET_DORA, &SHOP).await.ok();
    assert_eq!((view.environment.as_str(), view.days), ("production", 30));
    assert_eq!(view.current.deployment_frequency.value, None);
    let reason = view.current.change_fail_rate.no_data.as_deref();
    assert_eq!(reason, Some("nothing has reached production yet"));
    assert_eq!(view.points.len(), 30);
    let ci = story.ada.call(&routes::GET_CI, &SHOP).await.ok();
    assert_eq!((ci.budget, ci.budget_is_default, ci.last), (300, true, None));
    assert_eq!(ci.summary.total.no_data.as_deref(), Some("no artifact was registered in this window"));
}

#[tokio::test]
async fn what_ships_and_what_goes_back_is_what_the_figures_tell() {
    let mut story = Story::new().await;
    let pushed = story.world.core.now();
    let first = story.ship(1).await;
    story.fail(2, &first).await;
    let view = story.ada.call(&routes::GET_DORA, &SHOP).query("window", 7).await.ok();
    let frequency = view.current.deployment_frequency.value.unwrap();
    assert_eq!((frequency.deployments, frequency.days_with), (1, 1));
    assert_eq!(view.current.change_fail_rate.value, Some(Share { count: 1, of: 2, share: 0.5 }));
    assert_eq!(view.previous.deployment_frequency.value, None);
    assert_eq!(view.points.iter().map(|point| point.deployments).sum::<usize>(), 1);

    let lead = story.rows(Metric::LeadTime).await;
    assert_eq!(lead.rows, 1, "staging's arrival is none");
    let row = &lead.items[0];
    assert_eq!((row.from, row.release.artifact), (Some(pushed), first));
    let promotion = story.promotion(row.promotion).await;
    let last = promotion.steps.iter().find(|step| step.weight.percent() == 100).unwrap();
    assert_eq!(row.to, last.reached_at, "from its commit to 100 % of traffic, not to the end of the bake");
    let seconds = u64::try_from(pushed.duration_until(row.to.unwrap()).as_secs()).unwrap();
    assert_eq!(row.seconds, Some(seconds));
    assert_eq!(view.current.lead_time.value, Some(Spread { n: 1, median: seconds, p90: seconds }));

    let failed = story.rows(Metric::RecoveryTime).await.items.remove(0);
    assert_eq!(failed.link, Some(Link::Explicit));
    insta::assert_snapshot!(failed.because, @"went back by itself: 12.0 % of requests fail (12 of 100), 0.0 % on the old release (0 of 900); at most 2.0 % may, and chance does not explain it");
    let failed = story.promotion(failed.promotion).await;
    assert_eq!(failed.steps[0].reached_at, story.rows(Metric::RecoveryTime).await.items[0].from);
}

#[tokio::test]
async fn a_rollback_by_hand_fails_what_it_takes_back_and_its_commits_do_not_arrive_again() {
    let mut story = Story::new().await;
    let first = story.ship(1).await;
    let second = story.ship(2).await;
    let back = RollBackRequest { to: None, reason: Some("baskets are empty".to_owned()) };
    story.ada.call(&routes::ROLL_BACK, &["shop", "production"]).json(&back).await.ok();
    story.settle().await;
    assert_eq!(story.lane("production").await.running.unwrap().release.artifact, first);
    story.ada.call(&routes::LIFT_HOLD, &["shop", "production"]).await.ok();
    let third = story.ship(3).await;

    let told = story.rows(Metric::ChangeFailRate).await;
    let told: Vec<_> = told.items.iter().map(|row| (row.release.artifact, row.counts)).collect();
    assert_eq!(told, [(third, false), (second, true), (first, false)]);
    let arrived = story.rows(Metric::LeadTime).await;
    let arrived: Vec<_> = arrived.items.iter().map(|row| row.commit.clone().unwrap().sha).collect();
    assert_eq!(arrived, [sha(3), sha(2), sha(1)], "each once, with what brought it first");
    assert_eq!(story.rows(Metric::DeploymentFrequency).await.rows, 3);
}

#[tokio::test]
async fn rows_come_in_pages_that_lead_to_all_of_them() {
    let mut story = Story::new().await;
    story.ship(1).await;
    story.ship(2).await;
    let page = async |after: Option<&str>| {
        let call =
            story.ada.call(&routes::LIST_DORA_ROWS, &SHOP).query("metric", "lead_time").query("limit", 1);
        match after {
            None => call.await,
            Some(after) => call.query("after", after).await,
        }
    };
    let newest = page(None).await.ok();
    assert_eq!((newest.rows, newest.items.len()), (2, 1));
    let oldest = page(newest.next.as_deref()).await.ok();
    assert_eq!(oldest.items[0].commit.as_ref().unwrap().sha, sha(1));
    assert_eq!(oldest.next, None);
    page(Some("nowhere")).await.problem(ProblemKind::InvalidRequest);
}

#[tokio::test]
async fn windows_and_figures_that_are_none_are_refused_in_words() {
    let story = Story::new().await;
    let refused = story.ada.call(&routes::GET_DORA, &SHOP).query("window", 8).await;
    insta::assert_snapshot!(refused.problem(ProblemKind::InvalidRequest).detail, @"`window` is 7, 30 or 90 days, not 8.");
    let refused = story.ada.call(&routes::LIST_DORA_ROWS, &SHOP).query("metric", "velocity").await;
    refused.problem(ProblemKind::InvalidRequest);
    story.ada.call(&routes::GET_DORA, &["nothing"]).await.problem(ProblemKind::NotFound);
}

#[tokio::test]
async fn every_service_that_one_may_see_is_listed_with_its_figures() {
    let mut story = Story::new().await;
    story.ship(1).await;
    let all = story.ada.call(&routes::LIST_DORA, &[]).query("window", 7).await.ok();
    assert_eq!(all.items.len(), 1);
    assert_eq!(all.items[0].current.deployment_frequency.value.unwrap().deployments, 1);
    let mut stranger = user("eve", Role::Viewer);
    stranger.grants = vec![Grant { team: Some("other".parse().unwrap()), ..Grant::everywhere(Role::Viewer) }];
    let none = story.ada.as_person(stranger).call(&routes::LIST_DORA, &[]).await.ok();
    assert!(none.items.is_empty());
}

#[tokio::test]
async fn a_deployment_is_seen_in_the_window_it_fell_into_as_time_goes_on() {
    let mut story = Story::new().await;
    story.ship(1).await;
    story.world.advance(Period::seconds(8 * 86_400));
    let view = story.ada.call(&routes::GET_DORA, &SHOP).query("window", 7).await.ok();
    assert_eq!(
        view.current.deployment_frequency.value.unwrap().deployments,
        0,
        "it is known that there was none"
    );
    assert_eq!(view.current.lead_time.value, None);
    assert_eq!(view.previous.deployment_frequency.value.unwrap().deployments, 1);
    story.world.advance(Period::seconds(20 * 86_400));
    let view = story.ada.call(&routes::GET_DORA, &SHOP).query("window", 7).await.ok();
    assert_eq!(view.previous.deployment_frequency.value.unwrap().deployments, 0);
    assert_eq!(view.observed_since, None);
}

#[tokio::test]
async fn the_path_of_a_commit_through_ci_is_told_whatever_comes_late() {
    let mut story = Story::new().await;
    story.push(1).await;
    story.world.advance(Period::seconds(200));
    story.job(1, "unit", [190, 180, 60], 1).await;
    let artifact = story.build(1).await;
    story.settle().await;
    // The job that built and uploaded it is reported after the artifact.
    story.job(1, "build", [60 + 3, 50 + 3, 1], 1).await;
    story.settle().await;
    let view = story.ada.call(&routes::GET_CI, &SHOP).query("window", 7).await.ok();
    let last = view.last.unwrap();
    assert_eq!(last.run.artifact, artifact);
    let path = last.path.unwrap();
    let links: Vec<_> = path.links.iter().map(|link| (link.job.as_str(), link.queue, link.run)).collect();
    assert_eq!(links, [("unit", 10, 120), ("build", 10, 50)]);
    assert_eq!((path.seconds, path.queue, path.run, path.other), (200, 20, 170, 10));
    assert_eq!(last.run.jobs[0].steps[0].name, "cargo test");
    assert_eq!(view.summary.total.value, Some(Spread { n: 1, median: 200, p90: 200 }));
    assert_eq!(view.summary.over_budget.value, Some(Share { count: 0, of: 1, share: 0.0 }));

    story.job(1, "build", [30, 20, 1], 2).await;
    story.settle().await;
    let view = story.ada.call(&routes::GET_CI, &SHOP).await.ok();
    assert_eq!((view.summary.runs, view.summary.reruns), (1, 1), "counted apart");
    let reason = view.summary.total.no_data.as_deref();
    assert_eq!(reason, Some("every run in this window had a job that was run again"));
}

#[tokio::test]
async fn a_job_that_became_slower_is_named() {
    let story = Story::new().await;
    for n in 1..=20 {
        story.world.advance(Period::seconds(600));
        story.world.put(&run(n, if n <= 10 { 60 } else { 150 }, story.world.core.now())).await;
    }
    let view = story.ada.call(&routes::GET_CI, &SHOP).await.ok();
    let Trend::Slower(slower) = view.summary.trend else { panic!("{:?}", view.summary.trend) };
    assert_eq!((slower.job.as_str(), slower.part), ("unit", Part::Run));
    assert_eq!((slower.step.as_deref(), slower.before, slower.now), (Some("cargo test"), 60, 150));
    assert_eq!(view.summary.points.len(), 20);
    let times: Vec<Timestamp> = view.summary.points.iter().map(|point| point.at).collect();
    assert!(times.is_sorted(), "oldest first");
}

/// A run of commit `n` whose unit job, of one step, took so many seconds.
fn run(n: u64, seconds: u32, registered_at: Timestamp) -> Run {
    let started_at = registered_at - SignedDuration::from_secs(seconds.into());
    let job = Job {
        name: "unit".to_owned(),
        state: CheckState::Passed,
        attempt: 1,
        queued_at: started_at,
        started_at,
        ended_at: Some(registered_at),
        url: None,
        steps: vec![Step { name: "cargo test".to_owned(), seconds }],
    };
    Run {
        service: "shop".parse().unwrap(),
        commit: sha(n),
        title: format!("Change {n}"),
        artifact: testkit::digest(n),
        pushed_at: Some(started_at),
        registered_at,
        jobs: vec![job],
    }
}
