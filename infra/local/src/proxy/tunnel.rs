//! Connections that speak another protocol after an upgrade, such as that of a WebSocket.

use std::time::Duration;

use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio_util::sync::CancellationToken;

use super::headers;
use super::lanes::Visit;
use super::websocket::{CLOSE_FOR_RESTART, Frames};
use crate::random;

/// Closing is spread over so long, so that clients do not all come back in one moment.
const SPREAD_MILLIS: u16 = 1_000;
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
    pub(super) fn open(self, response: &mut Response<Incoming>, visit: Visit) {
        let server = hyper::upgrade::on(response);
        let is_websocket = self.protocol.as_bytes().eq_ignore_ascii_case(b"websocket");
        tokio::spawn(async move {
            let cut = visit.upstream.cut().clone();
            let passed = pass(self.client, server, is_websocket, visit.upstream.draining());
            tokio::select! {
                () = passed => {}
                () = cut.cancelled() => {}
            }
            // The visit ends here, not earlier: the release is not drained before.
            drop(visit);
        });
    }
}

type Side = TokioIo<Upgraded>;

async fn pass(client: OnUpgrade, server: OnUpgrade, is_websocket: bool, draining: &CancellationToken) {
    let (Ok(client), Ok(server)) = tokio::join!(client, server) else { return };
    let (mut client_read, mut client_write) = tokio::io::split(TokioIo::new(client));
    let (mut server_read, mut server_write) = tokio::io::split(TokioIo::new(server));
    let up = async {
        let _ = tokio::io::copy(&mut client_read, &mut server_write).await;
        let _ = server_write.shutdown().await;
    };
    let frames = is_websocket.then(Frames::default);
    let down = async {
        down(&mut server_read, &mut client_write, frames, draining).await;
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
    server: &mut ReadHalf<Side>,
    client: &mut WriteHalf<Side>,
    mut frames: Option<Frames>,
    draining: &CancellationToken,
) {
    let mut buffer = vec![0; CHUNK];
    let closing = async {
        draining.cancelled().await;
        let delay = u16::from_be_bytes(random::bytes()) % SPREAD_MILLIS;
        tokio::time::sleep(Duration::from_millis(delay.into())).await;
    };
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

/// Passes one piece; `false` at the end.
async fn pass_once(
    server: &mut ReadHalf<Side>,
    client: &mut WriteHalf<Side>,
    buffer: &mut [u8],
    frames: Option<&mut Frames>,
) -> bool {
    let Ok(length @ 1..) = server.read(buffer).await else { return false };
    if let Some(frames) = frames {
        frames.advance(&buffer[..length]);
    }
    client.write_all(&buffer[..length]).await.is_ok()
}
