//! Locks, freezes, agreement bound to what ships, and emergencies.

use api::ProblemKind;
use api::overview::LaneView;
use api::promotion::{ApprovePromotion, AskOverride, ConfirmOverride, Phase, RollBackRequest, SetLock};
use api::routes;
use api::service::ApplyService;
use domain::access::Role;
use domain::rollout::FailureReport;
use domain::{Period, PromotionId};
use testkit::{Client, manifest, user};

use super::story::Story;

const PRODUCTION: [&str; 2] = ["shop", "production"];

fn lock(reason: &str, until: Option<&str>) -> SetLock {
    SetLock { reason: reason.to_owned(), until: until.map(|until| until.parse().unwrap()) }
}

async fn waits_for(story: &Story, id: PromotionId) -> String {
    story.promotion(id).await.summary.waits_for.join("\n")
}

/// Change 1 has soaked in staging and waits in production.
async fn soaked(story: &mut Story) -> PromotionId {
    let digest = story.change(1).await;
    story.measure(&digest, 1_000, 0);
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    story.lane("production").await.waiting[0].id
}

#[tokio::test]
async fn a_lock_ends_by_itself_at_its_time_and_nobody_gets_past_it_before() {
    let mut story = Story::new().await;
    story
        .ada
        .call(&routes::SET_LOCK, &PRODUCTION)
        .json(&lock("audit", Some("2026-11-23T10:00:00Z")))
        .await
        .ok();
    let id = soaked(&mut story).await;
    let waiting = story.promotion(id).await.summary;
    story.approve(&waiting).await;
    story.settle().await;
    insta::assert_snapshot!(waits_for(&story, id).await, @"locked by ada until 2026-11-23 10:00:00Z: audit");
    let lane = story.lane("production").await;
    let shown = lane.lock.unwrap();
    assert_eq!((shown.owner.as_str(), shown.unlock.is_allowed()), ("ada", true));
    let gate = story.promotion(id).await.gates.into_iter().find(|gate| gate.gate == "lock").unwrap();
    assert_eq!(gate.opens_at, shown.until);
    story.pass(Period::seconds(3_600)).await;
    assert_eq!(story.phase(id).await, Phase::Baking);
    assert!(story.lane("production").await.lock.is_none());
}

#[tokio::test]
async fn a_lock_with_nothing_waiting_ends_too_and_the_log_says_so() {
    let story = Story::new().await;
    story
        .ada
        .call(&routes::SET_LOCK, &PRODUCTION)
        .json(&lock("audit", Some("2026-11-23T09:01:00Z")))
        .await
        .ok();
    story.pass(Period::seconds(70)).await;
    let told: Vec<String> =
        story.world.all_events().await.iter().map(|event| event.body.sentence()).collect();
    let told: Vec<&String> = told.iter().filter(|line| line.contains("locked")).collect();
    insta::assert_debug_snapshot!(told, @r#"
    [
        "production locked until 2026-11-23 09:01:00Z: audit",
        "production unlocked: its time was over",
    ]
    "#);
}

#[tokio::test]
async fn only_the_owner_or_an_operator_unlocks() {
    let story = Story::new().await;
    let dee = story.ada.as_user("dee", Role::Developer);
    let eve = story.ada.as_user("eve", Role::Developer);
    dee.call(&routes::SET_LOCK, &PRODUCTION).json(&lock("audit", None)).await.ok();
    let refused = eve.call(&routes::LIFT_LOCK, &PRODUCTION).await.problem(ProblemKind::Forbidden).detail;
    insta::assert_snapshot!(refused, @"it is locked by dee: only they, or an operator, may change or lift that lock. Nothing was changed.");
    eve.call(&routes::SET_LOCK, &PRODUCTION).json(&lock("mine", None)).await.problem(ProblemKind::Forbidden);
    let seen = eve.call(&routes::GET_SERVICE, &["shop"]).await.ok().row.environments;
    let unlock = |lanes: Vec<LaneView>| lanes[1].lock.clone().unwrap().unlock.refused;
    insta::assert_snapshot!(unlock(seen).unwrap(), @"only dee, or an operator, may lift this lock");
    story.ada.as_user("opa", Role::Operator).call(&routes::LIFT_LOCK, &PRODUCTION).await.ok();
    dee.call(&routes::LIFT_LOCK, &PRODUCTION).await.problem(ProblemKind::Conflict);
    let over = lock("late", Some("2026-11-23T08:00:00Z"));
    dee.call(&routes::SET_LOCK, &PRODUCTION).json(&over).await.problem(ProblemKind::InvalidRequest);
    dee.call(&routes::SET_LOCK, &PRODUCTION)
        .json(&lock(" ", None))
        .await
        .problem(ProblemKind::InvalidRequest);
}

async fn apply(story: &Story, change: (&str, &str)) {
    let text = manifest("shop").replace(change.0, change.1);
    assert_ne!(text, manifest("shop"));
    story.ada.call(&routes::PUT_SERVICE, &["shop"]).json(&ApplyService { manifest: text }).await.ok();
    story.settle().await;
}

const GATES: &str = r#"gates = { soak = "10m", approvals = { count = 1, not_author = true } }"#;

#[tokio::test]
async fn a_freeze_names_the_moment_at_which_it_opens_and_opens_then_but_never_stops_a_rollback() {
    let mut story = Story::new().await;
    story.ship(1).await;
    story.ship(2).await;
    story.change(3).await;
    story.settle().await;
    story.pass(Period::seconds(601)).await;
    let frozen = r#"gates = { soak = "10m", freeze = [{ rule = "FREQ=WEEKLY;BYDAY=MO", from = "00:00", to = "12:00", zone = "Europe/Berlin", reason = "trade fair" }] }"#;
    // What waits goes by the manifest as it is now: it needs no approval any more.
    apply(&story, (GATES, frozen)).await;
    let id = story.lane("production").await.waiting[0].id;
    story.pass(Period::seconds(31)).await;
    insta::assert_snapshot!(waits_for(&story, id).await, @"frozen until Mon 2026-11-23 12:00 Europe/Berlin (2026-11-23 11:00:00Z): trade fair");
    let freeze = story.lane("production").await.freeze.unwrap();
    assert_eq!(freeze.until, "2026-11-23T11:00:00Z".parse().ok());

    let back = story.ada.call(&routes::ROLL_BACK, &PRODUCTION).json(&RollBackRequest::default()).await.ok();
    story.settle().await;
    assert_eq!(story.phase(back.id).await, Phase::Done);
    story.ada.call(&routes::LIFT_HOLD, &PRODUCTION).await.ok();
    let left = freeze.until.unwrap().as_second() - story.world.core.now().as_second();
    story.pass(Period::seconds(u32::try_from(left - 1).unwrap())).await;
    story.pass(Period::seconds(2)).await;
    assert_ne!(story.phase(id).await, Phase::Waiting);
}

#[tokio::test]
async fn an_approval_is_void_once_production_or_the_manifest_changed_and_a_stale_look_is_refused() {
    let mut story = Story::new().await;
    story.ship(1).await;
    story.ship(2).await;
    story.change(3).await;
    story.settle().await;
    apply(&story, ("count = 1", "count = 2")).await;
    story.pass(Period::seconds(601)).await;
    let waiting = story.lane("production").await.waiting[0].clone();
    story.approve(&waiting).await;
    story.ada.call(&routes::ROLL_BACK, &PRODUCTION).json(&RollBackRequest::default()).await.ok();
    story.settle().await;
    let view = story.promotion(waiting.id).await;
    insta::assert_snapshot!(view.summary.waits_for.join("\n"), @r"
    waits for approval: 0 of 2, not by bob; ada could; ada's approval is void, the environment runs another release by now
    held by ada: rolled back to f704638b: no reason given; resume the environment to go on
    ");
    assert_eq!(view.approvals[0].void.as_deref(), Some("the environment runs another release by now"));
    let body = ApprovePromotion { diff: waiting.diff };
    let id = waiting.id.to_string();
    let stale = story.ada.call(&routes::APPROVE_PROMOTION, &[id.as_str()]).json(&body).await;
    insta::assert_snapshot!(stale.problem(ProblemKind::Conflict).detail, @"what you looked at has changed: the environment runs another release by now. Look at what ships now, and then decide again. Nothing was changed.");
    apply(&story, ("weight = 10,", "weight = 20,")).await;
    story.pass(Period::seconds(31)).await;
    let body = ApprovePromotion { diff: view.summary.diff };
    let stale = story.ada.call(&routes::APPROVE_PROMOTION, &[id.as_str()]).json(&body).await;
    insta::assert_snapshot!(stale.problem(ProblemKind::Conflict).detail, @"what you looked at has changed: the manifest changed how it is run or when. Look at what ships now, and then decide again. Nothing was changed.");
}

#[tokio::test]
async fn only_the_team_may_approve_and_the_gate_names_who_could() {
    let mut story = Story::new().await;
    let of_shop = |login: &str| domain::access_records::User {
        teams: vec!["shop".parse().unwrap()],
        ..user(login, Role::Developer)
    };
    let people: Vec<Client> = ["bob", "mia", "tom"].map(|login| story.ada.as_person(of_shop(login))).into();
    for person in people.iter().chain([&story.ada.as_user("eve", Role::Developer)]) {
        person.call(&routes::GET_OVERVIEW, &[]).await.ok();
    }
    apply(&story, ("count = 1", r#"count = 2, from = "shop""#)).await;
    let id = soaked(&mut story).await;
    insta::assert_snapshot!(waits_for(&story, id).await, @"waits for approval from shop: 0 of 2, not by bob; mia, tom could");
    let gates = story.promotion(id).await.gates;
    let gate = gates.iter().find(|gate| gate.gate == "approvals").unwrap();
    assert_eq!(gate.people.iter().map(|login| login.as_str()).collect::<Vec<_>>(), ["mia", "tom"]);
    let body = ApprovePromotion { diff: story.promotion(id).await.summary.diff };
    let (text, call) = (id.to_string(), &routes::APPROVE_PROMOTION);
    let refused = story.ada.call(call, &[text.as_str()]).json(&body).await.problem(ProblemKind::Forbidden);
    insta::assert_snapshot!(refused.detail, @"approvals must come from team shop, and you are not in it. Nothing was changed.");
    people[0].call(call, &[text.as_str()]).json(&body).await.problem(ProblemKind::Forbidden);
    people[1].call(call, &[text.as_str()]).json(&body).await.ok();
    insta::assert_snapshot!(waits_for(&story, id).await, @"waits for approval from shop: 1 of 2, not by bob; tom could");
    people[2].call(call, &[text.as_str()]).json(&body).await.ok();
    story.settle().await;
    assert_ne!(story.phase(id).await, Phase::Waiting);
}

#[tokio::test]
async fn production_waits_while_staging_is_not_healthy() {
    let mut story = Story::new().await;
    let id = soaked(&mut story).await;
    let artifact = story.promotion(id).await.summary.release.artifact;
    let report = FailureReport { summary: "killed by signal 9".to_owned(), ..FailureReport::default() };
    story.world.deployer.exit(&artifact, &report);
    story.pass(Period::seconds(31)).await;
    insta::assert_snapshot!(waits_for(&story, id).await, @r"
    waits until staging is healthy: killed by signal 9
    waits for approval: 0 of 1, not by bob; ada could
    ");
}

#[tokio::test]
async fn an_emergency_takes_two_people_and_shows_exactly_what_was_passed() {
    let mut story = Story::new().await;
    story.ada.call(&routes::SET_LOCK, &PRODUCTION).json(&lock("audit", None)).await.ok();
    story.change(1).await;
    story.settle().await;
    let waiting = story.lane("production").await.waiting[0].clone();
    let id = waiting.id.to_string();
    let path = [id.as_str()];
    let ask = AskOverride { reason: "customers cannot pay".to_owned() };
    let confirm = ConfirmOverride { diff: waiting.diff };
    let mia = story.ada.as_user("mia", Role::Developer);
    mia.call(&routes::CONFIRM_OVERRIDE, &path).json(&confirm).await.problem(ProblemKind::Conflict);
    story.ada.call(&routes::ASK_OVERRIDE, &path).json(&ask).await.ok();
    let own = story.ada.call(&routes::CONFIRM_OVERRIDE, &path).json(&confirm).await;
    insta::assert_snapshot!(own.problem(ProblemKind::Forbidden).detail, @"you asked for it yourself: a second person must confirm. Nothing was changed.");
    let seen = mia.call(&routes::GET_PROMOTION, &path).await.ok().overriding.unwrap();
    assert!(seen.confirm.unwrap().is_allowed());
    mia.call(&routes::CONFIRM_OVERRIDE, &path).json(&confirm).await.ok();
    story.settle().await;
    let view = story.promotion(waiting.id).await;
    assert_eq!(view.summary.phase, Phase::Baking);
    let emergency = view.overriding.unwrap();
    assert_eq!(emergency.confirmed_by.unwrap().as_str(), "mia");
    insta::assert_snapshot!(emergency.overrode.join("\n"), @r"
    soaks in staging until 2026-11-23 09:10:01Z
    waits for approval: 0 of 1, not by bob; ada, mia could
    locked by ada until they unlock it: audit
    ");
    let passed: Vec<&str> =
        view.gates.iter().filter(|gate| gate.overridden).map(|gate| gate.gate.as_str()).collect();
    assert_eq!(passed, ["soak", "approvals", "lock"]);
    let told: Vec<String> =
        story.world.all_events().await.iter().map(|event| event.body.sentence()).collect();
    let told: Vec<&String> = told.iter().filter(|line| line.contains("overrid")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|line| line.contains("customers cannot pay")));
}
