//! What passes through the proxy, and how.

use std::time::{Duration, Instant};

use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

async fn with_one_release() -> (World, domain::Digest) {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    (world, one)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_gets_its_own_environment_and_nothing_of_keelsons() {
    let (mut world, one) = with_one_release().await;
    world.settings.env.insert("GREETING".to_owned(), "hello".to_owned());
    world.deploy(&[(one, 100)]).await;
    let environment = world.client().await.get("/environment").await.json();
    let names: Vec<&String> = environment.as_object().unwrap().keys().collect();
    assert_eq!(environment["KEELSON_ARTIFACT"], one.to_string());
    assert_eq!(environment["GREETING"], "hello");
    let expected = [
        "GREETING",
        "HOME",
        "KEELSON_ARTIFACT",
        "KEELSON_CONTENT",
        "KEELSON_ENVIRONMENT",
        "KEELSON_HOME",
        "KEELSON_RUN",
        "KEELSON_SERVICE",
        "LANG",
        "PATH",
        "PORT",
        "TMPDIR",
    ];
    let names: Vec<&str> = names.into_iter().map(String::as_str).filter(|name| *name != "LC_CTYPE").collect();
    assert_eq!(names, expected);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_told_who_asks_and_as_part_of_which_trace() {
    let (world, _) = with_one_release().await;
    let request = Request::get("/headers").header("x-request-id", "abc").header("connection", "x-secret");
    let answer = world.client().await.send(request.header("x-secret", "1"), "").await;
    assert_eq!(answer.headers["x-request-id"], "abc");
    let told = answer.json();
    assert_eq!(told["host"], "shop.test");
    assert_eq!(told["x-forwarded-host"], "shop.test");
    assert_eq!(told["x-forwarded-for"], "127.0.0.1");
    assert_eq!(told["x-forwarded-proto"], "http");
    assert_eq!(told["x-request-id"], "abc");
    assert_eq!(told["traceparent"].as_str().unwrap().len(), 55);
    assert!(told.get("x-secret").is_none() && told.get("connection").is_none());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_as_they_are_sent() {
    let (world, _) = with_one_release().await;
    let started = Instant::now();
    let mut client = world.client().await;
    let mut response = client.open(Request::get("/events?count=2&seconds=2"), "").await.unwrap();
    let first = response.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(&first[..], b"data: 0\n\n");
    assert!(started.elapsed() < Duration::from_secs(2));
    let rest = response.collect().await.unwrap().to_bytes();
    assert_eq!(&rest[..], b"data: 1\n\n");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_in_pieces_after_100_continue_arrives_whole() {
    let (world, _) = with_one_release().await;
    let mut stream = TcpStream::connect(world.address().await).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(read_until(&mut stream, "\r\n\r\n").await.starts_with("HTTP/1.1 100 Continue"));
    stream.write_all(b"5\r\nhello\r\n").await.unwrap();
    stream.write_all(b"6\r\n world\r\n0\r\n\r\n").await.unwrap();
    let answer = read_until(&mut stream, "\r\n\r\n11").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    world.end().await;
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 1_024];
    while !text.contains(end) {
        let length = tokio::time::timeout(Duration::from_secs(30), stream.read(&mut buffer)).await;
        let length = length.expect("more in time").unwrap();
        assert!(length > 0, "ended after {text}");
        text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_turns_out_stale_costs_no_request() {
    let mut world = World::new().await;
    let hasty = world.artifact("hasty", json!({ "one_request_per_connection": true })).await;
    world.deploy(&[(hasty, 100)]).await;
    let mut client = world.client().await;
    for _ in 0..20 {
        let answer = client.get("/").await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "hasty"));
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_may_have_had_an_effect_is_not_sent_twice() {
    let mut world = World::new().await;
    let hasty = world.artifact("hasty", json!({ "one_request_per_connection": true })).await;
    world.deploy(&[(hasty, 100)]).await;
    let mut client = world.client().await;
    // Sooner or later a request goes out on a connection that is closed under it.
    let mut statuses = Vec::new();
    while statuses.last() != Some(&StatusCode::BAD_GATEWAY) {
        assert!(statuses.iter().all(|status| *status == StatusCode::OK) && statuses.len() < 1_000);
        statuses.push(client.send(Request::post("/"), "payload").await.status);
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_passes_and_is_closed_properly_when_its_release_is_replaced() {
    let (mut world, one) = with_one_release().await;
    let request = Request::get("/websocket")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let mut client = world.client().await;
    let response = client.open(request, "").await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    let mut socket = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    socket.write_all(&frame(0x81, b"hello")).await.unwrap();
    assert_eq!(read_frame(&mut socket).await, (0x81, b"hello".to_vec()));

    let two = world.artifact("two", json!({})).await;
    world.deploy(&[(two, 100)]).await;
    let (kind, code) = read_frame(&mut socket).await;
    assert_eq!((kind, u16::from_be_bytes(code.try_into().unwrap())), (0x88, 1012));
    // The client's goodbye still reaches the release.
    socket.write_all(&frame(0x88, &1012_u16.to_be_bytes())).await.unwrap();
    world.gone(one).await;
    assert!(world.log().await.contains(&"websocket opcode 8".to_owned()));
    world.end().await;
}

/// A frame as a client sends it: masked, here with zeros.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind, 0x80 | u8::try_from(payload.len()).unwrap(), 0, 0, 0, 0];
    frame.extend(payload);
    frame
}

async fn read_frame(socket: &mut (impl AsyncReadExt + Unpin)) -> (u8, Vec<u8>) {
    let read = async {
        let mut head = [0; 2];
        socket.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; head[1].into()];
        socket.read_exact(&mut payload).await.unwrap();
        (head[0], payload)
    };
    tokio::time::timeout(Duration::from_secs(30), read).await.expect("a frame in time")
}
