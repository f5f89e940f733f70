//! Several services promote together, in order, and go back together in reverse.

use api::ProblemKind;
use api::promotion::{CreatePromotion, SetLock};
use api::routes;
use api::service::{AnnounceArtifact, ApplyService, CompleteArtifact};
use api::train::{CarPhase, CreateCar, CreateTrain, RollBackTrain, TrainPhase, TrainView};
use domain::analysis::Measured;
use domain::check::CheckState;
use domain::{Digest, Period};
use testkit::sha;

use super::story::Story;

const SERVICES: [&str; 3] = ["cart", "pay", "mail"];

fn manifest(service: &str) -> String {
    format!(
        r#"[service]
name = "{service}"
team = "shop"
repository = "github:acme/shop"

[[environment]]
name = "production"
promote = "manual"
target = {{ kind = "process", command = ["./{service}"] }}
steps = [{{ weight = 50, bake = "1m" }}, {{ weight = 100 }}]
rollback_when = {{ error_rate = 0.02 }}
"#
    )
}

/// Three services of one repository, of which change 1 runs and change 2 is built.
async fn three() -> (Story, [Digest; 3], [Digest; 3]) {
    let mut story = Story::without_service().await;
    for service in SERVICES {
        let apply = ApplyService { manifest: manifest(service) };
        story.ada.call(&routes::PUT_SERVICE, &[service]).json(&apply).await.ok();
    }
    let old = change(&mut story, 1).await;
    for service in SERVICES {
        let body = CreatePromotion {
            service: service.parse().unwrap(),
            environment: "production".parse().unwrap(),
            artifact: None,
        };
        story.ada.call(&routes::CREATE_PROMOTION, &[]).json(&body).await.ok();
    }
    story.settle().await;
    story.pass(Period::seconds(61)).await;
    assert_eq!(runs(&story).await, old);
    let new = change(&mut story, 2).await;
    (story, old, new)
}

async fn change(story: &mut Story, n: u64) -> [Digest; 3] {
    story.push(n).await;
    story.check(n, CheckState::Passed).await;
    let mut built = Vec::new();
    for service in SERVICES {
        let bytes = format!("{service} {n}").into_bytes();
        let digest = testkit::digest_of(&bytes);
        let announce = AnnounceArtifact { digest, size: bytes.len().try_into().unwrap(), commit: sha(n) };
        story.ada.call(&routes::ANNOUNCE_ARTIFACT, &[service]).json(&announce).await.ok();
        story.world.artifacts.upload(&digest, &bytes);
        let path = digest.to_string();
        let complete = CompleteArtifact { service: service.parse().unwrap() };
        story.ada.call(&routes::COMPLETE_ARTIFACT, &[path.as_str()]).json(&complete).await.ok();
        story.measure(&digest, 1_000, 0);
        built.push(digest);
    }
    story.settle().await;
    built.try_into().unwrap()
}

async fn runs(story: &Story) -> [Digest; 3] {
    let mut runs = Vec::new();
    for service in SERVICES {
        let view = story.ada.call(&routes::GET_SERVICE, &[service]).await.ok();
        runs.push(view.row.environments[0].running.as_ref().unwrap().release.artifact);
    }
    runs.try_into().unwrap()
}

fn train_of(services: &[&str]) -> CreateTrain {
    let cars = services.iter().map(|service| CreateCar { service: service.parse().unwrap(), artifact: None });
    CreateTrain {
        name: Some("checkout v2".to_owned()),
        environment: "production".parse().unwrap(),
        cars: cars.collect(),
    }
}

async fn create(story: &Story) -> TrainView {
    let train = story.ada.call(&routes::CREATE_TRAIN, &[]).json(&train_of(&SERVICES)).await.ok();
    story.settle().await;
    train
}

async fn get(story: &Story, train: &TrainView) -> TrainView {
    let id = train.id.to_string();
    story.ada.call(&routes::GET_TRAIN, &[id.as_str()]).await.ok()
}

fn phases(train: &TrainView) -> [CarPhase; 3] {
    train.cars.iter().map(|car| car.phase).collect::<Vec<_>>().try_into().unwrap()
}

#[tokio::test]
async fn a_train_promotes_one_service_after_the_other() {
    let (story, old, new) = three().await;
    let train = create(&story).await;
    let seen = get(&story, &train).await;
    assert_eq!(phases(&seen), [CarPhase::Rolling, CarPhase::Waiting, CarPhase::Waiting]);
    let second = seen.cars[1].promotion.unwrap();
    let waits = story.promotion(second).await.summary.waits_for;
    assert_eq!(waits, [format!("waits for train {}: cart goes first", train.id)]);
    for _ in 0..2 {
        story.pass(Period::seconds(70)).await;
    }
    let seen = get(&story, &train).await;
    assert_eq!(phases(&seen)[0], CarPhase::Promoted);
    assert_eq!(seen.cars[0].replaces.as_ref().map(|release| release.artifact), Some(old[0]));
    for _ in 0..4 {
        story.pass(Period::seconds(70)).await;
    }
    assert_eq!(get(&story, &train).await.phase, TrainPhase::Done);
    assert_eq!(runs(&story).await, new);
    let told: Vec<String> =
        story.world.all_events().await.iter().map(|event| event.body.sentence()).collect();
    let told: Vec<&String> = told.iter().filter(|line| line.starts_with("train")).collect();
    insta::assert_debug_snapshot!(told, @r#"
    [
        "train checkout v2 put together for production: cart, then pay, then mail",
        "train checkout v2 left for production",
        "train checkout v2 has promoted every service in production",
    ]
    "#);
}

#[tokio::test]
async fn a_train_tells_the_decision_that_one_of_its_services_waits_for() {
    let (story, _, new) = three().await;
    story.measure(&new[0], 3, 0);
    let train = create(&story).await;
    for _ in 0..4 {
        story.pass(Period::seconds(70)).await;
    }
    let seen = get(&story, &train).await;
    assert_eq!(phases(&seen), [CarPhase::Rolling, CarPhase::Waiting, CarPhase::Waiting]);
    let asked = &seen.cars[0].waits_for;
    assert!(asked[0].starts_with("waits for a decision: only 3 of "), "{asked:?}");
    assert!(seen.cars[1].waits_for.is_empty());
}

#[tokio::test]
async fn a_service_that_fails_its_users_takes_the_whole_train_back() {
    let (story, old, new) = three().await;
    story.world.signals.set(new[1], Measured { requests: 1_000, errors: 300, ..Measured::default() });
    let train = create(&story).await;
    for _ in 0..6 {
        story.pass(Period::seconds(70)).await;
    }
    let seen = get(&story, &train).await;
    assert_eq!(seen.phase, TrainPhase::RolledBack);
    assert_eq!(phases(&seen), [CarPhase::Back, CarPhase::Ended, CarPhase::Ended]);
    assert!(seen.reason.unwrap().starts_with("pay: 30.0 % of requests fail"));
    assert_eq!(runs(&story).await, old);
    story.pass(Period::seconds(120)).await;
    assert_eq!(runs(&story).await, old, "and nothing brings a part of it back");
}

#[tokio::test]
async fn a_train_leaves_when_every_lock_is_lifted_and_can_be_stopped_on_its_way() {
    let (story, old, _) = three().await;
    let place = ["mail", "production"];
    let lock = SetLock { reason: "audit".to_owned(), until: None };
    story.ada.call(&routes::SET_LOCK, &place).json(&lock).await.ok();
    let train = create(&story).await;
    story.pass(Period::seconds(60)).await;
    let seen = get(&story, &train).await;
    assert_eq!((seen.phase, phases(&seen)), (TrainPhase::Waiting, [CarPhase::Waiting; 3]));
    assert_eq!(seen.cars[2].waits_for, ["locked by ada until they unlock it: audit"]);
    story.ada.call(&routes::LIFT_LOCK, &place).await.ok();
    story.settle().await;
    story.pass(Period::seconds(70)).await;
    story.pass(Period::seconds(5)).await;
    assert_eq!(
        phases(&get(&story, &train).await),
        [CarPhase::Promoted, CarPhase::Rolling, CarPhase::Waiting]
    );
    let id = train.id.to_string();
    story.ada.call(&routes::CANCEL_TRAIN, &[id.as_str()]).await.ok();
    story.pass(Period::seconds(20)).await;
    let seen = get(&story, &train).await;
    assert_eq!((seen.phase, seen.reason.as_deref()), (TrainPhase::RolledBack, Some("cancelled by ada")));
    assert_eq!(runs(&story).await, old);
    story.ada.call(&routes::CANCEL_TRAIN, &[id.as_str()]).await.problem(ProblemKind::Conflict);
}

#[tokio::test]
async fn one_command_takes_a_whole_train_back_after_it_was_done() {
    let (story, old, new) = three().await;
    let train = create(&story).await;
    for _ in 0..6 {
        story.pass(Period::seconds(70)).await;
    }
    assert_eq!(runs(&story).await, new);
    let id = train.id.to_string();
    let body = RollBackTrain { reason: Some("customers cannot pay".to_owned()) };
    let dee = story.ada.as_user("dee", domain::access::Role::Viewer);
    dee.call(&routes::ROLL_BACK_TRAIN, &[id.as_str()]).json(&body).await.problem(ProblemKind::Forbidden);
    story.ada.call(&routes::ROLL_BACK_TRAIN, &[id.as_str()]).json(&body).await.ok();
    story.pass(Period::seconds(20)).await;
    let seen = get(&story, &train).await;
    assert_eq!((seen.phase, phases(&seen)), (TrainPhase::RolledBack, [CarPhase::Back; 3]));
    assert_eq!(runs(&story).await, old);
    story.ada.call(&routes::ROLL_BACK_TRAIN, &[id.as_str()]).json(&body).await.problem(ProblemKind::Conflict);
    let requests = story.world.deployer.requests();
    let order: Vec<&str> = requests.iter().rev().map(|request| request.service.as_str()).collect();
    let mut order: Vec<&str> = order.into_iter().take(6).collect();
    order.dedup();
    assert_eq!(order, ["cart", "pay", "mail"], "the last one first, seen from the end");
    let all = story.ada.call(&routes::LIST_TRAINS, &[]).await.ok();
    assert_eq!(all.items.len(), 1);
}

#[tokio::test]
async fn a_train_that_makes_no_sense_is_refused_with_what_is_wrong() {
    let (story, _, _) = three().await;
    let refused = async |train: CreateTrain| {
        let answer = story.ada.call(&routes::CREATE_TRAIN, &[]).json(&train).await;
        let problem = answer.problem(ProblemKind::InvalidRequest);
        format!("{}: {}", problem.errors[0].pointer, problem.errors[0].detail)
    };
    insta::assert_snapshot!(refused(train_of(&["cart"])).await, @"/cars: a train takes 2 to 20 services, not 1");
    insta::assert_snapshot!(refused(train_of(&["cart", "pay", "cart"])).await, @"/cars/2/service: cart is in the train already");
    story
        .ada
        .call(&routes::CREATE_TRAIN, &[])
        .json(&train_of(&["cart", "shop"]))
        .await
        .problem(ProblemKind::NotFound);
    create(&story).await;
    let again = refused(train_of(&["cart", "pay"])).await;
    assert!(again.starts_with("/cars/0: cart: it goes with train trn_"), "{again}");
}
