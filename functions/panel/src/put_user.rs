//! Who somebody is, and what they may do.

use api::FieldError;
use api::access::PutUser;
use domain::Login;
use domain::access::{Actor, Grant, Role};
use domain::access_records::User;
use domain::event::EventBody;
use edge::{ApiError, IfMatch, RequestContext};
use jiff::Timestamp;
use store::{Version, Versioned};

use crate::App;

/// How long a name, a git login or an e-mail address may be.
const LONGEST_TEXT: usize = 200;
/// How many e-mail addresses, teams or grants somebody may have.
const MOST_ENTRIES: usize = 50;

/// Adds a person, or replaces what is known of them. What is known already changes nothing.
///
/// # Errors
/// [`ApiError::precondition_failed`] if the person is not as expected; [`ApiError::invalid_fields`] for what cannot be
/// kept; [`ApiError::conflict`] if nobody would be left who is an admin everywhere.
pub(crate) async fn put_user(
    app: &App,
    request: &RequestContext,
    actor: &Actor,
    login: Login,
    wanted: PutUser,
    expected: &IfMatch,
) -> Result<Versioned<User>, ApiError> {
    let wanted = checked(wanted)?;
    let core = &app.core;
    let now = core.now();
    let known = core.store.user(&login).await?;
    expected.check("person", known.as_ref().map(|known| known.version))?;
    let before = known.as_ref().map_or_else(|| nobody(login.clone(), now), |known| known.value.clone());
    let user = User {
        name: wanted.name,
        git_login: wanted.git_login,
        emails: wanted.emails,
        teams: wanted.teams,
        grants: wanted.grants,
        ..before
    };
    if let Some(known) = known.as_ref().filter(|known| known.value == user) {
        return Ok(known.clone());
    }
    let mut transaction = core.store.transaction(now);
    if known.as_ref().is_some_and(|known| is_admin(&known.value)) && !is_admin(&user) {
        // Named in the transaction, so that of two admins who demote each other one remains.
        transaction.check(&another_admin(app, &login).await?);
    }
    let known = known.map(|known| known.version);
    transaction.save(&user, known);
    transaction.event(&core.event(request, actor, EventBody::UserChanged { login }));
    transaction.commit().await?;
    Ok(Versioned { value: user, version: Version::written_over(known) })
}

/// Somebody of whom nothing is known yet.
pub(crate) fn nobody(login: Login, now: Timestamp) -> User {
    User {
        login,
        name: String::new(),
        git_login: None,
        emails: Vec::new(),
        teams: Vec::new(),
        grants: Vec::new(),
        group_grants: Vec::new(),
        identities: Vec::new(),
        disabled_at: None,
        sessions_since: None,
        created_at: now,
    }
}

/// Whether somebody may decide who may do what. Groups do not count: whoever runs the identity provider may change them
/// at any time, and somebody must be left then.
pub(crate) fn is_admin(user: &User) -> bool {
    user.disabled_at.is_none() && user.grants.contains(&Grant::everywhere(Role::Admin))
}

/// Somebody else who is an admin, to be named in the transaction that takes that from the person.
///
/// # Errors
/// [`ApiError::conflict`] if there is nobody.
pub(crate) async fn another_admin(app: &App, login: &Login) -> Result<Versioned<User>, ApiError> {
    let users = app.core.store.users().await?;
    let other = users.into_iter().find(|user| user.value.login != *login && is_admin(&user.value));
    other.ok_or_else(|| {
        ApiError::conflict(format!(
            "`{login}` is the only admin, and without one nobody could decide who may do what. Nothing was changed. \
             Make somebody else an admin first."
        ))
    })
}

/// What can be kept, with the space around texts taken off, and without repetitions.
fn checked(wanted: PutUser) -> Result<PutUser, ApiError> {
    let mut wrong = Vec::new();
    let mut refuse = |pointer: String, detail: &str| {
        wrong.push(FieldError { pointer, detail: detail.to_owned(), line: None, column: None });
    };
    let name = wanted.name.trim().to_owned();
    if !is_text(&name) {
        refuse("/name".to_owned(), "write 1 to 200 characters, on one line");
    }
    let git_login = wanted.git_login.map(|login| login.trim().to_owned()).filter(|login| !login.is_empty());
    if git_login.as_ref().is_some_and(|login| !is_text(login) || login.contains(char::is_whitespace)) {
        refuse("/git_login".to_owned(), "write the login as the git host shows it, without spaces");
    }
    let emails: Vec<String> = wanted.emails.iter().map(|email| email.trim().to_owned()).collect();
    for (index, email) in emails.iter().enumerate() {
        if !is_text(email) || !email.contains('@') || email.contains(char::is_whitespace) {
            refuse(format!("/emails/{index}"), "write an address like `ada@example.org`");
        }
    }
    for (field, entries) in
        [("emails", emails.len()), ("teams", wanted.teams.len()), ("grants", wanted.grants.len())]
    {
        if entries > MOST_ENTRIES {
            refuse(format!("/{field}"), "give at most 50");
        }
    }
    if !wrong.is_empty() {
        return Err(ApiError::invalid_fields(
            "This person cannot be kept like that. Nothing was changed.",
            wrong,
        ));
    }
    let (emails, teams, grants) = (unique(emails), unique(wanted.teams), unique(wanted.grants));
    Ok(PutUser { name, git_login, emails, teams, grants })
}

fn is_text(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_TEXT && !text.contains(char::is_control)
}

fn unique<T: PartialEq>(entries: Vec<T>) -> Vec<T> {
    entries.into_iter().fold(Vec::new(), |mut unique, entry| {
        if !unique.contains(&entry) {
            unique.push(entry);
        }
        unique
    })
}
