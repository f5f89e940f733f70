//! A one-time link's secret becomes a session.

use api::access::Me;
use domain::Login;
use domain::access::Actor;
use domain::access_records::Session;
use domain::event::EventBody;
use edge::credentials::{SESSION_LIFETIME, secret_hash};
use edge::{ApiError, Core, RequestContext};
use store::StoreError;

use crate::{App, view};

/// Somebody who has just signed in.
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) me: Me,
    /// The session's secret, for the cookie.
    pub(crate) secret: String,
}

/// Takes the link and begins a session, both or neither: of two that try at once, one is refused.
///
/// # Errors
/// [`ApiError::unauthenticated`], the same one for every link that is not valid: a guess learns nothing.
/// [`ApiError::too_many_requests`] if the person signs in all the time.
pub(crate) async fn sign_in(app: &App, request: &RequestContext, secret: &str) -> Result<SignedIn, ApiError> {
    let core = &app.core;
    let now = core.now();
    let link = core.store.sign_in_link(&secret_hash(secret), now).await?.ok_or_else(not_valid)?;
    let user = core.store.user(&link.value.login).await?.ok_or_else(not_valid)?.value;
    if user.disabled_at.is_some() {
        return Err(not_valid());
    }
    edge::rate::session_of(core, &user.login).await?;
    let (secret, session) = new_session(core, &user.login);
    let actor = Actor::Person { login: user.login.clone() };
    let signed_in = core.event(request, &actor, EventBody::SignedIn { login: user.login.clone() });
    let mut transaction = core.store.transaction(now);
    transaction.take(&link).put_new(&session).event(&signed_in);
    match transaction.commit().await {
        Ok(()) => {}
        Err(StoreError::Conflict) => return Err(not_valid()),
        Err(error) => return Err(error.into()),
    }
    let grants = user.granted();
    Ok(SignedIn { me: view::person(user, grants, Some(session.expires_at)), secret })
}

/// A session that begins now, with the secret for its cookie.
pub(crate) fn new_session(core: &Core, login: &Login) -> (String, Session) {
    let (secret, now) = (core.ids.secret(), core.now());
    let session = Session {
        hash: secret_hash(&secret),
        login: login.clone(),
        created_at: now,
        expires_at: SESSION_LIFETIME.after(now),
    };
    (secret, session)
}

fn not_valid() -> ApiError {
    ApiError::unauthenticated(
        "This sign-in link is not valid: it works once, and only for a quarter of an hour. Ask an admin for a new \
         one, who makes it with `keelson user link LOGIN`; whoever starts Keelson on a machine has one printed.",
    )
}
