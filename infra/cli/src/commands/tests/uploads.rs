//! Registering artifacts over connections that break.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::service::AnnounceArtifact;
use api::{Problem, ProblemKind};
use serde_json::{Value, json};

use super::*;
use crate::client::{Client, Credential, Retry, upload};

const BYTES: &[u8] = b"0123456789";
/// The SHA-256 of these bytes.
const DIGEST: &str = "sha256:84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

fn announced(url: &str, offset: Option<u64>) -> Value {
    let mut answer = json!({ "artifact": artifact('a') });
    answer["artifact"]["digest"] = DIGEST.into();
    answer["artifact"]["registered_at"] = Value::Null;
    if let Some(offset) = offset {
        answer["upload"] = json!({ "url": url, "offset": offset });
    }
    answer
}

fn file(shell: &Shell) -> PathBuf {
    let file = shell.home().join("app.tar.gz");
    std::fs::write(&file, BYTES).unwrap();
    file
}

fn push(file: &std::path::Path) -> String {
    format!("artifact push {} --service storefront --commit {}", file.display(), "0".repeat(40))
}

#[tokio::test]
async fn an_artifact_is_announced_uploaded_and_completed() {
    let fake = Fake::start().await;
    let (announce, content) =
        ("POST /api/services/storefront/artifacts", format!("/api/artifacts/{DIGEST}/content"));
    fake.says(announce, 200, &announced(&content, Some(0)));
    fake.says("PUT /api/artifacts", 200, &json!({ "received": 10 }));
    fake.says("POST /api/artifacts", 200, &artifact('a'));
    let shell = Shell::signed_in();
    let went = shell.types(&fake.url, &push(&file(&shell))).await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    fake.seen(|seen| {
        assert_eq!(seen[0].json(), json!({ "digest": DIGEST, "size": 10, "commit": "0".repeat(40) }));
        assert_eq!((seen[1].line.as_str(), &seen[1].body[..]), (format!("PUT {content}").as_str(), BYTES));
        assert_eq!(seen[1].header("content-length"), Some("10"));
        assert_eq!(seen[1].header("content-range"), None);
        assert_eq!(seen[1].header("authorization"), Some("Bearer kls_test"));
        assert_eq!(seen[2].line, format!("POST /api/artifacts/sha256:{}/complete", &DIGEST[7..]));
    });
}

#[tokio::test]
async fn what_is_there_already_is_not_sent_again() {
    let fake = Fake::start().await;
    fake.says("POST /api/services/storefront/artifacts", 200, &json!({ "artifact": artifact('a') }));
    let shell = Shell::signed_in();
    let went = shell.types(&fake.url, &push(&file(&shell))).await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    assert_eq!(fake.lines().len(), 1);
}

#[tokio::test]
async fn a_broken_upload_goes_on_where_it_broke() {
    let fake = Fake::start().await;
    let announce = "POST /api/services/storefront/artifacts";
    fake.says(announce, 200, &announced("/up", Some(0)));
    fake.says(announce, 200, &announced("/up", Some(4)));
    fake.says("PUT /up", 400, &Problem::new(ProblemKind::InvalidRequest, "broken off after 4 bytes"));
    fake.says("PUT /up", 200, &json!({ "received": 10 }));
    fake.says("POST /api/artifacts", 200, &artifact('a'));
    assert!(upload_patiently(&fake, 3).await.is_ok());
    fake.seen(|seen| {
        assert_eq!(seen[3].header("content-range"), Some("bytes 4-9/10"));
        assert_eq!(&seen[3].body[..], b"456789");
    });
}

#[tokio::test]
async fn an_upload_that_gets_no_further_is_given_up() {
    let fake = Fake::start().await;
    fake.says("POST /api/services/storefront/artifacts", 200, &announced("/up", Some(0)));
    fake.says("PUT /up", 503, &Problem::new(ProblemKind::Unavailable, "the artifact store does not answer"));
    let error = upload_patiently(&fake, 3).await.unwrap_err();
    insta::assert_snapshot!(error, @"Keelson cannot answer now: the artifact store does not answer");
    assert_eq!(fake.lines().iter().filter(|line| line.starts_with("PUT")).count(), 3);
}

#[tokio::test]
async fn a_bucket_never_sees_the_token() {
    let (fake, bucket) = (Fake::start().await, Fake::start().await);
    let url = format!("{}/bucket/key?signature=1", bucket.url);
    fake.says("POST /api/services/storefront/artifacts", 200, &announced(&url, Some(0)));
    fake.says("POST /api/artifacts", 200, &artifact('a'));
    bucket.says("PUT /bucket/key", 200, &());
    assert!(upload_patiently(&fake, 1).await.is_ok());
    bucket.seen(|seen| assert_eq!(seen[0].header("authorization"), None));
}

async fn upload_patiently(fake: &Fake, attempts: u32) -> Result<(), String> {
    let shell = Shell::signed_in();
    let credential = Credential { token: "kls_test".to_owned().into(), source: "the test".to_owned() };
    let client = Client::new(fake.url.parse().unwrap(), Some(credential)).unwrap();
    let artifact = AnnounceArtifact {
        digest: DIGEST.parse().unwrap(),
        size: 10,
        commit: "0".repeat(40).parse().unwrap(),
    };
    let retry = Retry { attempts, first_wait: Duration::from_millis(1) };
    let service = "storefront".parse().unwrap();
    let done = upload(&client, &service, &artifact, &file(&shell), retry, Arc::new(|_| ())).await;
    done.map(|_| ()).map_err(|error| error.to_string())
}
