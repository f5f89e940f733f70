//! One request: choose a release, send it there, measure, stream the answer back.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header};
use http_body::Body;
use http_body_util::{Either, Empty, Full};
use hyper::body::Incoming;

use super::body::{ForwardedBody, ProxyBody};
use super::exchange::{Answered, Failure, send};
use super::headers::{self, REQUEST_ID};
use super::lanes::{Lanes, Visit};
use super::tunnel::Tunnel;
use crate::problem::Problem;

/// How long a request waits for the first release after Keelson has started.
const PATIENCE: Duration = Duration::from_secs(10);

const NOTHING_READY: Problem = Problem {
    status: StatusCode::SERVICE_UNAVAILABLE,
    detail: "No release of this service is ready. Try again in a moment.",
};
const UNREACHED: Problem =
    Problem { status: StatusCode::BAD_GATEWAY, detail: "The service could not be reached." };
const BROKE_OFF: Problem =
    Problem { status: StatusCode::BAD_GATEWAY, detail: "The service broke off before it answered." };
const TIMED_OUT: Problem =
    Problem { status: StatusCode::GATEWAY_TIMEOUT, detail: "The service did not answer in time." };
const CUT_OFF: Problem =
    Problem { status: StatusCode::GATEWAY_TIMEOUT, detail: "The service was replaced before it answered." };
const CLIENT_BROKE_OFF: Problem =
    Problem { status: StatusCode::BAD_REQUEST, detail: "The request broke off." };
const NO_TUNNELS: Problem =
    Problem { status: StatusCode::METHOD_NOT_ALLOWED, detail: "CONNECT is not supported." };

/// Answers one request.
pub(super) async fn forward(
    lanes: &Lanes,
    peer: IpAddr,
    mut request: Request<Incoming>,
) -> Response<ProxyBody> {
    let id = headers::request_id(request.headers());
    let tunnel = Tunnel::wanted(&mut request);
    prepare(&mut request, peer, id.clone(), tunnel.as_ref());
    let answered = relay(lanes, request, tunnel).await;
    let mut response = answered.unwrap_or_else(|problem| {
        problem.response(id.to_str().unwrap_or_default()).map(|body| Either::Left(Full::new(body)))
    });
    response.headers_mut().entry(REQUEST_ID).or_insert(id);
    response
}

/// Makes the client's request one that the proxy sends.
fn prepare(request: &mut Request<Incoming>, peer: IpAddr, id: HeaderValue, tunnel: Option<&Tunnel>) {
    let authority = request.uri().authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok());
    if let Some(host) = authority {
        request.headers_mut().insert(header::HOST, host);
    }
    let path = request.uri().path_and_query().cloned().map_or(Uri::from_static("/"), Uri::from);
    *request.uri_mut() = path;
    *request.version_mut() = Version::HTTP_11;
    headers::strip(request.headers_mut());
    if let Some(tunnel) = tunnel {
        headers::set_upgrade(request.headers_mut(), tunnel.protocol());
    }
    headers::introduce(request.headers_mut(), peer, id);
    request.headers_mut().entry(header::HOST).or_insert(HeaderValue::from_static("localhost"));
}

async fn relay(
    lanes: &Lanes,
    request: Request<Incoming>,
    tunnel: Option<Tunnel>,
) -> Result<Response<ProxyBody>, Problem> {
    if request.method() == Method::CONNECT {
        return Err(NO_TUNNELS);
    }
    let started = Instant::now();
    let visit = lanes.enter_soon(request.headers(), PATIENCE).await.ok_or(NOTHING_READY)?;
    let request = request.map(|body| match body.is_end_stream() {
        true => Either::Left(Empty::new()),
        false => Either::Right(body),
    });
    match send(&visit.upstream, request).await {
        Ok(answered) => Ok(answer(answered, visit, tunnel, started).await),
        Err(Failure::Unreached(request, reason)) => {
            let _ = failed(lanes, &visit, started, UNREACHED, &reason);
            // It has died, and the lanes do not know yet: whoever else is ready takes its place.
            let visit = lanes.enter(request.headers(), Some(&visit.upstream)).ok_or(UNREACHED)?;
            match send(&visit.upstream, *request).await {
                Ok(answered) => Ok(answer(answered, visit, tunnel, started).await),
                Err(failure) => Err(give_up(lanes, &visit, started, failure)),
            }
        }
        Err(failure) => Err(give_up(lanes, &visit, started, failure)),
    }
}

fn give_up(lanes: &Lanes, visit: &Visit, started: Instant, failure: Failure) -> Problem {
    match failure {
        Failure::ClientBrokeOff => CLIENT_BROKE_OFF,
        Failure::BrokeOff(reason) => failed(lanes, visit, started, BROKE_OFF, &reason),
        Failure::Unreached(_, reason) => failed(lanes, visit, started, UNREACHED, &reason),
        Failure::TimedOut => failed(lanes, visit, started, TIMED_OUT, "no answer in time"),
        Failure::CutOff => failed(lanes, visit, started, CUT_OFF, "the time for draining is over"),
    }
}

fn failed(lanes: &Lanes, visit: &Visit, started: Instant, problem: Problem, reason: &str) -> Problem {
    visit.upstream.recorder().request(true, started.elapsed());
    let artifact = visit.upstream.artifact();
    tracing::warn!(place = lanes.place(), %artifact, reason, "{}", problem.detail);
    problem
}

/// Turns a release's answer into the proxy's, and counts it.
async fn answer(
    (mut response, connection): Answered,
    visit: Visit,
    tunnel: Option<Tunnel>,
    started: Instant,
) -> Response<ProxyBody> {
    let status = response.status();
    visit.upstream.recorder().request(status.is_server_error(), started.elapsed());
    let set_cookie = visit.set_cookie.clone();
    let protocol = response.headers().get(header::UPGRADE).cloned();
    headers::strip(response.headers_mut());
    if let Some(cookie) = set_cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    *response.version_mut() = Version::HTTP_11;
    if status == StatusCode::SWITCHING_PROTOCOLS
        && let (Some(tunnel), Some(protocol)) = (tunnel, protocol)
    {
        headers::set_upgrade(response.headers_mut(), protocol);
        tunnel.open(connection, visit);
        return response.map(|_| Either::Left(Full::new(Bytes::new())));
    }
    let (parts, body) = response.into_parts();
    let body = ForwardedBody::new(body, &parts.headers, connection, visit).await;
    Response::from_parts(parts, Either::Right(body))
}
