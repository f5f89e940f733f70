//! API tokens, without their secrets.

use std::cmp::Reverse;

use api::access::TokenView;
use domain::access::{Permission, Place};
use edge::{ApiError, Caller};

use crate::{App, view};

/// The caller's tokens that have not been revoked, newest first; an admin's list has everybody's.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn list_tokens(app: &App, caller: &Caller) -> Result<Vec<TokenView>, ApiError> {
    let store = &app.core.store;
    let owners = if caller.may(Permission::ManageAccess, &Place::default()) {
        store.users().await?.into_iter().map(|user| user.value.login).collect()
    } else {
        caller.person().cloned().into_iter().collect::<Vec<_>>()
    };
    let mut tokens = Vec::new();
    for owner in owners {
        tokens.extend(store.tokens_of(&owner).await?.into_iter().map(|token| token.value));
    }
    tokens.retain(|token| token.revoked_at.is_none());
    tokens.sort_by_key(|token| Reverse(token.id));
    Ok(tokens.into_iter().map(view::token).collect())
}
