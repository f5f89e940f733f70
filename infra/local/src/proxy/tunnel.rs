//! Connections that speak another protocol after an upgrade, such as that of a WebSocket.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, header};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Chain};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::connection::Connection;
use super::headers;
use super::lanes::Visit;
use super::upstream::Upstream;
use super::websocket::{CLOSE_FOR_RESTART, Frames};
use crate::random;
use crate::wire::Goodbye;

/// How long the last frame may take to end, and how long the other side may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
const CHUNK: usize = 16 * 1024;

/// A client's wish to speak another protocol.
pub(super) struct Tunnel {
    protocol: HeaderValue,
    client: OnUpgrade,
}

impl Tunnel {
    /// The wish, if the request has one.
    pub(super) fn wanted(request: &mut Request<Incoming>) -> Option<Self> {
        let protocol = request.headers().get(header::UPGRADE)?.clone();
        headers::connection_names(request.headers(), "upgrade")
            .then(|| Self { protocol, client: hyper::upgrade::on(request) })
    }

    pub(super) fn protocol(&self) -> HeaderValue {
        self.protocol.clone()
    }

    /// Passes bytes both ways from when both sides have switched until one ends or the release drains.
    pub(super) fn open(self, connection: Connection, visit: Visit) {
        let server = connection.into_stream();
        let is_websocket = self.protocol.as_bytes().eq_ignore_ascii_case(b"websocket");
        tokio::spawn(async move {
            let cut_off = async {
                visit.upstream.cut().cancelled().await;
                // A WebSocket says goodbye even then.
                tokio::time::sleep(GOODBYE).await;
            };
            tokio::select! {
                () = pass(self.client, server, is_websocket, &visit.upstream) => {}
                () = cut_off => {}
            }
            // The visit ends here, not earlier: the release is not drained before.
            drop(visit);
        });
    }
}

type FromServer<'a> = Chain<&'a [u8], ReadHalf<'a>>;
type ToClient<'a> = WriteHalf<'a>;
/// What the server reads from and writes to.
type Accepted = TokioIo<Goodbye<TcpStream>>;

async fn pass(client: OnUpgrade, server: (TcpStream, Bytes), is_websocket: bool, upstream: &Upstream) {
    let Ok(Ok(client)) = client.await.map(Upgraded::downcast::<Accepted>) else { return };
    // The bare connection: what comes from the client after the last word to it still goes to the release.
    let (mut stream, already_sent) = (client.io.into_inner().into_inner(), client.read_buf);
    let (client_read, mut client_write) = stream.split();
    let mut client_read = AsyncReadExt::chain(&*already_sent, client_read);
    let (mut server, already_read) = server;
    let (server_read, mut server_write) = server.split();
    let mut server_read = AsyncReadExt::chain(&*already_read, server_read);
    let up = async {
        let _ = tokio::io::copy(&mut client_read, &mut server_write).await;
        let _ = server_write.shutdown().await;
    };
    let frames = is_websocket.then(Frames::default);
    let down = async {
        down(&mut server_read, &mut client_write, frames, upstream).await;
        let _ = client_write.shutdown().await;
    };
    tokio::pin!(up, down);
    tokio::select! {
        // One side has ended; the other may say goodbye.
        () = &mut up => { let _ = tokio::time::timeout(GOODBYE, down).await; }
        () = &mut down => { let _ = tokio::time::timeout(GOODBYE, up).await; }
    }
}

/// Passes what the release says until it ends or drains; a WebSocket is closed properly then, between two frames.
async fn down(
    server: &mut FromServer<'_>,
    client: &mut ToClient<'_>,
    mut frames: Option<Frames>,
    upstream: &Upstream,
) {
    let mut buffer = vec![0; CHUNK];
    let closing = closing(upstream);
    tokio::pin!(closing);
    loop {
        tokio::select! {
            passed = pass_once(server, client, &mut buffer, frames.as_mut()) => if !passed { return },
            () = &mut closing => break,
        }
    }
    let Some(frames) = &mut frames else { return };
    let to_the_frame_end = async {
        while !frames.between() && pass_once(server, client, &mut buffer, Some(&mut *frames)).await {}
    };
    let _ = tokio::time::timeout(GOODBYE, to_the_frame_end).await;
    if frames.between() {
        let _ = client.write_all(&CLOSE_FOR_RESTART).await;
    }
}

/// The moment for closing one WebSocket: they are spread, so that clients do not all come back at once.
async fn closing(upstream: &Upstream) {
    upstream.draining().cancelled().await;
    let share = f64::from(u16::from_be_bytes(random::bytes())) / f64::from(u16::MAX);
    tokio::select! {
        () = tokio::time::sleep(upstream.closing_span().mul_f64(share)) => {}
        () = upstream.cut().cancelled() => {}
    }
}

/// Passes one piece; `false` at the end.
async fn pass_once(
    server: &mut FromServer<'_>,
    client: &mut ToClient<'_>,
    buffer: &mut [u8],
    frames: Option<&mut Frames>,
) -> bool {
    let Ok(length @ 1..) = server.read(buffer).await else { return false };
    if let Some(frames) = frames {
        frames.advance(&buffer[..length]);
    }
    client.write_all(&buffer[..length]).await.is_ok()
}
