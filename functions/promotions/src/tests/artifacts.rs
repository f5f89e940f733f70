//! Artifacts are registered by the digest of their bytes, once, and never change.

use api::ProblemKind;
use api::routes;
use api::service::{AnnounceArtifact, CompleteArtifact};
use testkit::{digest_of, sha};

use super::story::{Story, bytes};

fn announcement(n: u64) -> AnnounceArtifact {
    let bytes = bytes(n);
    AnnounceArtifact { digest: digest_of(&bytes), size: bytes.len().try_into().unwrap(), commit: sha(n) }
}

#[tokio::test]
async fn an_artifact_is_announced_uploaded_and_registered_and_all_of_it_may_be_said_twice() {
    let story = Story::new().await;
    let announce = announcement(1);
    let digest = announce.digest.to_string();
    let complete = CompleteArtifact { service: "shop".parse().unwrap() };
    for _ in 0..2 {
        let answer = story.ada.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&announce).await.ok();
        assert!(answer.upload.is_some() && answer.artifact.registered_at.is_none());
    }
    story.world.artifacts.upload(&announce.digest, &bytes(1));
    for _ in 0..2 {
        let answer =
            story.ada.call(&routes::COMPLETE_ARTIFACT, &[digest.as_str()]).json(&complete).await.ok();
        assert!(answer.registered_at.is_some());
    }
    let again = story.ada.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&announce).await.ok();
    assert_eq!(again.upload, None, "the bytes are here");
    let registered = story.world.all_events().await;
    let kinds: Vec<_> = registered.iter().map(|event| event.body.kind().title()).collect();
    insta::assert_snapshot!(kinds.join(", "), @"Service applied, Artifact announced, Artifact registered");
}

#[tokio::test]
async fn an_artifact_whose_bytes_are_missing_or_others_is_not_registered() {
    let story = Story::new().await;
    let announce = announcement(1);
    let digest = announce.digest.to_string();
    let complete = CompleteArtifact { service: "shop".parse().unwrap() };
    let early = story.ada.call(&routes::COMPLETE_ARTIFACT, &[digest.as_str()]).json(&complete).await;
    early.problem(ProblemKind::NotFound);
    story.ada.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&announce).await.ok();
    let missing = story.ada.call(&routes::COMPLETE_ARTIFACT, &[digest.as_str()]).json(&complete).await;
    insta::assert_snapshot!(missing.problem(ProblemKind::Conflict).detail, @"0 of 10 bytes have been uploaded: announce it again to learn where to go on. Nothing was registered.");
    story.world.artifacts.upload(&announce.digest, b"other byte");
    let others = story.ada.call(&routes::COMPLETE_ARTIFACT, &[digest.as_str()]).json(&complete).await;
    assert!(others.problem(ProblemKind::Conflict).detail.contains("thrown away"));
}

#[tokio::test]
async fn an_artifact_never_becomes_that_of_another_commit() {
    let story = Story::new().await;
    story.ada.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&announcement(1)).await.ok();
    let forged = AnnounceArtifact { commit: sha(2), ..announcement(1) };
    let answer = story.ada.call(&routes::ANNOUNCE_ARTIFACT, &["shop"]).json(&forged).await;
    assert!(answer.problem(ProblemKind::Conflict).detail.contains("An artifact never changes"));
}
