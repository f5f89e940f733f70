//! Targets over a little AWS on loopback.

mod codedeploy;
mod lambda;
mod servers;
mod story;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::config::{Credentials, SharedCredentialsProvider};
use domain::rollout::{Release, TargetPhase};
use testkit::World;
use testkit::aws::{BUCKET, FakeAws};

use super::*;

/// An account, and Keelson's way to it.
struct Rig {
    world: World,
    aws: FakeAws,
    targets: AwsTargets,
    target: Target,
}

/// What staging is in every rig.
const STAGING: &str = r#"{"kind": "lambda", "function": "shop-staging"}"#;

/// A manifest that declares one target everywhere but in staging.
struct Everywhere(Target);

#[async_trait]
impl Declared for Everywhere {
    async fn target(&self, _: &ServiceName, name: &EnvironmentName) -> Result<Option<Target>, String> {
        let staging = || serde_json::from_str(STAGING).unwrap();
        Ok(Some(if name.as_str() == "staging" { staging() } else { self.0.clone() }))
    }
}

/// Nothing is written.
struct NoLogs;

#[async_trait]
impl TargetLogs for NoLogs {
    async fn logs(&self, _: &LogQuery) -> Result<Vec<LogLine>, TargetError> {
        Ok(Vec::new())
    }
}

fn connection(aws: &FakeAws) -> Connection {
    let credentials = Credentials::new("id", "secret", None, None, "test");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .endpoint_url(aws.url())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled());
    Connection::new(sdk.build())
}

impl Rig {
    async fn new(target: &str) -> Self {
        let world = World::new().await;
        let aws = FakeAws::start(world.clock.clone()).await;
        aws.function("shop", b"made by a template");
        aws.function("shop-staging", b"made by a template");
        let target: Target = serde_json::from_str(target).unwrap();
        let pace = Pace { pause: Duration::from_millis(1), looks: 3 };
        let (declared, logs) = (Arc::new(Everywhere(target.clone())), Arc::new(NoLogs));
        let targets = AwsTargets::new(&connection(&aws), BUCKET, declared, logs, pace, world.clock.now_fn());
        Self { world, aws, targets, target }
    }

    /// The bytes of artifact `n`, put where artifacts lie.
    fn build(&self, n: u8) -> Digest {
        self.aws.upload(&[n; 10])
    }

    fn request(&self, sequence: u64, shares: &[(Digest, i64)]) -> TargetRequest {
        let share = |(artifact, percent): &(Digest, i64)| Share {
            release: Release { artifact: *artifact, commit: testkit::sha(sequence) },
            weight: Weight::try_from(*percent).unwrap(),
        };
        TargetRequest {
            service: "shop".parse().unwrap(),
            environment: "production".parse().unwrap(),
            sequence,
            target: self.target.clone(),
            shares: shares.iter().map(share).collect(),
        }
    }

    async fn apply(&self, sequence: u64, shares: &[(Digest, i64)]) -> Result<(), TargetError> {
        self.targets.apply(&self.request(sequence, shares)).await
    }

    async fn observe(&self) -> Option<TargetStatus> {
        self.targets.observe(&"shop".parse().unwrap(), &"production".parse().unwrap()).await.unwrap()
    }

    /// What is read back: the request, where it is, and the weights of artifacts.
    async fn seen(&self) -> (u64, TargetPhase, BTreeMap<Digest, u8>) {
        let status = self.observe().await.unwrap();
        let weights = status.releases.iter().map(|release| (release.artifact, release.weight.percent()));
        (status.sequence, status.phase.clone(), weights.collect())
    }

    /// Why the newest request failed.
    async fn failure(&self) -> String {
        match self.observe().await.unwrap().phase {
            TargetPhase::Failed { report } => report.summary,
            phase => panic!("{phase:?}"),
        }
    }
}

/// Stops whoever applies at each call in turn, before its effect or after it, and asks once more: `act` is what is
/// interrupted, `check` what must be true in the end. Gives how many calls there are to be stopped at.
async fn stopped_at_every_call(
    rig: impl AsyncFn() -> Rig,
    act: impl AsyncFn(&Rig) -> Result<(), TargetError>,
    check: impl AsyncFn(&Rig),
) -> usize {
    let mut longest = 0;
    for has_effect in [false, true] {
        for calls in 0.. {
            let rig = rig().await;
            rig.aws.kill_after(calls, has_effect);
            let was_killed = tokio::select! {
                outcome = act(&rig) => { outcome.unwrap(); false }
                () = rig.aws.killed() => true,
            };
            rig.aws.revive();
            act(&rig).await.unwrap();
            check(&rig).await;
            if !was_killed {
                longest = longest.max(calls);
                break;
            }
        }
    }
    longest
}

#[tokio::test]
async fn a_target_that_runs_elsewhere_is_refused_with_what_could_be_declared() {
    let rig = Rig::new(r#"{"kind": "lambda", "function": "shop"}"#).await;
    let process: Target = serde_json::from_str(r#"{"kind": "process", "command": ["./shop"]}"#).unwrap();
    assert_eq!(rig.targets.supports(&rig.target), Ok(()));
    insta::assert_snapshot!(rig.targets.supports(&process).unwrap_err(), @"this Keelson runs on AWS, where there is no machine for a process; declare a target of kind `lambda` or `server`");
    let request = TargetRequest { target: process, ..rig.request(1, &[(rig.build(1), 100)]) };
    assert!(matches!(rig.targets.apply(&request).await, Err(TargetError::Refused(_))));
    assert!(rig.aws.calls().is_empty());
}

#[test]
fn what_no_target_can_do_is_refused() {
    let share = |n: u8, percent: i64| Share {
        release: Release { artifact: Digest::from_bytes([n; 32]), commit: testkit::sha(1) },
        weight: Weight::try_from(percent).unwrap(),
    };
    assert_eq!(check(&[]), Ok(()));
    assert_eq!(check(&[share(1, 90), share(2, 10), share(3, 0)]), Ok(()));
    let refused = [
        vec![share(1, 90)],
        vec![share(1, 50), share(1, 50)],
        vec![share(1, 50), share(2, 25), share(3, 25)],
    ];
    let refused: Vec<String> = refused.iter().map(|shares| check(shares).unwrap_err()).collect();
    insta::assert_snapshot!(refused.join("\n"), @"
    the weights sum to 90, not to 100
    an artifact has two shares
    3 releases shall serve, and AWS shares traffic between two
    ");
}
