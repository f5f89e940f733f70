//! Services are declared, and mistakes are answered with their line.

use api::ProblemKind;
use api::routes;
use api::service::ApplyService;
use testkit::manifest;

use super::story::Story;

fn apply(text: impl Into<String>) -> ApplyService {
    ApplyService { manifest: text.into() }
}

#[tokio::test]
async fn a_service_is_declared_once_however_often_its_manifest_is_applied() {
    let story = Story::without_service().await;
    let first = story.ada.call(&routes::PUT_SERVICE, &["shop"]).json(&apply(manifest("shop"))).await.ok();
    let again = story.ada.call(&routes::PUT_SERVICE, &["shop"]).json(&apply(manifest("shop"))).await.ok();
    assert_eq!((first.revision, first.changed), (1, true));
    assert_eq!((again.revision, again.changed), (1, false));
    let changed = manifest("shop").replace("soak = \"10m\"", "soak = \"20m\"");
    let third = story.ada.call(&routes::PUT_SERVICE, &["shop"]).json(&apply(changed)).await.ok();
    assert_eq!(third.revision, 2);
}

#[tokio::test]
async fn a_manifest_that_changed_since_it_was_read_is_not_replaced() {
    let story = Story::without_service().await;
    let put = || story.ada.call(&routes::PUT_SERVICE, &["shop"]);
    put().json(&apply(manifest("shop"))).await.ok();
    let read = story.ada.call(&routes::GET_SERVICE, &["shop"]).await;
    let stale = read.header("etag").unwrap().to_owned();
    let theirs = manifest("shop").replace("soak = \"10m\"", "soak = \"20m\"");
    put().json(&apply(theirs.clone())).await.ok();
    let mine = manifest("shop").replace("soak = \"10m\"", "soak = \"30m\"");
    put()
        .header("if-match", &stale)
        .json(&apply(mine.clone()))
        .await
        .problem(ProblemKind::PreconditionFailed);
    let read = story.ada.call(&routes::GET_SERVICE, &["shop"]).await;
    assert_eq!((read.ok().manifest, read.ok().revision), (theirs, 2));
    let fresh = read.header("etag").unwrap().to_owned();
    assert_eq!(put().header("if-match", &fresh).json(&apply(mine)).await.ok().revision, 3);
}

#[tokio::test]
async fn a_target_that_runs_elsewhere_is_refused_with_its_environment_and_nothing_is_changed() {
    let story = Story::without_service().await;
    let elsewhere = manifest("shop").replacen(
        r#"target = { kind = "process", command = ["./shop"] }
steps"#,
        r#"target = { kind = "lambda", function = "shop" }
steps"#,
        1,
    );
    let put = || story.ada.call(&routes::PUT_SERVICE, &["shop"]);
    let problem = put().json(&apply(elsewhere)).await.problem(ProblemKind::InvalidRequest);
    let told: Vec<String> =
        problem.errors.iter().map(|error| format!("{}: {}", error.pointer, error.detail)).collect();
    insta::assert_snapshot!(told.join("\n"), @"/environment/1/target: `production` cannot be reached: a fake runs no `lambda`; declare a `process`");
    story.ada.call(&routes::GET_SERVICE, &["shop"]).await.problem(ProblemKind::NotFound);
}

#[tokio::test]
async fn every_mistake_in_a_manifest_is_answered_with_its_line() {
    let story = Story::without_service().await;
    let text = manifest("shop")
        .replace("promote = \"auto\"", "promte = \"auto\"")
        .replace("weight = 10", "weight = 110");
    let problem = story
        .ada
        .call(&routes::PUT_SERVICE, &["shop"])
        .json(&apply(text))
        .await
        .problem(ProblemKind::InvalidRequest);
    let places: Vec<_> = problem.errors.iter().map(|error| (error.line, error.pointer.as_str())).collect();
    assert_eq!(
        places[..2],
        [(Some(12), "/environment/0/promte"), (Some(19), "/environment/1/steps/0/weight")]
    );
    story.ada.call(&routes::GET_SERVICE, &["shop"]).await.problem(ProblemKind::NotFound);
}

#[tokio::test]
async fn a_manifest_is_applied_under_its_own_name_and_with_a_connection_that_exists() {
    let story = Story::without_service().await;
    let other_name = story.ada.call(&routes::PUT_SERVICE, &["store"]).json(&apply(manifest("shop"))).await;
    insta::assert_snapshot!(other_name.problem(ProblemKind::InvalidRequest).errors[0].detail, @"the file declares `shop`, but it is applied as `store`");
    let text = manifest("shop").replace("github:acme", "gitea:acme");
    let other_host = story.ada.call(&routes::PUT_SERVICE, &["shop"]).json(&apply(text)).await;
    insta::assert_snapshot!(other_host.problem(ProblemKind::InvalidRequest).errors[0].detail, @"there is no connection `gitea`: add it first with `keelson connection add`");
}

#[tokio::test]
async fn an_environment_in_which_something_runs_does_not_just_disappear() {
    let mut story = Story::new().await;
    story.change(1).await;
    story.settle().await;
    let text = manifest("shop").replace("name = \"staging\"", "name = \"test\"");
    let answer = story.ada.call(&routes::PUT_SERVICE, &["shop"]).json(&apply(text)).await;
    insta::assert_snapshot!(answer.problem(ProblemKind::InvalidRequest).errors[0].detail, @"`staging` is missing, but something runs there: keep it in the file");
}

#[tokio::test]
async fn the_overview_of_an_empty_installation_is_calm() {
    let story = Story::without_service().await;
    let overview = story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    insta::assert_json_snapshot!(overview);
}
