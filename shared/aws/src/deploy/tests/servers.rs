//! Servers that CodeDeploy installs releases on.

use domain::Period;
use testkit::aws::Alarm;

use super::*;

const SERVERS: &str = r#"{"kind": "server", "application": "shop", "group": "servers",
    "config": "CodeDeployDefault.OneAtATime"}"#;
/// Longer than the servers take.
const INSTALL: Period = Period::seconds(180);

async fn empty() -> Rig {
    let rig = Rig::new(SERVERS).await;
    rig.aws.group("shop", "servers");
    rig
}

/// Artifact 1 is installed, by request 1, and that is written down by request 2.
async fn shop() -> Rig {
    let rig = empty().await;
    let first = rig.build(1);
    rig.apply(1, &[(first, 100)]).await.unwrap();
    rig.world.advance(INSTALL);
    rig.apply(2, &[(first, 100)]).await.unwrap();
    rig
}

fn deployments(rig: &Rig) -> String {
    rig.aws.deployments("shop", "servers").join("\n")
}

#[tokio::test]
async fn a_release_is_installed_and_a_request_with_nothing_to_install_is_written_down() {
    let rig = empty().await;
    assert_eq!(rig.observe().await, None);
    let (first, second) = (rig.build(1), rig.build(2));
    rig.apply(1, &[(first, 100)]).await.unwrap();
    assert_eq!(rig.seen().await, (1, TargetPhase::Applying, BTreeMap::from([(first, 0)])));
    rig.world.advance(INSTALL);
    assert_eq!(rig.seen().await, (1, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
    rig.apply(2, &[(first, 100)]).await.unwrap();
    assert_eq!(rig.seen().await, (2, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
    rig.apply(3, &[(second, 100), (first, 0)]).await.unwrap();
    assert_eq!(rig.seen().await, (3, TargetPhase::Applying, BTreeMap::from([(second, 0), (first, 100)])));
    rig.world.advance(INSTALL);
    rig.apply(1, &[(first, 100)]).await.unwrap();
    assert_eq!(rig.seen().await, (3, TargetPhase::Settled, BTreeMap::from([(second, 100)])));
    insta::assert_snapshot!(deployments(&rig), @"
    keelson shop/production #1: Succeeded by user
    keelson shop/production #3: Succeeded by user
    ");
}

#[tokio::test]
async fn whoever_is_killed_between_any_two_calls_leaves_one_deployment_of_servers() {
    let install = async |rig: &Rig| rig.apply(3, &[(rig.build(2), 100), (rig.build(1), 0)]).await;
    let check = async |rig: &Rig| {
        rig.world.advance(INSTALL);
        install(rig).await.unwrap();
        assert_eq!(rig.seen().await, (3, TargetPhase::Settled, BTreeMap::from([(rig.build(2), 100)])));
        assert_eq!(rig.aws.deployments("shop", "servers").len(), 2);
    };
    let calls = stopped_at_every_call(shop, install, check).await;
    assert!(calls >= 7, "an installation takes {calls} calls");
}

#[tokio::test]
async fn an_alarm_stops_an_installation_and_not_the_way_back() {
    let rig = shop().await;
    let (first, second) = (rig.build(1), rig.build(2));
    rig.apply(3, &[(second, 100), (first, 0)]).await.unwrap();
    rig.aws.set_alarm("shop", "servers", Alarm::Active);
    insta::assert_snapshot!(rig.failure().await, @"an alarm stopped CodeDeploy's deployment d-000000007: One or more alarms have been activated");
    rig.apply(4, &[(first, 100)]).await.unwrap();
    assert_eq!(rig.seen().await, (4, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
    rig.aws.set_alarm("shop", "servers", Alarm::Quiet);
    rig.apply(5, &[(second, 100), (first, 0)]).await.unwrap();
    rig.world.advance(INSTALL);
    assert_eq!(rig.seen().await.0, 5);
    rig.aws.set_alarm("shop", "servers", Alarm::Active);
    rig.apply(6, &[(first, 100), (second, 0)]).await.unwrap();
    rig.world.advance(INSTALL);
    assert_eq!(rig.seen().await, (6, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
    insta::assert_snapshot!(deployments(&rig), @"
    keelson shop/production #1: Succeeded by user
    keelson shop/production #3: Stopped by user
    : Succeeded by codeDeployRollback
    keelson shop/production #5: Succeeded by user
    keelson shop/production #6: Succeeded by user
    ");
}

#[tokio::test]
async fn a_request_that_cannot_be_is_written_down_with_its_reason() {
    let rig = shop().await;
    rig.apply(3, &[(testkit::digest(9), 100)]).await.unwrap();
    insta::assert_snapshot!(rig.failure().await, @"the bytes of 00000000 are not in the bucket of artifacts");
    rig.apply(4, &[(rig.build(1), 100)]).await.unwrap();
    assert_eq!(rig.seen().await.1, TargetPhase::Settled);
}
