//! The trust boundary: bytes from anybody become a webhook of a known connection, or nothing.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode};
use domain::ConnectionName;
use domain::connection::{Connection, HostKind};
use edge::{ApiError, Path};
use integrations::git_host::{self, BadSignature, Reading, Unreadable};
use jiff::Timestamp;

use crate::{App, receive};

/// How large a webhook may be, in bytes: GitHub sends none above 25 MB.
pub const MOST_BYTES: usize = 25 * 1024 * 1024;

/// A webhook whose signature was made with a secret of its connection. It can be made in this file only.
pub(crate) struct VerifiedHook {
    connection: Connection,
    headers: HeaderMap,
    body: Bytes,
    delivery: String,
    event: String,
    received_at: Timestamp,
}

impl VerifiedHook {
    pub(crate) fn connection(&self) -> &ConnectionName {
        &self.connection.name
    }

    /// The host's id of the delivery.
    pub(crate) fn delivery(&self) -> &str {
        &self.delivery
    }

    /// The host's word for the kind of event.
    pub(crate) fn event(&self) -> &str {
        &self.event
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
        let payload = git_host::payload(self.connection.kind, &self.headers, &self.body)?;
        let hook = git_host::Hook {
            connection: &self.connection.name,
            event: &self.event,
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
        let body = match Bytes::from_request(Request::from_parts(parts, body), app).await {
            Ok(body) => body,
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                receive::too_large(app, &connection.name, received_at).await?;
                return Err(ApiError::too_large("A webhook may have 25 MiB. This one was not read."));
            }
            Err(_) => return Err(ApiError::invalid("The body broke off before its end.")),
        };
        verify(app, &connection, &headers, &body, received_at).await?;
        let HostWords { delivery, event } = host_words(connection.kind, &headers)?;
        Ok(Self { connection, headers, body, delivery, event, received_at })
    }
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
    git_host::verify(connection.kind, headers, body, &secrets)
        .map_err(|reason| refuse(app, &connection.name, reason))
}

/// To what the secrets of a connection are bound, so that one moved to another connection does not open.
pub(crate) fn seal_context(connection: &ConnectionName) -> String {
    format!("connection/{connection}")
}

fn refuse(app: &App, connection: &ConnectionName, reason: BadSignature) -> ApiError {
    app.refused.count(connection);
    tracing::warn!(%connection, %reason, "a webhook was refused");
    let mut detail = format!("The webhook was not taken: {reason}.");
    if reason == BadSignature::Wrong {
        detail += " Enter the connection's secret on the git host again, or make a new one.";
    }
    ApiError::unauthenticated(detail)
}

struct HostWords {
    delivery: String,
    event: String,
}

fn host_words(kind: HostKind, headers: &HeaderMap) -> Result<HostWords, ApiError> {
    let delivery = git_host::delivery_id(kind, headers);
    let event = git_host::event_name(kind, headers);
    match (delivery, event) {
        (Ok(delivery), Ok(event)) => Ok(HostWords { delivery, event }),
        (Err(error), _) | (_, Err(error)) => Err(ApiError::invalid(format!("Nothing was taken: {error}."))),
    }
}
