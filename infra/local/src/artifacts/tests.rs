use axum::body::Body;
use axum::http::header::CONTENT_RANGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tempfile::TempDir;

use super::*;

fn store() -> (TempDir, LocalArtifacts) {
    let dir = tempfile::tempdir().unwrap();
    let store = LocalArtifacts::in_folder(dir.path()).unwrap();
    (dir, store)
}

fn digest(mut bytes: &[u8]) -> Digest {
    hash(&mut bytes).unwrap()
}

fn chunks(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, io::Error>> + Unpin {
    stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect::<Vec<_>>())
}

#[tokio::test]
async fn an_upload_becomes_an_immutable_artifact() {
    let (_dir, store) = store();
    let digest = digest(b"hello world");
    let ticket = store.announce(&digest, 11).await.unwrap().unwrap();
    assert_eq!(ticket.url, format!("/api/artifacts/{digest}/content"));
    assert_eq!(ticket.offset, 0);
    store.receive(&digest, 0, chunks(&["hello", " world"])).await.unwrap();
    store.complete(&digest, 11).await.unwrap();
    let metadata = fs::metadata(store.path(&digest)).unwrap();
    assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (11, 0o444));
}

#[tokio::test]
async fn completing_or_announcing_again_changes_nothing() {
    let (_dir, store) = store();
    let digest = digest(b"hello");
    store.announce(&digest, 5).await.unwrap();
    store.receive(&digest, 0, chunks(&["hello"])).await.unwrap();
    store.complete(&digest, 5).await.unwrap();
    store.complete(&digest, 5).await.unwrap();
    assert_eq!(store.announce(&digest, 5).await.unwrap(), None);
    let again = store.receive(&digest, 0, chunks(&["hello"])).await;
    assert!(matches!(again, Err(ReceiveError::NotAnnounced)));
}

#[tokio::test]
async fn a_broken_upload_continues_where_it_stopped() {
    let (_dir, store) = store();
    let digest = digest(b"hello world");
    store.announce(&digest, 11).await.unwrap();
    let broken = chunks(&["hello"]).chain(stream::iter([Err(io::Error::other("gone"))]));
    let error = store.receive(&digest, 0, broken).await.unwrap_err();
    assert!(matches!(error, ReceiveError::BrokenOff { received: 5 }));
    let incomplete = store.complete(&digest, 11).await.unwrap_err();
    assert!(matches!(incomplete, ArtifactError::Incomplete { received: 5, expected: 11 }));
    let ticket = store.announce(&digest, 11).await.unwrap().unwrap();
    assert_eq!(ticket.offset, 5);
    store.receive(&digest, 5, chunks(&[" world"])).await.unwrap();
    store.complete(&digest, 11).await.unwrap();
}

#[tokio::test]
async fn bytes_that_are_not_those_announced_are_thrown_away() {
    let (_dir, store) = store();
    let announced = digest(b"hello");
    store.announce(&announced, 5).await.unwrap();
    store.receive(&announced, 0, chunks(&["hallo"])).await.unwrap();
    let error = store.complete(&announced, 5).await.unwrap_err();
    let actual = digest(b"hallo");
    assert!(matches!(error, ArtifactError::Mismatch { actual: found, .. } if found == actual));
    assert_eq!(store.announce(&announced, 5).await.unwrap().unwrap().offset, 0);
}

#[tokio::test]
async fn more_bytes_than_announced_and_gaps_are_refused() {
    let (_dir, store) = store();
    let digest = digest(b"hello");
    store.announce(&digest, 5).await.unwrap();
    let long = store.receive(&digest, 0, chunks(&["hello", "!"])).await.unwrap_err();
    assert!(matches!(long, ReceiveError::TooLong { announced: 5 }));
    let gap = store.receive(&digest, 6, chunks(&["x"])).await.unwrap_err();
    assert!(matches!(gap, ReceiveError::Gap { received: 5 }));
}

#[tokio::test]
async fn two_uploads_of_one_digest_do_not_mix() {
    let (_dir, store) = store();
    let digest = digest(b"hello");
    store.announce(&digest, 5).await.unwrap();
    let _first = store.claim(&digest).unwrap();
    let second = store.receive(&digest, 0, chunks(&["hello"])).await;
    assert!(matches!(second, Err(ReceiveError::Busy)));
    assert!(matches!(store.complete(&digest, 5).await, Err(ArtifactError::Unavailable(_))));
}

#[tokio::test]
async fn an_upload_announced_with_another_size_begins_anew() {
    let (_dir, store) = store();
    let digest = digest(b"hello");
    store.announce(&digest, 4).await.unwrap();
    store.receive(&digest, 0, chunks(&["hel"])).await.unwrap();
    assert_eq!(store.announce(&digest, 5).await.unwrap().unwrap().offset, 0);
}

async fn put_content(store: &LocalArtifacts, digest: &Digest, range: Option<&str>, body: &str) -> StatusCode {
    let mut headers = HeaderMap::new();
    if let Some(range) = range {
        headers.insert(CONTENT_RANGE, range.parse().unwrap());
    }
    receive_content(store, digest, &headers, Body::from(body.to_owned())).await.into_response().status()
}

#[tokio::test]
async fn bytes_are_put_to_the_address_of_the_ticket() {
    let (_dir, store) = store();
    let digest = digest(b"hello world");
    assert_eq!(put_content(&store, &digest, None, "x").await, StatusCode::NOT_FOUND);
    store.announce(&digest, 11).await.unwrap();
    let bad = put_content(&store, &digest, Some("bytes 5-"), "x").await;
    assert_eq!(bad, StatusCode::BAD_REQUEST);
    let gap = put_content(&store, &digest, Some("bytes 5-10/11"), " world").await;
    assert_eq!(gap, StatusCode::CONFLICT);
    assert_eq!(put_content(&store, &digest, None, "hello").await, StatusCode::NO_CONTENT);
    assert_eq!(put_content(&store, &digest, Some("bytes 5-10/11"), " world").await, StatusCode::NO_CONTENT);
    // Everything is here, but the answer got lost: nothing more is sent.
    assert_eq!(put_content(&store, &digest, Some("bytes 11-10/11"), "").await, StatusCode::NO_CONTENT);
    store.complete(&digest, 11).await.unwrap();
}

#[tokio::test]
async fn an_upload_past_the_announced_size_is_too_large() {
    let (_dir, store) = store();
    let digest = digest(b"hello");
    store.announce(&digest, 5).await.unwrap();
    assert_eq!(put_content(&store, &digest, None, "hello!").await, StatusCode::PAYLOAD_TOO_LARGE);
}
