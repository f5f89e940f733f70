//! The trust boundary: bytes from anybody become a webhook of a known connection, or nothing.

use std::time::Duration;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode};
use domain::ConnectionName;
use domain::connection::{Connection, HostKind, Signing};
use edge::{ApiError, Path};
use integrations::git_host::{self, BadHeader, BadSignature, Reading, Unreadable};
use jiff::Timestamp;

use crate::room::AtWork;
use crate::{App, receive};

/// How large a webhook may be, in bytes: GitHub sends none above 25 MB.
pub const MOST_BYTES: usize = 25 * 1024 * 1024;

/// How long a sender may take for a body: no host waits longer for an answer to all of it.
const SLOWEST_BODY: Duration = Duration::from_secs(10);
/// What is said for the kind of event where a host's header is missing.
const UNKNOWN_EVENT: &str = "unknown";

/// A webhook whose signature was made with a secret of its connection. It can be made in this file only.
pub(crate) struct VerifiedHook {
    connection: Connection,
    headers: HeaderMap,
    body: Bytes,
    delivery: String,
    event: Result<String, BadHeader>,
    received_at: Timestamp,
    /// Held until it is written.
    _place: AtWork,
}

impl VerifiedHook {
    pub(crate) fn connection(&self) -> &ConnectionName {
        &self.connection.name
    }

    /// What tells the delivery from others.
    pub(crate) fn delivery(&self) -> &str {
        &self.delivery
    }

    /// The host's word for the kind of event.
    pub(crate) fn event(&self) -> &str {
        self.event.as_ref().map_or(UNKNOWN_EVENT, String::as_str)
    }

    pub(crate) fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// How many bytes its body has.
    pub(crate) fn size(&self) -> u64 {
        self.body.len() as u64
    }

    /// What it says.
    pub(crate) fn read(&self) -> Result<Reading, Unreadable> {
        let event = self.event.as_ref().map_err(|missing| Unreadable::from(*missing))?;
        let payload = git_host::payload(self.connection.kind, &self.headers, &self.body)?;
        let hook = git_host::Hook {
            connection: &self.connection.name,
            event,
            payload: &payload,
            received_at: self.received_at,
        };
        git_host::read(self.connection.kind, &hook)
    }
}

impl FromRequest<App> for VerifiedHook {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let received_at = app.core.now();
        let (mut parts, body) = request.into_parts();
        let connection = connection(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let place = app.room.enter(body.size_hint().exact()).ok_or_else(|| full(&connection.name))?;
        let reading = Bytes::from_request(Request::from_parts(parts, body), app);
        let body = match tokio::time::timeout(SLOWEST_BODY, reading).await {
            Ok(Ok(body)) => body,
            Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                receive::too_large(app, &connection.name, received_at).await?;
                return Err(ApiError::too_large(
                    "A webhook may have 25 MiB, and this one was not read. What a push brought is read from the git \
                     host's API instead, if the connection has an API token.",
                ));
            }
            Ok(Err(_)) => return Err(ApiError::invalid("The body broke off before its end.")),
            Err(_) => return Err(too_slow()),
        };
        let place = place.work().await.ok_or_else(|| full(&connection.name))?;
        verify(app, &connection, &headers, &body, received_at).await?;
        let delivery = git_host::delivery_id(connection.kind, &headers, &body);
        let event = git_host::event_name(connection.kind, &headers);
        Ok(Self { connection, headers, body, delivery, event, received_at, _place: place })
    }
}

/// The answer where no place is left. Nothing was read and nothing acknowledged.
fn full(connection: &ConnectionName) -> ApiError {
    tracing::warn!(%connection, "more webhooks come at once than there is room for");
    ApiError::busy(
        "More webhooks come at once than there is room for, and this one was not taken. Send it again.",
    )
}

/// The answer where a body does not come to its end in time.
fn too_slow() -> ApiError {
    ApiError::invalid(format!(
        "The body took longer than {} s to arrive: look for a slow proxy on the way, and send it again.",
        SLOWEST_BODY.as_secs()
    ))
}

async fn connection(parts: &mut axum::http::request::Parts, app: &App) -> Result<Connection, ApiError> {
    let Path(name) = Path::<String>::from_request_parts(parts, app).await?;
    let unknown = || ApiError::not_found("connection", &name);
    let parsed: ConnectionName = name.parse().map_err(|_| unknown())?;
    Ok(app.core.store.connection(&parsed).await?.ok_or_else(unknown)?.value)
}

async fn verify(
    app: &App,
    connection: &Connection,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> Result<(), ApiError> {
    let mut secrets = Vec::new();
    for secret in connection.secrets.iter().filter(|secret| secret.is_active(now)) {
        let sealed = ports::Sealed(secret.sealed.clone());
        let context = seal_context(&connection.name);
        secrets.push(app.secrets.open(&context, &sealed).await.map_err(ApiError::internal)?);
    }
    git_host::verify(connection.kind, connection.signing, headers, body, &secrets, now)
        .map_err(|reason| refuse(app, connection, reason))
}

/// To what the secrets of a connection are bound, so that one moved to another connection does not open.
pub(crate) fn seal_context(connection: &ConnectionName) -> String {
    format!("connection/{connection}")
}

fn refuse(app: &App, connection: &Connection, reason: BadSignature) -> ApiError {
    let Connection { name, kind, signing, .. } = connection;
    app.refused.count(name);
    tracing::warn!(connection = %name, %reason, "a webhook was refused");
    ApiError::unauthenticated(format!(
        "The webhook was not taken: {reason}.{}",
        advice(*kind, *signing, reason)
    ))
}

/// What to do about it.
fn advice(kind: HostKind, signing: Signing, reason: BadSignature) -> &'static str {
    match (reason, kind, signing) {
        (BadSignature::Wrong, _, _) => {
            " Enter the connection's secret on the git host again, or make a new one."
        }
        (BadSignature::Missing(_), HostKind::GitLab, Signing::StandardWebhooks) => {
            " Enter the signing token in the webhook's settings. GitLab before 19.0 has none: put the connection again \
             with `plain_token` for it."
        }
        (BadSignature::Missing(_), HostKind::GitLab, Signing::PlainToken | Signing::BodyHmac) => {
            " Enter the secret token in the webhook's settings."
        }
        (BadSignature::OtherTime(_), _, _) => " Set the clocks of both machines right.",
        (
            BadSignature::Missing(_) | BadSignature::Malformed | BadSignature::NotOfThisHost,
            HostKind::GitHub | HostKind::GitLab | HostKind::Gitea | HostKind::Bitbucket,
            Signing::BodyHmac | Signing::StandardWebhooks | Signing::PlainToken,
        ) => "",
    }
}
