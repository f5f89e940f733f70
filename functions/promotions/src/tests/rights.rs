//! Who may do what.

use api::ProblemKind;
use api::promotion::{CreatePromotion, RollBackRequest};
use api::routes;
use api::service::AnnounceArtifact;
use domain::access::{Grant, Permission, Role, TokenScope};
use testkit::{sha, user};

use super::story::Story;

#[tokio::test]
async fn a_viewer_sees_everything_and_every_button_says_why_it_is_disabled() {
    let mut story = Story::new().await;
    story.change(1).await;
    story.settle().await;
    let eve = story.ada.as_user("eve", Role::Viewer);
    let view = eve.call(&routes::GET_SERVICE, &["shop"]).await.ok();
    let lane = &view.row.environments[1];
    for action in [&lane.promote, &lane.change_hold, &lane.waiting[0].cancel] {
        assert!(action.refused.is_some());
    }
    let path = ["shop", "production"];
    eve.call(&routes::ROLL_BACK, &path)
        .json(&RollBackRequest::default())
        .await
        .problem(ProblemKind::Forbidden);
}

#[tokio::test]
async fn a_developer_of_staging_does_not_promote_to_production() {
    let mut story = Story::new().await;
    story.change(1).await;
    story.settle().await;
    let environment = Some("staging".parse().unwrap());
    let grants = vec![Grant { role: Role::Developer, team: None, environment }];
    let dan = story.ada.as_person(testkit_user(grants));
    let promote = CreatePromotion {
        service: "shop".parse().unwrap(),
        environment: "production".parse().unwrap(),
        artifact: None,
    };
    dan.call(&routes::CREATE_PROMOTION, &[]).json(&promote).await.problem(ProblemKind::Forbidden);
}

fn testkit_user(grants: Vec<Grant>) -> domain::access_records::User {
    domain::access_records::User { grants, ..user("dan", Role::Viewer) }
}

#[tokio::test]
async fn a_token_for_one_service_that_may_push_does_only_that() {
    let story = Story::new().await;
    story.ada.call(&routes::GET_OVERVIEW, &[]).await.ok();
    let scope = |service: &str| TokenScope {
        permissions: vec![Permission::PushArtifact],
        service: Some(service.parse().unwrap()),
        ..TokenScope::default()
    };
    let announce = AnnounceArtifact { digest: testkit::digest(1), size: 1, commit: sha(1) };
    let own = story.ada.as_token(&story.world.token("ada", scope("shop")).await);
    own.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&announce).await.ok();
    own.call(&routes::GET_SERVICE, &["shop"]).await.problem(ProblemKind::Forbidden);
    let other = story.ada.as_token(&story.world.token("ada", scope("bank")).await);
    other.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&announce).await.problem(ProblemKind::Forbidden);
}
