//! An alias whose weights Keelson moves itself.

use super::*;

const LAMBDA: &str = r#"{"kind": "lambda", "function": "shop"}"#;

/// Artifact 1 serves, by request 1.
async fn shop() -> Rig {
    let rig = Rig::new(LAMBDA).await;
    let first = rig.build(1);
    rig.apply(1, &[(first, 100)]).await.unwrap();
    rig
}

/// Where the alias points.
fn serves(rig: &Rig) -> Vec<(String, Digest, u8)> {
    rig.aws.alias("shop", "live").unwrap().serves
}

#[tokio::test]
async fn a_release_is_published_served_and_read_back_by_the_hash_of_its_code() {
    let rig = Rig::new(LAMBDA).await;
    assert_eq!(rig.observe().await, None, "nobody has asked for anything");
    let first = rig.build(1);
    rig.apply(1, &[(first, 100)]).await.unwrap();
    assert_eq!(serves(&rig), [("1".to_owned(), first, 100)]);
    assert_eq!(rig.aws.alias("shop", "live").unwrap().description, "keelson shop/production #1");
    assert_eq!(rig.seen().await, (1, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
    let status = rig.observe().await.unwrap();
    let read = status.releases[0].read_back.clone().unwrap();
    assert_eq!((read.artifact, read.content, read.departs()), (Some(first), first, false));
    insta::assert_snapshot!(rig.aws.calls()[1..10].join(" "), @"GetAlias ListVersionsByFunction GetFunctionConfiguration HeadObject UpdateFunctionCode GetFunctionConfiguration PublishVersion GetFunctionConfiguration CreateAlias");
}

#[tokio::test]
async fn traffic_moves_step_by_step_and_back_and_each_artifact_is_published_once() {
    let rig = shop().await;
    let (first, second) = (rig.build(1), rig.build(2));
    for (sequence, percent) in [(2, 10), (3, 50), (4, 90)] {
        rig.apply(sequence, &[(second, percent), (first, 100 - percent)]).await.unwrap();
        let percent = u8::try_from(percent).unwrap();
        let weights = BTreeMap::from([(second, percent), (first, 100 - percent)]);
        assert_eq!(rig.seen().await, (sequence, TargetPhase::Settled, weights));
    }
    rig.apply(5, &[(second, 100), (first, 0)]).await.unwrap();
    assert_eq!(serves(&rig), [("2".to_owned(), second, 100)]);
    let before = rig.aws.calls().len();
    rig.apply(6, &[(first, 100)]).await.unwrap();
    assert_eq!(serves(&rig), [("1".to_owned(), first, 100)]);
    let back = rig.aws.calls()[before..].join(" ");
    assert_eq!(back, "GetAlias ListVersionsByFunction UpdateAlias", "a rollback has nothing to build");
    rig.apply(7, &[(second, 100)]).await.unwrap();
    assert_eq!((rig.aws.versions("shop"), rig.aws.count("PublishVersion")), (2, 2));
}

#[tokio::test]
async fn a_request_that_comes_again_or_too_late_changes_nothing() {
    let rig = shop().await;
    let (first, second) = (rig.build(1), rig.build(2));
    rig.apply(3, &[(second, 100)]).await.unwrap();
    let writes = |rig: &Rig| rig.aws.count("UpdateAlias") + rig.aws.count("CreateAlias");
    let before = writes(&rig);
    rig.apply(3, &[(second, 100)]).await.unwrap();
    rig.apply(2, &[(second, 10), (first, 90)]).await.unwrap();
    rig.apply(1, &[(first, 100)]).await.unwrap();
    assert_eq!(writes(&rig), before);
    assert_eq!(serves(&rig), [("2".to_owned(), second, 100)]);
}

#[tokio::test]
async fn whoever_is_killed_between_any_two_calls_leaves_one_version_and_the_alias_as_asked() {
    let canary = async |rig: &Rig| rig.apply(2, &[(rig.build(2), 10), (rig.build(1), 90)]).await;
    let check = async |rig: &Rig| {
        let weights = BTreeMap::from([(rig.build(2), 10), (rig.build(1), 90)]);
        assert_eq!(rig.seen().await, (2, TargetPhase::Settled, weights));
        assert_eq!(rig.aws.versions("shop"), 2);
    };
    let calls = stopped_at_every_call(shop, canary, check).await;
    assert!(calls >= 8, "a new release takes {calls} calls");
    let first = async |rig: &Rig| rig.apply(1, &[(rig.build(1), 100)]).await;
    let check = async |rig: &Rig| assert_eq!(serves(rig), [("1".to_owned(), rig.build(1), 100)]);
    stopped_at_every_call(async || Rig::new(LAMBDA).await, first, check).await;
}

#[tokio::test]
async fn whoever_is_killed_while_going_back_is_back_when_asked_again() {
    let rolling = async || {
        let rig = shop().await;
        rig.apply(2, &[(rig.build(2), 50), (rig.build(1), 50)]).await.unwrap();
        rig
    };
    let back = async |rig: &Rig| rig.apply(3, &[(rig.build(1), 100)]).await;
    let check = async |rig: &Rig| {
        assert_eq!(rig.seen().await, (3, TargetPhase::Settled, BTreeMap::from([(rig.build(1), 100)])));
    };
    stopped_at_every_call(rolling, back, check).await;
}

#[tokio::test]
async fn an_update_that_takes_its_time_goes_on_when_asked_again() {
    let rig = shop().await;
    let second = rig.build(2);
    rig.aws.updates_take("shop", domain::Period::seconds(90));
    let unfinished = rig.apply(2, &[(second, 100)]).await.unwrap_err();
    insta::assert_snapshot!(unfinished, @"the target does not answer: an update of function `shop` is still under way");
    assert_eq!(rig.seen().await.0, 1, "nothing has moved yet");
    rig.world.advance(domain::Period::seconds(90));
    rig.apply(2, &[(second, 100)]).await.unwrap();
    assert_eq!(serves(&rig), [("2".to_owned(), second, 100)]);
    assert_eq!(rig.aws.count("UpdateFunctionCode"), 2, "once for each artifact");
}

#[tokio::test]
async fn code_that_lambda_does_not_take_fails_the_request_and_moves_no_traffic() {
    let rig = shop().await;
    let (first, second) = (rig.build(1), rig.build(2));
    rig.aws.updates_fail("shop", Some("the code is larger than 250 MB unzipped"));
    rig.apply(2, &[(second, 10), (first, 90)]).await.unwrap();
    assert_eq!(serves(&rig), [("1".to_owned(), first, 100)]);
    insta::assert_snapshot!(rig.failure().await, @"function `shop` does not take the code: the code is larger than 250 MB unzipped");
    let calls = rig.aws.calls().len();
    rig.apply(2, &[(second, 10), (first, 90)]).await.unwrap();
    assert_eq!(rig.aws.calls().len(), calls + 1, "what has failed is not tried again");
    rig.apply(3, &[(first, 100)]).await.unwrap();
    assert_eq!(rig.seen().await, (3, TargetPhase::Settled, BTreeMap::from([(first, 100)])));
}

#[tokio::test]
async fn what_aws_forbids_fails_the_request_and_what_it_cannot_do_now_is_asked_again() {
    let rig = shop().await;
    let (first, second) = (rig.build(1), rig.build(2));
    let denied = "User: arn:aws:sts::1:assumed-role/promotions is not authorized to perform: lambda:UpdateFunctionCode";
    rig.aws.refuse("UpdateFunctionCode", Some((403, "AccessDeniedException", denied)));
    rig.apply(2, &[(second, 100)]).await.unwrap();
    insta::assert_snapshot!(rig.failure().await, @"cannot give function `shop` the code 3500d932: AccessDeniedException: User: arn:aws:sts::1:assumed-role/promotions is not authorized to perform: lambda:UpdateFunctionCode");
    rig.aws.refuse("UpdateFunctionCode", None);
    rig.aws.refuse("UpdateAlias", Some((429, "TooManyRequestsException", "Rate exceeded")));
    let busy = rig.apply(3, &[(second, 100)]).await.unwrap_err();
    insta::assert_snapshot!(busy, @"the target does not answer: cannot move alias `live` of function `shop`: TooManyRequestsException: Rate exceeded");
    rig.aws.refuse("UpdateAlias", None);
    rig.apply(3, &[(second, 50), (first, 50)]).await.unwrap();
    assert_eq!(rig.seen().await.0, 3);
    let missing = testkit::digest(9);
    rig.apply(4, &[(missing, 100)]).await.unwrap();
    insta::assert_snapshot!(rig.failure().await, @"the bytes of 00000000 are not in the bucket of artifacts");
}

#[tokio::test]
async fn there_is_a_function_or_the_request_is_refused() {
    let rig = Rig::new(r#"{"kind": "lambda", "function": "gone"}"#).await;
    let first = rig.build(1);
    let refused = rig.apply(1, &[(first, 100)]).await.unwrap_err();
    insta::assert_snapshot!(refused, @"the target refuses: cannot list the versions of function `gone`: ResourceNotFoundException: Function not found: gone");
}

#[tokio::test]
async fn what_somebody_moves_by_hand_is_read_back_as_what_it_is() {
    let rig = shop().await;
    let foreign = rig.aws.publish_by_hand("shop", b"a hot fix from a laptop");
    rig.aws.point_by_hand("shop", "live", &foreign);
    let (sequence, phase, weights) = rig.seen().await;
    let hot_fix = testkit::digest_of(b"a hot fix from a laptop");
    assert_eq!((sequence, phase, weights), (1, TargetPhase::Settled, BTreeMap::from([(hot_fix, 100)])));
    let first = rig.build(1);
    rig.apply(2, &[(first, 100)]).await.unwrap();
    assert_eq!(serves(&rig), [("1".to_owned(), first, 100)]);
}

#[tokio::test]
async fn an_alias_of_another_environment_is_left_alone() {
    let rig = shop().await;
    let second = rig.build(2);
    let other = TargetRequest { environment: "preview".parse().unwrap(), ..rig.request(9, &[(second, 100)]) };
    let refused = rig.targets.apply(&other).await.unwrap_err();
    insta::assert_snapshot!(refused, @"the target refuses: alias `live` of function `shop` is that of shop/production, as its description says; nothing was changed. Declare another alias, or clear the description if that environment is gone");
    assert_eq!(rig.seen().await.0, 1);
    let preview = rig.targets.observe(&other.service, &other.environment).await.unwrap();
    assert_eq!(preview, None);
}

#[tokio::test]
async fn where_nothing_ran_before_what_is_taken_back_leaves_the_alias_where_it_is() {
    let rig = shop().await;
    rig.apply(2, &[]).await.unwrap();
    assert_eq!(rig.seen().await, (2, TargetPhase::Settled, BTreeMap::from([(rig.build(1), 100)])));
    let untouched = Rig::new(LAMBDA).await;
    untouched.apply(1, &[]).await.unwrap();
    assert_eq!(untouched.observe().await, None);
}

#[tokio::test]
async fn of_two_requests_at_once_the_newer_one_stays() {
    for _ in 0..5 {
        let rig = shop().await;
        let (first, second, third) = (rig.build(1), rig.build(2), rig.build(3));
        let older = rig.request(2, &[(second, 10), (first, 90)]);
        let newer = rig.request(3, &[(third, 20), (first, 80)]);
        let (one, other) = tokio::join!(rig.targets.apply(&older), rig.targets.apply(&newer));
        for (request, outcome) in [(&older, one), (&newer, other)] {
            if outcome.is_err() {
                rig.targets.apply(request).await.unwrap();
            }
        }
        let weights = BTreeMap::from([(third, 20), (first, 80)]);
        assert_eq!(rig.seen().await, (3, TargetPhase::Settled, weights));
        assert!(rig.aws.versions("shop") <= 3);
    }
}
