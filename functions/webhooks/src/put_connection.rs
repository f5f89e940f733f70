//! A connection is added, or replaced together with its secrets.

use api::FieldError;
use api::connection::{ConnectionSecret, PutConnection};
use domain::ConnectionName;
use domain::connection::{Connection, HostKind, SealedSecret, Signing};
use domain::event::{Event, EventBody};
use edge::{ApiError, Caller, IfMatch, RequestContext};
use integrations::git_host;
use jiff::Timestamp;
use store::Version;

use crate::hook::seal_context;
use crate::{App, api_access, view};

/// How long a secret must be, in bytes: whoever has a body and its signature can try shorter ones.
const SHORTEST_SECRET: usize = 16;
/// How long it may be.
const LONGEST_SECRET: usize = 255;

/// Adds a connection, or replaces its kind and all its secrets at once.
pub(crate) async fn put(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    name: &ConnectionName,
    body: PutConnection,
    expected: &IfMatch,
) -> Result<ConnectionSecret, ApiError> {
    let kind = kind(&body.kind)?;
    let signing = signing(kind, body.signing.as_deref())?;
    let now = app.core.now();
    let known = app.core.store.connection(name).await?;
    expected.check("connection", known.as_ref().map(|known| known.version))?;
    let (secret, sealed) = new_secret(app, name, signing, body.secret, now).await?;
    let created_at = known.as_ref().map_or(now, |known| known.value.created_at);
    // Another kind of host has another API.
    let kept = known.as_ref().filter(|known| known.value.kind == kind && body.api.is_none());
    let kept = kept.and_then(|known| known.value.api.clone());
    let mut connection =
        Connection { name: name.clone(), kind, signing, secrets: vec![sealed], created_at, api: kept };
    if let Some(given) = body.api {
        connection.api = Some(api_access::sealed(app, &connection, given, "/api").await?);
    }
    let what = if known.is_some() { "replaced, with a new secret alone" } else { "added" };
    let mut transaction = app.core.store.transaction(now);
    if connection.api.is_some() {
        api_access::watch_anew(app, &connection, &mut transaction).await?;
    }
    transaction.save(&connection, known.map(|known| known.version));
    transaction.event(&changed(app, request, caller, name, what.to_owned()));
    transaction.commit().await?;
    Ok(ConnectionSecret { connection: view::one(app, &connection).await?, secret })
}

fn kind(word: &str) -> Result<HostKind, ApiError> {
    HostKind::from_word(word).ok_or_else(|| {
        let known = HostKind::ALL.map(HostKind::word).join("`, `");
        field("/kind", format!("`{word}` is not a kind of git host that Keelson knows: use one of `{known}`"))
    })
}

/// How webhooks are signed: what is asked for, if hosts of that kind can sign so; the best they can, if nothing is.
fn signing(kind: HostKind, asked: Option<&str>) -> Result<Signing, ApiError> {
    let Some(word) = asked else { return Ok(kind.best_signing()) };
    let possible = kind.signings();
    possible.iter().find(|signing| signing.word() == word).copied().ok_or_else(|| {
        let words = possible.iter().map(|signing| signing.word()).collect::<Vec<_>>().join("` or `");
        field("/signing", format!("{} does not sign webhooks by `{word}`: use `{words}`", kind.title()))
    })
}

/// The secret that is given, or a new one; and the same, sealed.
pub(crate) async fn new_secret(
    app: &App,
    name: &ConnectionName,
    signing: Signing,
    given: Option<String>,
    now: Timestamp,
) -> Result<(String, SealedSecret), ApiError> {
    let secret = match (given, signing) {
        (Some(given), _) => given,
        (None, Signing::BodyHmac | Signing::PlainToken) => app.core.ids.secret(),
        (None, Signing::StandardWebhooks) => git_host::signing_token(&app.core.ids.secret()),
    };
    let is_plain = secret.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let is_trimmed = secret.trim() == secret;
    if !is_plain || !is_trimmed || !(SHORTEST_SECRET..=LONGEST_SECRET).contains(&secret.len()) {
        let detail = "use 16 to 255 ASCII characters without a space at either end, or leave the secret out and \
                      Keelson makes a good one";
        return Err(field("/secret", detail.to_owned()));
    }
    if signing == Signing::StandardWebhooks && !git_host::is_signing_token(&secret) {
        let detail = "a signing token is `whsec_` and 24 to 64 bytes as base64, as GitLab shows it; leave it out and \
                      Keelson makes one, or use `plain_token` for GitLab's older secret token";
        return Err(field("/secret", detail.to_owned()));
    }
    let sealed =
        app.secrets.seal(&seal_context(name), secret.as_bytes()).await.map_err(ApiError::internal)?;
    Ok((secret, SealedSecret { sealed: sealed.0, added_at: now, expires_at: None }))
}

/// Writes a connection, and who changed it.
pub(crate) async fn save(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    connection: &Connection,
    known: Option<Version>,
    what: String,
) -> Result<(), ApiError> {
    let mut transaction = app.core.store.transaction(app.core.now());
    transaction.save(connection, known);
    transaction.event(&changed(app, request, caller, &connection.name, what));
    Ok(transaction.commit().await?)
}

/// That somebody changed a connection.
pub(crate) fn changed(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    connection: &ConnectionName,
    what: String,
) -> Event {
    let body = EventBody::ConnectionChanged { connection: connection.clone(), what };
    app.core.event(request, &caller.actor, body)
}

pub(crate) fn field(pointer: &str, detail: String) -> ApiError {
    let field = FieldError { pointer: pointer.to_owned(), detail, line: None, column: None };
    ApiError::invalid_fields("The connection was not changed.", vec![field])
}
