//! The load: clients of every kind, each of which does one thing over and over at its own pace.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::request::Builder;
use http::{Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::service::{ARTIFACT, STREAMED};
use super::tally::Tally;
use super::websocket;

/// How long a request may take that is in flight over many switches.
pub(super) const LONG: Duration = Duration::from_secs(25);
/// How long an answer may take that is not meant to.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many bytes an upload has.
const UPLOADED: usize = 8 * 1024;

type Body = UnsyncBoxBody<Bytes, std::convert::Infallible>;
type Connection = SendRequest<Body>;

/// What a client does over and over.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Habit {
    /// A page on a kept connection.
    Page,
    /// A page on a connection of its own.
    FreshPage,
    /// An upload of known length.
    Form,
    /// An upload in chunks, after the service has said that it wants it.
    Chunked,
    /// An upload that dawdles.
    SlowUpload,
    /// An answer in chunks.
    Streamed,
    /// An answer that dawdles.
    SlowStreamed,
    /// An answer that takes 25 s to begin.
    Long,
}

/// How many clients have which habit, and how long each pauses; together some 600 requests/s.
const CLIENTS: [(Habit, u32, Duration); 8] = [
    (Habit::Page, 16, Duration::from_millis(40)),
    (Habit::FreshPage, 4, Duration::from_millis(80)),
    (Habit::Form, 4, Duration::from_millis(60)),
    (Habit::Chunked, 4, Duration::from_millis(100)),
    (Habit::SlowUpload, 4, Duration::from_millis(100)),
    (Habit::Streamed, 4, Duration::from_millis(100)),
    (Habit::SlowStreamed, 4, Duration::from_millis(100)),
    (Habit::Long, 2, Duration::from_millis(100)),
];
const EVENT_STREAMS: u32 = 8;
const WEBSOCKETS: u32 = 16;

/// The load on one address.
pub(super) struct Load {
    tally: Arc<Tally>,
    /// Those that end by themselves.
    requests: JoinSet<()>,
    /// Those that end only when their release does.
    streams: JoinSet<()>,
}

impl Load {
    /// Begins.
    pub(super) fn start(address: SocketAddr) -> Self {
        let tally = Arc::new(Tally::default());
        let (mut requests, mut streams) = (JoinSet::new(), JoinSet::new());
        for (habit, clients, pause) in CLIENTS {
            for _ in 0..clients {
                requests.spawn(client(address, habit, pause, tally.clone()));
            }
        }
        for _ in 0..EVENT_STREAMS {
            streams.spawn(listener(address, tally.clone()));
        }
        for _ in 0..WEBSOCKETS {
            streams.spawn(chatter(address, tally.clone()));
        }
        Self { tally, requests, streams }
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Lets every request end, and gives what became of all.
    pub(super) async fn end(mut self) -> Arc<Tally> {
        self.tally.end();
        while self.requests.join_next().await.is_some() {}
        self.streams.shutdown().await;
        self.tally
    }
}

async fn client(address: SocketAddr, habit: Habit, pause: Duration, tally: Arc<Tally>) {
    let mut kept = None;
    // By the clock, so that slow answers do not make the load lighter.
    let mut pace = tokio::time::interval(pause);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !tally.is_over() {
        pace.tick().await;
        let began = Instant::now();
        let end = once(address, habit, &mut kept).await;
        if end.is_err() {
            kept = None;
        }
        let end = end.map(|artifact| tally.visited(began, artifact)).map_err(|error| format!("{error:#}"));
        let kind = if habit == Habit::Long { &tally.long } else { &tally.requests };
        tally.count(kind, &format!("{habit:?}"), end);
    }
}

/// One request with the whole of its answer; the artifact that answered.
async fn once(address: SocketAddr, habit: Habit, kept: &mut Option<Connection>) -> Result<String> {
    // A server may close a connection that is idle, and a client opens another.
    let mut connection = match kept.take() {
        Some(connection) if connection.is_ready() => connection,
        _ => connect(address).await?,
    };
    let (request, expected) = request(habit)?;
    let patience = if habit == Habit::Long { LONG + PATIENCE } else { PATIENCE };
    let Ok(answered) = tokio::time::timeout(patience, answered(&mut connection, request)).await else {
        bail!("no whole answer in time");
    };
    let (artifact, length) = answered?;
    ensure!(length == expected, "{length} bytes instead of {expected}");
    if habit != Habit::FreshPage {
        // Ready again once the connection's own task has seen the end.
        connection.ready().await?;
        *kept = Some(connection);
    }
    Ok(artifact)
}

async fn answered(connection: &mut Connection, request: Request<Body>) -> Result<(String, usize)> {
    let answer = connection.send_request(request).await?;
    let status = answer.status();
    let artifact = artifact(&answer);
    let body = answer.into_body().collect().await?.to_bytes();
    ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    // What was uploaded is answered with its length.
    let length = std::str::from_utf8(&body).ok().and_then(|text| text.parse().ok()).unwrap_or(body.len());
    Ok((artifact, length))
}

/// The request of a habit, and the length that comes back.
fn request(habit: Habit) -> Result<(Request<Body>, usize)> {
    let page = "Here is the page that you asked for, and it is not a long one.".len();
    let (builder, body, expected): (Builder, Body, usize) = match habit {
        Habit::Page | Habit::FreshPage => (Request::get("/"), nothing(), page),
        Habit::Form => (Request::post("/"), Full::from(vec![b'u'; UPLOADED]).boxed_unsync(), UPLOADED),
        Habit::Chunked => {
            (Request::post("/").header(header::EXPECT, "100-continue"), upload(Duration::ZERO), UPLOADED)
        }
        Habit::SlowUpload => (Request::post("/"), upload(Duration::from_millis(150)), UPLOADED),
        Habit::Streamed => (Request::get("/stream?0"), nothing(), STREAMED),
        Habit::SlowStreamed => (Request::get("/stream?1600"), nothing(), STREAMED),
        Habit::Long => {
            (Request::get(format!("/wait?{}", LONG.as_millis())), nothing(), "It took its time.".len())
        }
    };
    Ok((builder.header(header::HOST, "shop.test").body(body)?, expected))
}

fn nothing() -> Body {
    Empty::new().boxed_unsync()
}

/// An upload in eight chunks, with a pause before each.
fn upload(pause: Duration) -> Body {
    const CHUNKS: usize = 8;
    let chunks = stream::iter(0..CHUNKS).then(move |_| async move {
        tokio::time::sleep(pause).await;
        Ok(Frame::data(Bytes::from(vec![b'u'; UPLOADED / CHUNKS])))
    });
    StreamBody::new(chunks).boxed_unsync()
}

async fn connect(address: SocketAddr) -> Result<Connection> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection.with_upgrades());
    Ok(sender)
}

fn artifact(answer: &Response<Incoming>) -> String {
    let artifact = answer.headers().get(ARTIFACT).map_or(&[] as &[u8], |artifact| artifact.as_bytes());
    String::from_utf8_lossy(artifact).into_owned()
}

/// Listens to events until their end, over and over.
async fn listener(address: SocketAddr, tally: Arc<Tally>) {
    loop {
        let end = listen(address).await.map_err(|error| format!("{error:#}"));
        tally.count(&tally.events, "events", end);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn listen(address: SocketAddr) -> Result<()> {
    let request = Request::get("/events?100").header(header::HOST, "shop.test").body(nothing())?;
    let mut answer = connect(address).await?.send_request(request).await?;
    ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
    let mut last = Bytes::new();
    while let Some(frame) = answer.frame().await {
        last = frame?.into_data().unwrap_or_default();
    }
    ensure!(last.ends_with(b"\n\n"), "the last event is not whole");
    Ok(())
}

/// Chats until told goodbye, over and over.
async fn chatter(address: SocketAddr, tally: Arc<Tally>) {
    loop {
        let end = chat(address).await.map_err(|error| format!("{error:#}"));
        tally.count(&tally.websockets, "websocket", end);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn chat(address: SocketAddr) -> Result<()> {
    let request = Request::get("/websocket")
        .header(header::HOST, "shop.test")
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
        .body(nothing())?;
    let answer = connect(address).await?.send_request(request).await?;
    ensure!(answer.status() == StatusCode::SWITCHING_PROTOCOLS, "{}", answer.status());
    let accept = answer.headers().get(header::SEC_WEBSOCKET_ACCEPT);
    ensure!(accept.is_some_and(|key| key == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "the wrong key");
    let socket = TokioIo::new(hyper::upgrade::on(answer).await?);
    Ok(websocket::chat(socket).await?)
}
