//! What has no end of its own, and what arrives slowly, when a release takes the place of another.

use std::time::{Duration, Instant};

use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Client;
use crate::world::{World, seconds};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_stream_ends_at_its_own_limit_while_requests_may_go_on() {
    let mut world = World::new().await;
    world.settings.drain_streams = seconds(1);
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut client = world.client().await;
    let slow = tokio::spawn(async move { client.get("/slow?seconds=6").await });
    world.logged("slow begins").await;
    let mut client = world.client().await;
    let events = client.open(Request::get("/events?count=1000&seconds=0.1"), "").await.unwrap();
    world.deploy(&[(new, 100)]).await;
    let received = events.collect().await.expect("an end, not a breach").to_bytes();
    assert!(received.ends_with(b"\n\n"));
    assert!(!slow.is_finished());
    // The same connection goes on, with the new release.
    assert_eq!(client.get("/").await.body, "new");
    assert_eq!(slow.await.unwrap().body, "old");
    world.gone(old).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn websockets_are_closed_one_after_another_within_their_limit() {
    let mut world = World::new().await;
    world.settings.drain_streams = seconds(2);
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(websocket(&world).await);
    }
    world.deploy(&[(new, 100)]).await;
    let switched = Instant::now();
    let closed = sockets.into_iter().map(|mut socket| {
        tokio::spawn(async move {
            let (kind, code) = read_frame(&mut socket).await;
            assert_eq!((kind, u16::from_be_bytes(code.try_into().unwrap())), (0x88, 1012));
            switched.elapsed()
        })
    });
    let mut times = Vec::new();
    for socket in closed.collect::<Vec<_>>() {
        times.push(socket.await.unwrap());
    }
    times.sort();
    // Twenty moments out of 2 s: that they all lie within half a second does not happen.
    assert!(times[19] - times[0] > Duration::from_millis(500), "{times:?}");
    world.gone(old).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_says_goodbye_even_when_there_is_no_time_to_drain() {
    let mut world = World::new().await;
    world.settings.drain = seconds(0);
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut socket = websocket(&world).await;
    world.deploy(&[(new, 100)]).await;
    let (kind, code) = read_frame(&mut socket).await;
    assert_eq!((kind, u16::from_be_bytes(code.try_into().unwrap())), (0x88, 1012));
    world.gone(old).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_under_way_over_a_switch_arrive_whole() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let address = world.address().await;
    let mut chunked = TcpStream::connect(&address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n";
    chunked.write_all(head.as_bytes()).await.unwrap();
    assert!(read_until(&mut chunked, "\r\n\r\n").await.starts_with("HTTP/1.1 100 Continue"));
    chunked.write_all(b"5\r\nhello\r\n").await.unwrap();
    let mut sized = TcpStream::connect(&address).await.unwrap();
    sized.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\nhello").await.unwrap();
    // Both have reached the old release, each on a connection of its own.
    let pid = world.pids()[0];
    world.until_directly(pid, "/connections", |count| count == "3").await;

    world.deploy(&[(new, 100)]).await;
    assert_eq!(world.client().await.get("/").await.body, "new");
    chunked.write_all(b"6\r\n world\r\n0\r\n\r\n").await.unwrap();
    sized.write_all(b" world").await.unwrap();
    for mut stream in [chunked, sized] {
        let answer = read_until(&mut stream, "\r\n\r\n11").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
    world.gone(old).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_to_a_release_are_closed_when_it_is_replaced() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let pid = world.pids()[0];
    let mut client = world.client().await;
    let slow = tokio::spawn(async move { client.get("/slow?seconds=4").await });
    world.logged("slow begins").await;
    world.client().await.get("/").await;
    // The slow one, an idle one, and the one that asks.
    world.until_directly(pid, "/connections", |count| count == "3").await;
    world.deploy(&[(new, 100)]).await;
    world.until_directly(pid, "/connections", |count| count == "2").await;
    assert_eq!(slow.await.unwrap().body, "old");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_answer_on_a_port_that_is_left_says_so() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let (mut busy, mut idle) = (world.client().await, world.client().await);
    idle.get("/").await;
    let slow = tokio::spawn(async move { busy.get("/slow?seconds=3").await });
    world.logged("slow begins").await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    world.settings.port = Some(free);
    world.deploy(&[(one, 100)]).await;
    assert_eq!(world.address().await, format!("127.0.0.1:{free}"));
    // What is under way ends well and says that it was the last; a kept connection may bring one more request.
    let answer = slow.await.unwrap();
    assert_eq!((answer.status, answer.headers["connection"].to_str().unwrap()), (StatusCode::OK, "close"));
    if let Ok(answer) = idle.try_send(Request::get("/"), "").await {
        assert_eq!(
            (answer.status, answer.headers["connection"].to_str().unwrap()),
            (StatusCode::OK, "close")
        );
    }
    world.end().await;
}

/// A WebSocket that has been heard and has answered.
async fn websocket(world: &World) -> TokioIo<Upgraded> {
    let request = Request::get("/websocket")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let mut client = Client::connect(&world.address().await).await;
    let response = client.open(request, "").await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    let mut socket = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
    socket.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).await.unwrap();
    assert_eq!(read_frame(&mut socket).await, (0x81, b"hi".to_vec()));
    socket
}

/// A frame as a server sends it, with a payload of less than 126 bytes.
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
