//! What an installation needs before anybody can sign in, for whoever starts it.

use api::access::{PutUser, SignInLink};
use domain::Login;
use domain::access::{Actor, Grant, Role, TokenScope};
use domain::sign_in::login_like;
use edge::credentials::secret_hash;
use edge::{ApiError, IfMatch, RequestContext};

use crate::create_token::Terms;
use crate::{App, create_sign_in_link, create_token, put_user};

/// The login that an unusable name becomes.
const FALLBACK: &str = "admin";

/// The admin of an installation: on its first start, somebody with that name; later the one who is admin the longest.
///
/// # Errors
/// If the store does not answer.
pub async fn owner(app: &App, name: &str) -> Result<Login, ApiError> {
    let users = app.core.store.users().await?;
    let admins = users.into_iter().map(|user| user.value).filter(put_user::is_admin);
    if let Some(admin) = admins.min_by_key(|user| user.created_at) {
        return Ok(admin.login);
    }
    let login = login(name);
    let name = if name.trim().is_empty() { login.to_string() } else { name.to_owned() };
    let admin = PutUser {
        name,
        git_login: None,
        emails: Vec::new(),
        teams: Vec::new(),
        grants: vec![Grant::everywhere(Role::Admin)],
    };
    let (request, anything) = (RequestContext::internal(), IfMatch::default());
    put_user::put_user(app, &request, &Actor::Keelson, login, admin, &anything)
        .await
        .map(|user| user.value.login)
}

/// A link that signs somebody in, once.
///
/// # Errors
/// [`ApiError::not_found`] if there is no such person.
pub async fn sign_in_link(app: &App, login: Login) -> Result<SignInLink, ApiError> {
    let request = RequestContext::internal();
    create_sign_in_link::create_sign_in_link(app, &request, &Actor::Keelson, login).await
}

/// A token for programs on the same machine. It carries all that its owner has, until it is revoked.
///
/// # Errors
/// If the store does not answer.
pub async fn machine_token(app: &App, owner: Login, name: &str) -> Result<String, ApiError> {
    let terms = Terms { name: name.to_owned(), owner, scope: TokenScope::default(), expires_at: None };
    let issued = create_token::issue(app, &RequestContext::internal(), &Actor::Keelson, terms).await?;
    Ok(issued.0)
}

/// Whether a token would be taken.
///
/// # Errors
/// If the store does not answer.
pub async fn is_valid(app: &App, token: &str) -> Result<bool, ApiError> {
    let known = app.core.store.token(&secret_hash(token)).await?;
    Ok(known.is_some_and(|token| token.value.check(app.core.now()).is_ok()))
}

/// A name of the operating system as a login: `Ada.Lovelace` is `ada-lovelace`.
fn login(name: &str) -> Login {
    login_like(name).unwrap_or_else(|| FALLBACK.parse().expect("the fallback is a login"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_account_becomes_a_login() {
        let long = "x".repeat(50);
        for (name, expected) in [
            ("ada", "ada"),
            ("Ada.Lovelace", "ada-lovelace"),
            (" DOMAIN\\ada ", "domain-ada"),
            ("1000", "admin"),
            ("", "admin"),
            ("Ünal", "nal"),
            (&long, &long[..36]),
        ] {
            assert_eq!(login(name).as_str(), expected, "{name}");
        }
    }
}
