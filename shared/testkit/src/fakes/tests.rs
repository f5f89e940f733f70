use domain::analysis::Measured;
use domain::manifest::Manifest;
use domain::rollout::{Condition, FailureReport, Release, Share, TargetPhase, TargetRequest, TargetStatus};
use domain::{Digest, Weight};
use edge::Clock;
use jiff::Timestamp;
use ports::{
    ArtifactError, Artifacts as _, Deployer as _, LogQuery, Secrets as _, Signals as _, TargetError,
};

use super::{FakeDeployer, FakeSignals, MemoryArtifacts, PlainSecrets};
use crate::{digest, digest_of, manifest, sha};

fn clock() -> Clock {
    Clock::manual(Timestamp::UNIX_EPOCH)
}

/// Asks for releases by the numbers of their artifacts, with their percentages.
fn request(sequence: u64, shares: &[(u64, u8)]) -> TargetRequest {
    let mut manifest = Manifest::parse(&manifest("storefront")).unwrap();
    let environment = manifest.environments.remove(0);
    let share = |(number, percent): &(u64, u8)| Share {
        release: Release { artifact: digest(*number), commit: sha(*number) },
        weight: Weight::try_from(i64::from(*percent)).unwrap(),
    };
    TargetRequest {
        service: manifest.service.name,
        environment: environment.name,
        sequence,
        target: environment.target,
        shares: shares.iter().map(share).collect(),
    }
}

async fn status(deployer: &FakeDeployer) -> TargetStatus {
    let TargetRequest { service, environment, .. } = request(0, &[]);
    deployer.observe(&service, &environment).await.unwrap().unwrap()
}

/// Each release as its artifact's number, percentage and whether it is ready.
fn releases(status: &TargetStatus) -> Vec<(u8, u8, bool)> {
    let seen = status.releases.iter();
    seen.map(|release| {
        (release.artifact.as_bytes()[31], release.weight.percent(), release.condition == Condition::Ready)
    })
    .collect()
}

#[tokio::test]
async fn a_deployer_settles_at_once() {
    let deployer = FakeDeployer::new(clock());
    deployer.apply(&request(1, &[(1, 100)])).await.unwrap();
    deployer.apply(&request(2, &[(1, 90), (2, 10)])).await.unwrap();
    deployer.apply(&request(1, &[(3, 100)])).await.unwrap();
    let status = status(&deployer).await;
    assert_eq!((status.sequence, &status.phase), (2, &TargetPhase::Settled));
    assert_eq!(releases(&status), [(1, 90, true), (2, 10, true)]);
    assert_eq!(deployer.requests().len(), 2, "an older request is ignored");
}

#[tokio::test]
async fn a_deployer_that_holds_keeps_traffic_as_it_was_until_it_settles_or_fails() {
    let deployer = FakeDeployer::new(clock());
    deployer.apply(&request(1, &[(1, 100)])).await.unwrap();
    deployer.hold();
    deployer.apply(&request(2, &[(2, 100)])).await.unwrap();
    assert_eq!(status(&deployer).await.phase, TargetPhase::Applying);
    assert_eq!(releases(&status(&deployer).await), [(1, 100, true), (2, 0, false)]);

    let report = FailureReport { summary: "it stopped".to_owned(), ..FailureReport::default() };
    deployer.fail(report.clone());
    assert_eq!(status(&deployer).await.phase, TargetPhase::Failed { report });
    assert_eq!(releases(&status(&deployer).await), [(1, 100, true)]);

    deployer.apply(&request(3, &[(3, 100)])).await.unwrap();
    deployer.resume();
    assert_eq!(releases(&status(&deployer).await), [(3, 100, true)]);
}

#[tokio::test]
async fn a_deployer_fails_the_next_request_and_lets_releases_exit() {
    let deployer = FakeDeployer::new(clock());
    let report = FailureReport { exit_code: Some(1), ..FailureReport::default() };
    deployer.fail(report.clone());
    deployer.apply(&request(1, &[(1, 100)])).await.unwrap();
    assert_eq!(status(&deployer).await.phase, TargetPhase::Failed { report: report.clone() });
    deployer.apply(&request(2, &[(2, 100)])).await.unwrap();
    deployer.exit(&digest(2), &report);
    assert_eq!(releases(&status(&deployer).await), [(2, 100, false)]);

    deployer.set_outage(Some("the socket is gone"));
    let refused = deployer.apply(&request(3, &[(2, 100)])).await;
    assert!(matches!(refused, Err(TargetError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn a_deployer_gives_the_newest_lines_or_those_after_one() {
    let deployer = FakeDeployer::new(clock());
    for text in ["one", "two", "Three"] {
        deployer.write_log("storefront", "staging", &digest(1), text);
    }
    let TargetRequest { service, environment, .. } = request(0, &[]);
    let newest = LogQuery { service, environment, artifact: None, contains: None, after: None, limit: 2 };
    let check = async |query: LogQuery, expected: &[&str]| {
        let lines = deployer.logs(&query).await.unwrap();
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), expected);
    };
    check(newest.clone(), &["two", "Three"]).await;
    check(LogQuery { after: Some(0), ..newest.clone() }, &["one", "two"]).await;
    check(LogQuery { contains: Some("three".to_owned()), ..newest.clone() }, &["Three"]).await;
    check(LogQuery { artifact: Some(digest(2)), ..newest }, &[]).await;
}

#[tokio::test]
async fn artifacts_are_hashed_again_before_they_are_kept() {
    let artifacts = MemoryArtifacts::default();
    let digest: Digest = digest_of(b"bytes");
    let offset = async || artifacts.announce(&digest, 5).await.unwrap().map(|ticket| ticket.offset);
    assert_eq!(offset().await, Some(0));
    artifacts.upload(&digest, b"byt");
    assert_eq!(offset().await, Some(3), "an upload is gone on with");
    let incomplete = artifacts.complete(&digest, 5).await;
    assert!(
        matches!(incomplete, Err(ArtifactError::Incomplete { received: 3, expected: 5 })),
        "{incomplete:?}"
    );
    artifacts.upload(&digest, b"other");
    let mismatch = artifacts.complete(&digest, 5).await;
    assert!(matches!(mismatch, Err(ArtifactError::Mismatch { .. })), "{mismatch:?}");
    assert_eq!(offset().await, Some(0), "other bytes are thrown away");
    artifacts.put(b"bytes");
    artifacts.complete(&digest, 5).await.unwrap();
    assert_eq!(offset().await, None);
}

#[tokio::test]
async fn a_secret_opens_with_its_own_context_only() {
    let sealed = PlainSecrets.seal("github", b"s3cret").await.unwrap();
    assert_eq!(PlainSecrets.open("github", &sealed).await.unwrap(), b"s3cret");
    assert!(PlainSecrets.open("gitlab", &sealed).await.is_err());
}

#[tokio::test]
async fn signals_tell_what_they_were_told() {
    let signals = FakeSignals::new(clock());
    let measured = Measured { requests: 7, ..Measured::default() };
    signals.set(digest(1), measured);
    let TargetRequest { service, environment, .. } = request(0, &[]);
    let measure = async |artifact: Digest| {
        signals.measure(&service, &environment, &artifact, Timestamp::UNIX_EPOCH).await
    };
    assert_eq!(measure(digest(1)).await.unwrap().measured, measured);
    assert_eq!(measure(digest(2)).await.unwrap().measured, Measured::default());
    signals.set_outage(Some("the proxy is away"));
    assert!(measure(digest(1)).await.is_err());
}
