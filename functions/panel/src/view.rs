//! Stored things as they are on the wire.

use api::access::{Me, TokenView, UserView};
use domain::access::Grant;
use domain::access_records::{Token, User};
use edge::{ApiError, Caller};
use jiff::Timestamp;

/// Who calls.
///
/// # Errors
/// [`ApiError::forbidden`] for a CI job, which is nobody.
pub(crate) fn me(caller: &Caller) -> Result<Me, ApiError> {
    let Some(user) = caller.user.clone() else {
        return Err(ApiError::forbidden("A CI job is no person. Sign in, or use an API token."));
    };
    Ok(person(user, grants(caller), caller.expires_at))
}

/// Somebody with what they may do at the moment.
pub(crate) fn person(user: User, grants: Vec<Grant>, expires_at: Option<Timestamp>) -> Me {
    Me { login: user.login, name: user.name, teams: user.teams, grants, expires_at }
}

/// What the caller may do: the grants of the person, as far as their token carries them.
fn grants(caller: &Caller) -> Vec<Grant> {
    if caller.scope.grants.is_empty() {
        return caller.grants.clone();
    }
    let is_left = |wanted: &&Grant| caller.grants.iter().any(|grant| grant.covers(wanted));
    caller.scope.grants.iter().filter(is_left).cloned().collect()
}

/// A person.
pub(crate) fn user(user: User) -> UserView {
    UserView {
        login: user.login,
        name: user.name,
        git_login: user.git_login,
        emails: user.emails,
        teams: user.teams,
        grants: user.grants,
        group_grants: user.group_grants,
        identities: user.identities,
        disabled_at: user.disabled_at,
        created_at: user.created_at,
    }
}

/// A token. One that was made for all its owner's grants shows none of its own.
pub(crate) fn token(token: Token) -> TokenView {
    TokenView {
        id: token.id,
        name: token.name,
        owner: token.owner,
        grants: token.scope.grants,
        permissions: token.scope.permissions,
        service: token.scope.service,
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
    }
}
