//! One request to one release, and its answer.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::{Either, Empty};
use hyper::body::Incoming;

use super::connection::{Connection, RequestBody};
use super::upstream::Upstream;

/// How long a release may take to begin its answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);
/// The same for a request with a body, which may take its time to arrive.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(3_600);

/// Why there is no answer.
pub(super) enum Failure {
    /// Nothing of the request has been sent, so it may go elsewhere.
    Unreached(Box<Request<RequestBody>>, String),
    /// The release may have begun with it.
    BrokeOff(String),
    /// The client's stream ended before its end.
    ClientBrokeOff,
    TimedOut,
    CutOff,
}

/// The answer's head, and the connection on which its body comes.
pub(super) type Answered = (Response<Incoming>, Connection);

/// Sends a request and waits for the head of the answer.
pub(super) async fn send(upstream: &Upstream, request: Request<RequestBody>) -> Result<Answered, Failure> {
    let patience = match request.body() {
        Either::Left(_) => ANSWER_TIMEOUT,
        Either::Right(_) => UPLOAD_TIMEOUT,
    };
    tokio::select! {
        biased;
        answered = exchange(upstream, request) => answered,
        () = upstream.cut().cancelled() => Err(Failure::CutOff),
        () = tokio::time::sleep(patience) => Err(Failure::TimedOut),
    }
}

/// Uses an idle connection if there is one, and a new one if that turns out to be stale.
async fn exchange(upstream: &Upstream, request: Request<RequestBody>) -> Result<Answered, Failure> {
    let mut connection = loop {
        match upstream.idle() {
            None => return on_new_connection(upstream, request).await,
            Some(mut connection) => {
                if connection.is_open().await {
                    break connection;
                }
            }
        }
    };
    let replay = replay(&request);
    let mut stale = match connection.send(request).await {
        Ok(response) => return Ok((response, connection)),
        Err(stale) => stale,
    };
    // The others have been idle for at least as long.
    upstream.close_idle();
    if let Some(request) = stale.take_message() {
        return on_new_connection(upstream, request).await;
    }
    let Some(request) = replay else { return Err(broke_off(&stale.into_error())) };
    // It may have arrived, so it goes to the same release once more and to no other: a request that brings a release
    // down must not bring down all of them.
    on_new_connection(upstream, request).await.map_err(|failure| match failure {
        Failure::Unreached(_, reason) => Failure::BrokeOff(reason),
        other => other,
    })
}

async fn on_new_connection(upstream: &Upstream, request: Request<RequestBody>) -> Result<Answered, Failure> {
    let mut connection = match upstream.connect().await {
        Ok(connection) => connection,
        Err(error) => return Err(Failure::Unreached(Box::new(request), error.to_string())),
    };
    match connection.send(request).await {
        Ok(response) => Ok((response, connection)),
        Err(mut broken) => Err(match broken.take_message() {
            Some(request) => Failure::Unreached(Box::new(request), broken.into_error().to_string()),
            None => broke_off(&broken.into_error()),
        }),
    }
}

fn broke_off(error: &hyper::Error) -> Failure {
    // hyper calls it the user's fault if the body that it was to send has failed; but also if the release would not
    // read it.
    let is_the_clients = error.is_user() && !error.is_body_write_aborted();
    if is_the_clients { Failure::ClientBrokeOff } else { Failure::BrokeOff(error.to_string()) }
}

/// The same request again, if sending it twice does no harm.
fn replay(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    let Either::Left(_) = request.body() else { return None };
    if !request.method().is_idempotent() {
        return None;
    }
    let mut copy = Request::new(Either::Left(Empty::new()));
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}
