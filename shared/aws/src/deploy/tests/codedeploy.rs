//! An alias that CodeDeploy moves.

use domain::Period;
use testkit::aws::Alarm;

use super::*;

const SHIFTED: &str = r#"{"kind": "lambda", "function": "shop", "codedeploy": {"application": "shop", "group": "live",
    "config": "CodeDeployDefault.LambdaCanary10Percent5Minutes"}}"#;

/// Artifact 1 serves, by request 1.
async fn shop() -> Rig {
    let rig = Rig::new(SHIFTED).await;
    rig.aws.group("shop", "live");
    rig.apply(1, &[(rig.build(1), 100)]).await.unwrap();
    rig
}

fn serves(rig: &Rig) -> Vec<(String, u8)> {
    let view = rig.aws.alias("shop", "live").unwrap();
    view.serves.into_iter().map(|(version, _, percent)| (version, percent)).collect()
}

fn version(number: &str, percent: u8) -> (String, u8) {
    (number.to_owned(), percent)
}

fn deployments(rig: &Rig) -> String {
    rig.aws.deployments("shop", "live").join("\n")
}

/// All traffic to artifact 2, with artifact 1 kept ready.
async fn promote(rig: &Rig) -> Result<(), TargetError> {
    rig.apply(2, &[(rig.build(2), 100), (rig.build(1), 0)]).await
}

#[tokio::test]
async fn codedeploy_shifts_the_alias_and_its_end_settles_the_request() {
    let rig = shop().await;
    assert_eq!(deployments(&rig), "", "there was nothing to shift from");
    promote(&rig).await.unwrap();
    let (first, second) = (rig.build(1), rig.build(2));
    let weights = BTreeMap::from([(second, 10), (first, 90)]);
    assert_eq!(rig.seen().await, (2, TargetPhase::Applying, weights));
    rig.world.advance(Period::seconds(300));
    assert_eq!(rig.seen().await, (2, TargetPhase::Settled, BTreeMap::from([(second, 100)])));
    rig.apply(3, &[(second, 100)]).await.unwrap();
    assert_eq!(rig.seen().await, (3, TargetPhase::Settled, BTreeMap::from([(second, 100)])));
    insta::assert_snapshot!(deployments(&rig), @"keelson shop/production #2: Succeeded by user");
}

#[tokio::test]
async fn whoever_is_killed_between_any_two_calls_leaves_one_deployment() {
    let check = async |rig: &Rig| {
        assert_eq!(deployments(rig), "keelson shop/production #2: InProgress by user");
        assert_eq!(serves(rig), [version("1", 90), version("2", 10)]);
        assert_eq!(rig.seen().await.0, 2);
        rig.world.advance(Period::seconds(300));
        promote(rig).await.unwrap();
        assert_eq!(deployments(rig), "keelson shop/production #2: Succeeded by user");
    };
    let calls = stopped_at_every_call(shop, promote, check).await;
    assert!(calls >= 10, "a new release takes {calls} calls");
}

#[tokio::test]
async fn an_alarm_stops_a_deployment_and_what_codedeploy_takes_back_is_adopted() {
    let rig = shop().await;
    promote(&rig).await.unwrap();
    rig.aws.set_alarm("shop", "live", Alarm::Active);
    insta::assert_snapshot!(rig.failure().await, @"an alarm stopped CodeDeploy's deployment d-000000022: One or more alarms have been activated");
    let first = rig.build(1);
    assert_eq!(rig.seen().await.2, BTreeMap::from([(first, 100)]));
    rig.apply(3, &[(first, 100)]).await.unwrap();
    assert_eq!(rig.seen().await, (3, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
    insta::assert_snapshot!(deployments(&rig), @"
    keelson shop/production #2: Stopped by user
    : Succeeded by codeDeployRollback
    ");
}

#[tokio::test]
async fn a_rollback_is_at_once_and_not_stopped_by_the_alarm_that_went_off() {
    let rig = shop().await;
    promote(&rig).await.unwrap();
    rig.world.advance(Period::seconds(300));
    let (first, second) = (rig.build(1), rig.build(2));
    rig.apply(3, &[(second, 100)]).await.unwrap();
    rig.aws.set_alarm("shop", "live", Alarm::Active);
    rig.apply(4, &[(first, 100), (second, 0)]).await.unwrap();
    assert_eq!(rig.seen().await, (4, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
    insta::assert_snapshot!(deployments(&rig), @"
    keelson shop/production #2: Succeeded by user
    keelson shop/production #4: Succeeded by user
    ");
}

#[tokio::test]
async fn a_version_that_was_taken_back_gets_all_traffic_at_once_no_more_than_a_new_one() {
    let rig = shop().await;
    promote(&rig).await.unwrap();
    rig.aws.set_alarm("shop", "live", Alarm::Active);
    rig.failure().await;
    rig.aws.set_alarm("shop", "live", Alarm::Quiet);
    let (first, second, third) = (rig.build(1), rig.build(2), rig.build(3));
    rig.apply(3, &[(third, 100), (first, 0)]).await.unwrap();
    rig.world.advance(Period::seconds(300));
    assert_eq!(rig.seen().await.2, BTreeMap::from([(third, 100)]));
    rig.apply(4, &[(second, 100), (third, 0)]).await.unwrap();
    assert_eq!(rig.seen().await, (4, TargetPhase::Applying, BTreeMap::from([(second, 10), (third, 90)])));
}

#[tokio::test]
async fn a_rollback_does_not_wait_for_the_deployment_that_is_under_way() {
    let back = async |rig: &Rig| rig.apply(3, &[(rig.build(1), 100)]).await;
    let rolling = async || {
        let rig = shop().await;
        promote(&rig).await.unwrap();
        rig
    };
    let check = async |rig: &Rig| {
        assert_eq!(serves(rig), [version("1", 100)]);
        let weights = BTreeMap::from([(rig.build(1), 100)]);
        assert_eq!(rig.seen().await, (3, TargetPhase::Settled, weights));
        promote(rig).await.unwrap();
        assert_eq!(serves(rig), [version("1", 100)], "an older request is ignored");
    };
    stopped_at_every_call(rolling, back, check).await;
}

#[tokio::test]
async fn a_group_that_somebody_else_uses_is_busy_and_no_failure() {
    let rig = shop().await;
    rig.aws.refuse(
        "CreateDeployment",
        Some((
            400,
            "DeploymentLimitExceededException",
            "The Deployment Group 'live' already has an active Deployment",
        )),
    );
    let busy = promote(&rig).await.unwrap_err();
    insta::assert_snapshot!(busy, @"the target does not answer: group `live` has another deployment under way");
    rig.aws.refuse("CreateDeployment", None);
    promote(&rig).await.unwrap();
    assert_eq!(deployments(&rig), "keelson shop/production #2: InProgress by user");
}

#[tokio::test]
async fn a_group_that_is_not_there_fails_the_request() {
    let rig = Rig::new(SHIFTED).await;
    rig.aws.function("shop", b"made by a template");
    let version = rig.aws.publish_by_hand("shop", b"made by hand");
    rig.aws.point_by_hand("shop", "live", &version);
    rig.apply(1, &[(rig.build(1), 100)]).await.unwrap();
    let view = rig.aws.alias("shop", "live").unwrap();
    insta::assert_snapshot!(view.description, @"keelson shop/production #1 failed: cannot list the deployments of group `live`: ApplicationDoesNotExistException: No Application found for name: live");
    assert_eq!(view.serves.len(), 1, "traffic is where it was");
    assert!(rig.failure().await.starts_with("cannot list the deployments of group `live`"));
}
