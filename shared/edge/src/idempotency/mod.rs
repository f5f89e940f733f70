//! `Idempotency-Key`: a request that is sent again is not done again, and has the same answer
//! (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! - A key belongs to the session or token it comes with, for 24 hours.
//! - The answer is kept sealed, with a key that is made of what the caller sends: see [`seal`]. So answers with secrets
//!   can be repeated too, and nobody who reads the store learns them.
//! - What was refused (4xx) changed nothing, is forgotten, and may be tried again with the same key.
//! - Whoever dies, or fails with a 5xx, between the deed and keeping its answer leaves it open whether it was done. The
//!   event log answers that, because every deed is in it with its request, in the same transaction: if it is, the
//!   caller is told so; if it is not, the request is done now.

mod resolve;
mod seal;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::Period;
use http::header::RETRY_AFTER;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use store::{AnswerState, KeptAnswer, StoreError, Version, Versioned};

use crate::authenticate::credential;
use crate::{ApiError, Core, RequestContext};
use seal::Seal;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long a key is remembered.
const KEPT: Period = Period::seconds(24 * 60 * 60);
/// How long a request may be under way: longer than any runtime lets one be.
const LEASE: Period = Period::seconds(120);
/// How long after a failure something may still happen: longer than the store may take to answer.
const SETTLING: Period = Period::seconds(15);
/// How many bytes an answer may have to be kept.
const LONGEST: u64 = 64 * 1024;
/// How long a key may be.
const LONGEST_KEY: usize = 255;

/// What the layer knows of its route.
#[derive(Clone)]
pub(crate) struct Once {
    pub(crate) core: Core,
    /// How many bytes a request's body may have.
    pub(crate) limit: usize,
}

/// Does a request with a key once.
pub(crate) async fn once(
    State(Once { core, limit }): State<Once>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    // Whoever got here has one, as only routes that ask who calls have this layer.
    let Some(credential) = credential(&core.settings, request.headers()) else {
        return Ok(next.run(request).await);
    };
    let seal = Seal::new(credential, &key);
    let (parts, body) = request.into_parts();
    let too_large = |_| ApiError::too_large("The body is larger than this address takes.");
    let body = to_bytes(body, limit).await.map_err(too_large)?;
    let mine = begin(&core, &seal, &parts, &body);
    let known = match claim(&core, &mine).await? {
        Claim::Mine(version) => version,
        Claim::Known(known) if known.value.fingerprint != mine.fingerprint => return Err(reused()),
        Claim::Known(known) => match &known.value.state {
            AnswerState::Done { sealed } => return repeat(&seal, sealed.as_deref()),
            AnswerState::Pending { until } if *until > core.now() => return Err(busy(*until, core.now())),
            AnswerState::Pending { until } => take_over(&core, &mine, &known, *until).await?,
        },
    };
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(&core, &seal, Versioned { value: mine, version: known }, response).await
}

/// The key; written as a string of structured fields (`"8e03…"`), as the draft wants it, or bare, as most do.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut given = headers.get_all(KEY).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let text = first.to_str().ok().filter(|_| given.next().is_none()).map(str::trim).unwrap_or_default();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if text.is_empty() || text.len() > LONGEST_KEY || !is_plain {
        return Err(ApiError::invalid(
            "`Idempotency-Key` must be one text of 1 to 255 visible ASCII characters, such as a UUID. Nothing was done.",
        ));
    }
    Ok(Some(text.to_owned()))
}

fn begin(core: &Core, seal: &Seal, parts: &Parts, body: &Bytes) -> KeptAnswer {
    let now = core.now();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    KeptAnswer {
        id: seal.id(),
        fingerprint: seal.fingerprint(parts.method.as_str(), target, body),
        request: parts.extensions.get::<RequestContext>().and_then(|context| context.id),
        begun_at: now,
        expires_at: KEPT.after(now),
        state: AnswerState::Pending { until: LEASE.after(now) },
    }
}

enum Claim {
    Mine(Version),
    Known(Versioned<KeptAnswer>),
}

async fn claim(core: &Core, mine: &KeptAnswer) -> Result<Claim, ApiError> {
    let now = core.now();
    let mut transaction = core.store.transaction(now);
    transaction.put_new(mine);
    match transaction.commit().await {
        Ok(()) => Ok(Claim::Mine(Version::written_over(None))),
        Err(StoreError::Conflict) => match core.store.kept_answer(&mine.id, now).await? {
            Some(known) => Ok(Claim::Known(known)),
            // It was refused, or forgotten, in this very moment.
            None => Err(busy(now, now)),
        },
        Err(error) => Err(error.into()),
    }
}

/// Goes on where another broke off, if that did nothing.
async fn take_over(
    core: &Core,
    mine: &KeptAnswer,
    known: &Versioned<KeptAnswer>,
    until: Timestamp,
) -> Result<Version, ApiError> {
    match resolve::was_done(core, &known.value, until).await? {
        Some(false) => {}
        Some(true) => return Err(lost()),
        None => {
            return Err(ApiError::conflict(
                "A request with this `Idempotency-Key` broke off, and too much happened since to tell whether it was \
                 done. Look, and if it was not, send it again with a new key.",
            ));
        }
    }
    let mut transaction = core.store.transaction(core.now());
    transaction.replace(mine, known.version);
    match transaction.commit().await {
        Ok(()) => Ok(Version::written_over(Some(known.version))),
        // Somebody else took it over.
        Err(StoreError::Conflict) => Err(busy(core.now(), core.now())),
        Err(error) => Err(error.into()),
    }
}

/// Keeps the answer, and gives it.
async fn keep(
    core: &Core,
    seal: &Seal,
    mine: Versioned<KeptAnswer>,
    response: Response,
) -> Result<Response, ApiError> {
    let status = response.status();
    let mut transaction = core.store.transaction(core.now());
    let response = if status.is_client_error() {
        transaction.take(&mine);
        response
    } else if status.is_server_error() {
        let state = AnswerState::Pending { until: SETTLING.after(core.now()) };
        transaction.replace(&KeptAnswer { state, ..mine.value }, mine.version);
        response
    } else {
        let (sealed, response) = sealed(core, seal, response).await?;
        let state = AnswerState::Done { sealed };
        transaction.replace(&KeptAnswer { state, ..mine.value }, mine.version);
        response
    };
    if let Err(error) = transaction.commit().await {
        // The next one with this key asks the event log.
        tracing::warn!(%error, "an answer could not be kept for its Idempotency-Key");
    }
    Ok(response)
}

/// The answer, sealed unless it is too long to be kept, and still to be given.
async fn sealed(
    core: &Core,
    seal: &Seal,
    response: Response,
) -> Result<(Option<String>, Response), ApiError> {
    if response.body().size_hint().exact().is_none_or(|length| length > LONGEST) {
        return Ok((None, response));
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(ApiError::internal)?;
    let sealed = seal.close(core.ids.random(), parts.status, &parts.headers, &body);
    Ok((sealed, Response::from_parts(parts, Body::from(body))))
}

fn repeat(seal: &Seal, sealed: Option<&str>) -> Result<Response, ApiError> {
    let Some(sealed) = sealed else { return Err(lost()) };
    let mut response = seal.open(sealed).ok_or_else(lost)?;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn reused() -> ApiError {
    ApiError::key_reused(
        "This `Idempotency-Key` came with another request before: another method, address, query or body. Nothing was \
         done. Give every request a key of its own.",
    )
}

fn busy(until: Timestamp, now: Timestamp) -> ApiError {
    let wait = (Period::between(now, until).as_millis() + 999) / 1_000;
    ApiError::conflict(
        "The first request with this `Idempotency-Key` is still being answered, or broke off a moment ago. Nothing was \
         done by this one. Wait, and send it again.",
    )
    .with_header(RETRY_AFTER, HeaderValue::from(wait.clamp(1, 120)))
}

fn lost() -> ApiError {
    ApiError::conflict(
        "The first request with this `Idempotency-Key` was done, but its answer was not kept. Nothing was done again. \
         Look at what it made.",
    )
}
