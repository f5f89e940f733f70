//! A person may do nothing any more, or again what was granted.

use domain::Login;
use domain::access::Actor;
use domain::access_records::User;
use domain::event::EventBody;
use edge::{ApiError, RequestContext};
use store::Versioned;

use crate::App;
use crate::put_user::{another_admin, is_admin};

/// Disables a person with the next request that they make. Disabling them again changes nothing.
///
/// # Errors
/// [`ApiError::not_found`] if there is no such person; [`ApiError::conflict`] if nobody would be left who is an admin
/// everywhere.
pub(crate) async fn disable(
    app: &App,
    request: &RequestContext,
    actor: &Actor,
    login: Login,
) -> Result<User, ApiError> {
    let known = known(app, &login).await?;
    if known.value.disabled_at.is_some() {
        return Ok(known.value);
    }
    let now = app.core.now();
    let user = User { disabled_at: Some(now), ..known.value.clone() };
    let mut transaction = app.core.store.transaction(now);
    if is_admin(&known.value) {
        transaction.check(&another_admin(app, &login).await?);
    }
    transaction.replace(&user, known.version);
    transaction.event(&app.core.event(request, actor, EventBody::UserDisabled { login }));
    transaction.commit().await?;
    Ok(user)
}

/// Enables a person. Their sessions stay ended; their tokens, which they may have handed to programs, are taken again.
///
/// # Errors
/// [`ApiError::not_found`] if there is no such person.
pub(crate) async fn enable(
    app: &App,
    request: &RequestContext,
    actor: &Actor,
    login: Login,
) -> Result<User, ApiError> {
    let known = known(app, &login).await?;
    if known.value.disabled_at.is_none() {
        return Ok(known.value);
    }
    let now = app.core.now();
    let user = User { disabled_at: None, sessions_since: Some(now), ..known.value };
    let mut transaction = app.core.store.transaction(now);
    transaction.replace(&user, known.version);
    transaction.event(&app.core.event(request, actor, EventBody::UserEnabled { login }));
    transaction.commit().await?;
    Ok(user)
}

async fn known(app: &App, login: &Login) -> Result<Versioned<User>, ApiError> {
    app.core.store.user(login).await?.ok_or_else(|| ApiError::not_found("user", login))
}
