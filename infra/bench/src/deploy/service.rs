//! The service that is deployed: this very program, started by Keelson as `bench service`.
//!
//! It has every kind of answer that a switch could harm. It ends at once when it is told to, so it is told so only
//! when nothing is under way any more, or requests fail.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::net::{TcpListener, TcpStream};

use super::websocket;

/// How the program is told to be the service.
pub(crate) const ARGUMENT: &str = "service";
/// Says which artifact answers.
pub(super) const ARTIFACT: &str = "x-artifact";
/// The pieces of a streamed answer, and how long each is.
const PIECES: u64 = 16;
const PIECE: usize = 4 * 1024;
/// What every WebSocket's accept key is made with (RFC 6455, 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

type Pieces = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>> + Send>>;
type Answer = Response<Either<Full<Bytes>, StreamBody<Pieces>>>;

/// Serves on `PORT` until it is ended.
///
/// # Errors
/// When the port is missing or taken.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is how a service learns its port and its artifact"
)]
pub(crate) async fn run() -> Result<()> {
    let port: u16 = std::env::var("PORT")?.parse().context("PORT")?;
    let artifact = HeaderValue::try_from(std::env::var("KEELSON_ARTIFACT")?)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream, artifact.clone()));
    }
}

async fn serve(stream: TcpStream, artifact: HeaderValue) {
    let _ = stream.set_nodelay(true);
    let port = stream.local_addr().as_ref().map_or(0, SocketAddr::port);
    let service = service_fn(|request| {
        let artifact = artifact.clone();
        async move {
            let mut answer = answer(request, port, &artifact).await;
            answer.headers_mut().insert(ARTIFACT, artifact);
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // It ends in an error when its client goes away.
    let _ = connection.with_upgrades().await;
}

async fn answer(mut request: Request<Incoming>, port: u16, artifact: &HeaderValue) -> Answer {
    if request.method() == Method::POST {
        return match request.into_body().collect().await {
            Ok(body) => whole(body.to_bytes().len().to_string()),
            Err(_) => status(StatusCode::BAD_REQUEST),
        };
    }
    let millis = request.uri().query().and_then(|query| query.parse().ok()).unwrap_or_default();
    match request.uri().path() {
        "/" => whole("Here is the page that you asked for, and it is not a long one."),
        "/readyz" => {
            let artifact = artifact.to_str().unwrap_or_default();
            whole(format!(r#"{{"artifact":"{artifact}","port":{port}}}"#))
        }
        "/wait" => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            whole("It took its time.")
        }
        "/stream" => streamed(pieces(Duration::from_millis(millis / PIECES))),
        "/events" => {
            let mut answer = streamed(events(Duration::from_millis(millis)));
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            answer
        }
        "/websocket" => upgrade(&mut request).unwrap_or_else(|| status(StatusCode::BAD_REQUEST)),
        _ => status(StatusCode::NOT_FOUND),
    }
}

fn whole(text: impl Into<Bytes>) -> Answer {
    Response::new(Either::Left(Full::new(text.into())))
}

fn status(status: StatusCode) -> Answer {
    let mut answer = whole(Bytes::new());
    *answer.status_mut() = status;
    answer
}

fn streamed(pieces: Pieces) -> Answer {
    Response::new(Either::Right(StreamBody::new(pieces)))
}

/// An answer in pieces, with a pause before each.
fn pieces(pause: Duration) -> Pieces {
    let piece = Bytes::from(vec![b'.'; PIECE]);
    let sizes = stream::iter(0..PIECES).then(move |_| {
        let piece = piece.clone();
        async move {
            tokio::time::sleep(pause).await;
            Ok(Frame::data(piece))
        }
    });
    Box::pin(sizes)
}

/// The length of an answer in pieces.
pub(super) const STREAMED: usize = PIECES as usize * PIECE;

/// Events without an end.
fn events(pause: Duration) -> Pieces {
    let events = stream::iter(0_u64..).then(move |number| async move {
        tokio::time::sleep(pause).await;
        Ok(Frame::data(Bytes::from(format!("data: {number}\n\n"))))
    });
    Box::pin(events)
}

fn upgrade(request: &mut Request<Incoming>) -> Option<Answer> {
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY)?.to_str().ok()?;
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes());
    let accept = base64::engine::general_purpose::STANDARD.encode(hash);
    let upgraded = hyper::upgrade::on(request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgraded.await {
            // It ends in an error when its client goes away.
            let _ = websocket::echo(TokioIo::new(upgraded)).await;
        }
    });
    let mut answer = status(StatusCode::SWITCHING_PROTOCOLS);
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, HeaderValue::try_from(accept).ok()?);
    Some(answer)
}
