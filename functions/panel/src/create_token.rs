//! An API token: the grants of its owner, narrowed, for a while.

use api::FieldError;
use api::access::{CreateToken, CreatedToken};
use domain::access::{Actor, Grant, TokenScope};
use domain::access_records::Token;
use domain::event::EventBody;
use domain::{Login, Period};
use edge::credentials::{new_token, secret_hash};
use edge::{ApiError, Caller, RequestContext};
use jiff::Timestamp;

use crate::{App, view};

/// How long a name may be.
const LONGEST_NAME: usize = 100;
/// How many days a token is valid unless it is said.
const DEFAULT_DAYS: u32 = 90;
/// How many days a token may be valid.
const MOST_DAYS: u32 = 366;
/// A day, in seconds.
const DAY: u32 = 24 * 60 * 60;

/// What a token is to be.
pub(crate) struct Terms {
    pub(crate) name: String,
    pub(crate) owner: Login,
    pub(crate) scope: TokenScope,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Makes a token for the caller. Its secret is in the answer and nowhere else.
///
/// # Errors
/// [`ApiError::invalid_fields`] if it cannot be made like that, or would carry more than the caller has.
pub(crate) async fn create_token(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    wanted: CreateToken,
) -> Result<CreatedToken, ApiError> {
    let Some(owner) = caller.person().cloned() else {
        return Err(ApiError::forbidden("A CI job has no tokens of its own. Make one as a person."));
    };
    let terms = terms(caller, owner, wanted, app.core.now())?;
    let (secret, token) = issue(app, request, &caller.actor, terms).await?;
    Ok(CreatedToken { secret, token: view::token(token) })
}

/// Makes a token whose terms have been agreed, and answers its secret with it.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn issue(
    app: &App,
    request: &RequestContext,
    actor: &Actor,
    terms: Terms,
) -> Result<(String, Token), ApiError> {
    let core = &app.core;
    let now = core.now();
    let secret = new_token(&core.ids);
    let token = Token {
        id: core.ids.token(),
        hash: secret_hash(&secret),
        name: terms.name,
        owner: terms.owner,
        scope: terms.scope,
        created_at: now,
        expires_at: terms.expires_at,
        revoked_at: None,
        last_used_at: None,
    };
    let created = EventBody::TokenCreated { token: token.id, name: token.name.clone() };
    let mut transaction = core.store.transaction(now);
    transaction.put_new(&token).event(&core.event(request, actor, created));
    transaction.commit().await?;
    Ok((secret, token))
}

fn terms(caller: &Caller, owner: Login, wanted: CreateToken, now: Timestamp) -> Result<Terms, ApiError> {
    let mut wrong = Wrong::default();
    let name = wanted.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        wrong.add("/name", "write 1 to 100 characters, on one line, that tell what the token is for");
    }
    let days = wanted.days.unwrap_or(DEFAULT_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        wrong.add("/days", "give 1 to 366 days");
    }
    let scope =
        TokenScope { grants: wanted.grants, permissions: wanted.permissions, service: wanted.service };
    let scope = narrowed(&caller.grants, &caller.scope, scope, &mut wrong);
    if !wrong.0.is_empty() {
        return Err(ApiError::invalid_fields(
            "The token cannot be made like that, and none was made.",
            wrong.0,
        ));
    }
    Ok(Terms { name, owner, scope, expires_at: Some(expiry(caller, now, days)) })
}

/// When it ends: a token that was made by another does not outlive it, or a leaked one could be prolonged for ever.
fn expiry(caller: &Caller, now: Timestamp, days: u32) -> Timestamp {
    let asked = Period::seconds(days * DAY).after(now);
    let is_token = matches!(caller.actor, Actor::Token { .. });
    match caller.expires_at.filter(|_| is_token) {
        Some(end) => asked.min(end),
        None => asked,
    }
}

/// The scope that is wanted, as far as it is left open, filled with what the caller has: nothing is handed on that
/// the caller does not have.
fn narrowed(own: &[Grant], outer: &TokenScope, wanted: TokenScope, wrong: &mut Wrong) -> TokenScope {
    let covered = |grants: &[Grant], wanted: &Grant| grants.iter().any(|grant| grant.covers(wanted));
    for (index, grant) in wanted.grants.iter().enumerate() {
        let within_token = outer.grants.is_empty() || covered(&outer.grants, grant);
        if !covered(own, grant) || !within_token {
            wrong.add(&format!("/grants/{index}"), "this is more than you have yourself");
        }
    }
    for (index, permission) in wanted.permissions.iter().enumerate() {
        if !outer.permissions.is_empty() && !outer.permissions.contains(permission) {
            wrong.add(&format!("/permissions/{index}"), "the token that asks does not have this itself");
        }
    }
    if let (Some(service), Some(own)) = (&wanted.service, &outer.service)
        && service != own
    {
        wrong.add("/service", &format!("the token that asks is for {own} only"));
    }
    let or_outer = |wanted: Vec<_>, outer: &Vec<_>| if wanted.is_empty() { outer.clone() } else { wanted };
    TokenScope {
        grants: if wanted.grants.is_empty() { outer.grants.clone() } else { wanted.grants },
        permissions: or_outer(wanted.permissions, &outer.permissions),
        service: wanted.service.or_else(|| outer.service.clone()),
    }
}

#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn add(&mut self, pointer: &str, detail: &str) {
        let (pointer, detail) = (pointer.to_owned(), detail.to_owned());
        self.0.push(FieldError { pointer, detail, line: None, column: None });
    }
}

#[cfg(test)]
mod tests {
    use domain::access::{Permission, Role};

    use super::*;

    fn check(own: &[Grant], outer: &TokenScope, wanted: &TokenScope) -> Result<TokenScope, Vec<String>> {
        let mut wrong = Wrong::default();
        let scope = narrowed(own, outer, wanted.clone(), &mut wrong);
        let pointers: Vec<String> = wrong.0.into_iter().map(|wrong| wrong.pointer).collect();
        if pointers.is_empty() { Ok(scope) } else { Err(pointers) }
    }

    fn staging(role: Role) -> Grant {
        Grant { environment: Some("staging".parse().unwrap()), ..Grant::everywhere(role) }
    }

    #[test]
    fn a_person_hands_on_what_they_have_and_no_more() {
        let own = [staging(Role::Developer)];
        let wanted = |grants: &[Grant]| TokenScope { grants: grants.to_vec(), ..TokenScope::default() };
        let outer = TokenScope::default();
        assert_eq!(
            check(&own, &outer, &wanted(&[])),
            Ok(TokenScope::default()),
            "all they have, now and later"
        );
        assert!(check(&own, &outer, &wanted(&[staging(Role::Viewer)])).is_ok());
        let beyond = [staging(Role::Viewer), Grant::everywhere(Role::Viewer)];
        assert_eq!(check(&own, &outer, &wanted(&beyond)), Err(vec!["/grants/1".to_owned()]));
    }

    #[test]
    fn a_token_hands_on_no_more_than_itself() {
        let own = [Grant::everywhere(Role::Admin)];
        let outer = TokenScope {
            grants: vec![staging(Role::Developer)],
            permissions: vec![Permission::Read],
            service: Some("storefront".parse().unwrap()),
        };
        assert_eq!(
            check(&own, &outer, &TokenScope::default()),
            Ok(outer.clone()),
            "what is left open is its own"
        );
        let beyond = TokenScope {
            grants: vec![Grant::everywhere(Role::Viewer)],
            permissions: vec![Permission::Read, Permission::Promote],
            service: Some("billing".parse().unwrap()),
        };
        let wrong = ["/grants/0", "/permissions/1", "/service"].map(str::to_owned).to_vec();
        assert_eq!(check(&own, &outer, &beyond), Err(wrong));
    }
}
