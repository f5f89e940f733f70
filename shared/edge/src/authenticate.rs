//! Who calls: a session cookie, an API token, or the identity of a CI job.

use api::Method;
use domain::Login;
use domain::Period;
use domain::access::Actor;
use domain::access_records::{Token, User};
use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use store::Versioned;

use crate::credentials::{TOKEN_PREFIX, secret_hash, session_secret};
use crate::{ApiError, Caller, Core, Settings};

/// How exactly it is known when a token was used last.
const LAST_USE_PRECISION: Period = Period::seconds(60);
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Finds out who calls. `takes_ci` is whether a CI job may call this route.
///
/// # Errors
/// [`ApiError::unauthenticated`] with the reason; [`ApiError::forbidden`] if a browser may have been tricked into the
/// request.
pub(crate) async fn authenticate(
    core: &Core,
    headers: &HeaderMap,
    method: Method,
    takes_ci: bool,
) -> Result<Caller, ApiError> {
    if let Some(credentials) = headers.get(AUTHORIZATION) {
        let bearer = credentials.to_str().ok().and_then(bearer);
        return match bearer {
            Some(token) if token.starts_with(TOKEN_PREFIX) => by_token(core, token).await,
            Some(token) if is_jwt(token) => by_ci_identity(core, token, takes_ci).await,
            _ => Err(ApiError::unauthenticated(format!(
                "`Authorization` must be `Bearer {TOKEN_PREFIX}…`, with an API token of this installation."
            ))),
        };
    }
    let Some(secret) = session_secret(&core.settings, headers) else {
        return Err(ApiError::unauthenticated(format!(
            "Sign in, or send an API token as `Authorization: Bearer {TOKEN_PREFIX}…`."
        )));
    };
    let caller = by_session(core, secret).await?;
    if method != Method::Get {
        is_from_the_panel(core, headers)?;
    }
    Ok(caller)
}

/// What the caller proves to be somebody with: a token, or a session's secret.
pub(crate) fn credential<'a>(settings: &Settings, headers: &'a HeaderMap) -> Option<&'a str> {
    match headers.get(AUTHORIZATION) {
        Some(credentials) => credentials.to_str().ok().and_then(bearer),
        None => session_secret(settings, headers),
    }
}

/// The token in `Bearer …`, whose scheme may be written in any case.
fn bearer(credentials: &str) -> Option<&str> {
    let (scheme, token) = credentials.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a bearer token looks like a JSON Web Token: three parts with dots between.
fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3 && token.split('.').all(|part| !part.is_empty())
}

async fn by_token(core: &Core, secret: &str) -> Result<Caller, ApiError> {
    let now = core.now();
    let Some(Versioned { value: token, version }) = core.store.token(&secret_hash(secret)).await? else {
        return Err(ApiError::unauthenticated(
            "This API token is unknown here. Look whether it is complete.",
        ));
    };
    token
        .check(now)
        .map_err(|why| ApiError::unauthenticated(format!("The API token `{}` {why}.", token.name)))?;
    let user = user(core, &token.owner).await?;
    let caller = Caller {
        actor: Actor::Token { id: token.id, name: token.name.clone(), owner: token.owner.clone() },
        grants: user.granted(),
        user: Some(user),
        scope: token.scope.clone(),
        expires_at: token.expires_at,
        session: None,
        ci: None,
    };
    note_use(core, Versioned { value: token, version }, now);
    Ok(caller)
}

/// Writes down that a token was used, once a minute, without making its user wait or fail.
fn note_use(core: &Core, token: Versioned<Token>, now: Timestamp) {
    let is_noted = token.value.last_used_at.is_some_and(|at| now < LAST_USE_PRECISION.after(at));
    if is_noted {
        return;
    }
    let mut transaction = core.store.transaction(now);
    transaction.replace(&Token { last_used_at: Some(now), ..token.value }, token.version);
    tokio::spawn(async move {
        match transaction.commit().await {
            Ok(()) => {}
            // Another request noted it, or the token was just revoked.
            Err(error) if error.is_conflict() => {}
            Err(error) => tracing::warn!(%error, "the use of a token could not be noted"),
        }
    });
}

async fn by_session(core: &Core, secret: &str) -> Result<Caller, ApiError> {
    let session = core.store.session(&secret_hash(secret), core.now()).await?;
    let ended = || ApiError::unauthenticated("Your session has ended. Sign in again.");
    let session = session.ok_or_else(ended)?.value;
    let user = user(core, &session.login).await?;
    if !user.keeps_session(session.created_at) {
        return Err(ended());
    }
    Ok(Caller::person_of(user, session.hash, session.expires_at))
}

async fn user(core: &Core, login: &Login) -> Result<User, ApiError> {
    let user = core.store.user(login).await?;
    let gone = || ApiError::unauthenticated(format!("`{login}` is no longer a user of this installation."));
    let user = user.map(|user| user.value).ok_or_else(gone)?;
    if user.disabled_at.is_some() {
        return Err(ApiError::unauthenticated(format!(
            "`{login}` is disabled in this installation. An admin can enable them again, by `keelson user enable \
             {login}`."
        )));
    }
    Ok(user)
}

async fn by_ci_identity(core: &Core, token: &str, takes_ci: bool) -> Result<Caller, ApiError> {
    if !takes_ci {
        return Err(ApiError::unauthenticated(
            "A CI job's own identity is taken only where artifacts are registered. Use an API token here.",
        ));
    }
    let Some(verifier) = &core.ci_verifier else {
        return Err(ApiError::unauthenticated("This installation takes no CI identities. Use an API token."));
    };
    Ok(Caller::ci_job(verifier.verify(token).await?))
}

/// A browser sends the cookie of its own accord, so a request that changes something must prove that it comes from
/// this installation's own pages. `SameSite=Strict` alone would let in other ports and subdomains of the same site.
fn is_from_the_panel(core: &Core, headers: &HeaderMap) -> Result<(), ApiError> {
    if comes_from(core, headers) == Some(true) {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "This request does not come from the panel, so the panel's session is not taken for it, and nothing was \
         changed. Programs use an API token.",
    ))
}

/// Whether a browser says that a page of another site makes the request.
pub(crate) fn is_from_elsewhere(core: &Core, headers: &HeaderMap) -> bool {
    comes_from(core, headers) == Some(false)
}

/// Whether a request comes from this installation's own pages, as far as browsers say: `Sec-Fetch-Site` where they know
/// it, else `Origin` (OWASP's Cross-Site Request Forgery Prevention, "Fetch Metadata" and "Standard Headers").
fn comes_from(core: &Core, headers: &HeaderMap) -> Option<bool> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match (text(SEC_FETCH_SITE), text(ORIGIN)) {
        (Some(site), _) => Some(["same-origin", "none"].contains(&site)),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            Some(origin == core.settings.public_url.as_str() || (host.is_some() && host == text(HOST)))
        }
        (None, None) => None,
    }
}
