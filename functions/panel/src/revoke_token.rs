//! The end of an API token.

use domain::TokenId;
use domain::access::{Actor, Permission, Place, TokenScope};
use domain::access_records::Token;
use domain::event::EventBody;
use edge::{ApiError, Caller, RequestContext};

use crate::App;

/// Revokes one's own token or, as an admin, anybody's. Revoking it again is harmless.
///
/// It takes effect with the next request: nothing that was decided about a token is kept.
///
/// # Errors
/// [`ApiError::not_found`] if there is no such token that the caller could see; [`ApiError::forbidden`] for a
/// narrowed token that would revoke another.
pub(crate) async fn revoke_token(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    id: TokenId,
) -> Result<(), ApiError> {
    let core = &app.core;
    let now = core.now();
    let unknown = || ApiError::not_found("token", id);
    let known = core.store.token_by_id(&id).await?.ok_or_else(unknown)?;
    if !caller.may(Permission::ManageAccess, &Place::default()) {
        if caller.person() != Some(&known.value.owner) {
            return Err(unknown());
        }
        may_revoke_own(caller, id)?;
    }
    if known.value.revoked_at.is_some() {
        return Ok(());
    }
    let revoked = Token { revoked_at: Some(now), ..known.value };
    let mut transaction = core.store.transaction(now);
    transaction.replace(&revoked, known.version);
    transaction.event(&core.event(request, &caller.actor, EventBody::TokenRevoked { token: id }));
    Ok(transaction.commit().await?)
}

/// A token for one purpose that has leaked must not take its owner's other tokens with it; itself it may.
fn may_revoke_own(caller: &Caller, id: TokenId) -> Result<(), ApiError> {
    let is_itself = matches!(&caller.actor, Actor::Token { id: own, .. } if *own == id);
    if is_itself || caller.scope == TokenScope::default() {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "This token is narrowed, so it may revoke itself and no other. Nothing was changed.",
    ))
}
