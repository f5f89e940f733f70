//! Somebody whom the identity provider vouches for becomes somebody here, and is signed in or told why not.

use api::ProblemKind;
use domain::Login;
use domain::access::{Actor, Grant};
use domain::access_records::{LinkedIdentity, PendingSignIn, RefusedSignIn, User};
use domain::event::EventBody;
use domain::sign_in::SignInProblem;
use edge::{ApiError, RequestContext};
use integrations::oidc::sign_in::Person;
use store::{StoreError, Version, Versioned};

use crate::App;
use crate::finish_oidc::{Finished, Refusal, open};
use crate::provider::Provider;
use crate::put_user::nobody;
use crate::sign_in::new_session;

/// How often it is tried while others change the same person.
const TRIES: u32 = 5;
/// How many people may want the same login.
const MOST_NAMESAKES: u32 = 100;
/// How many groups are kept to be shown to whom none of them gives a role, and how much of each.
const MOST_GROUPS: usize = 50;
const LONGEST_GROUP: usize = 100;

/// Who somebody is here.
struct Here {
    user: User,
    /// The row it replaces; none for somebody new.
    known: Option<Versioned<User>>,
    /// The identity's row; none for somebody new.
    link: Option<Version>,
}

/// Takes the sign-in and begins a session, all or nothing: of two that try at once, one is told that it was used.
///
/// # Errors
/// If the store does not answer, or too many write the same at once.
pub(crate) async fn enter(
    app: &App,
    request: &RequestContext,
    provider: &Provider,
    handle: &str,
    person: &Person,
) -> Result<Finished, ApiError> {
    for _ in 0..TRIES {
        let Some(pending) = open(app, handle, app.core.now()).await? else {
            return Ok(Finished::Refused { problem: SignInProblem::Expired, next: None });
        };
        let here = here(app, person, provider.roles.grants(&person.profile)).await?;
        if let Some((problem, reason)) = refused(&here.user) {
            let groups = person.profile.groups.clone();
            let identity = Some(person.identity.clone());
            let refusal = Refusal { problem, reason: reason.to_owned(), identity, groups };
            return refuse(
                app,
                request,
                pending,
                refusal,
                here.known.map(|known| (here.user, known.version)),
            )
            .await;
        }
        match begin_session(app, request, person, &pending, here).await {
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
            Ok(None) => return Ok(Finished::Refused { problem: SignInProblem::TooOften, next: None }),
            Ok(Some(secret)) => return Ok(Finished::SignedIn { secret, next: pending.value.next }),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Why somebody may not come in.
fn refused(user: &User) -> Option<(SignInProblem, &'static str)> {
    if user.disabled_at.is_some() {
        return Some((SignInProblem::Disabled, "they are disabled"));
    }
    user.granted().is_empty().then_some((SignInProblem::NoRole, "none of their groups has a role"))
}

/// Who the person is here, with what their groups give them now. Nothing but the identity decides that: not the name,
/// not the address, which somebody else may have chosen.
async fn here(app: &App, person: &Person, group_grants: Vec<Grant>) -> Result<Here, ApiError> {
    let store = &app.core.store;
    let link = store.identity(&person.identity).await?;
    let known = match &link {
        Some(link) => store.user(&link.value.login).await?,
        None => None,
    };
    let user = match &known {
        Some(known) => User { group_grants, ..known.value.clone() },
        None => newcomer(app, person, group_grants).await?,
    };
    Ok(Here { user, known, link: link.map(|link| link.version) })
}

async fn newcomer(app: &App, person: &Person, group_grants: Vec<Grant>) -> Result<User, ApiError> {
    let profile = &person.profile;
    let login = free_login(app, person).await?;
    let name = profile.name.clone().or_else(|| profile.username.clone());
    Ok(User {
        name: name.unwrap_or_else(|| login.to_string()),
        // Whose work ships is told by it, so that nobody approves their own: only a verified address may say so.
        emails: profile.email.clone().into_iter().collect(),
        identities: vec![person.identity.clone()],
        group_grants,
        ..nobody(login, app.core.now())
    })
}

/// The first login like their name that nobody has. Somebody who has it already is never taken for them.
async fn free_login(app: &App, person: &Person) -> Result<Login, ApiError> {
    for number in 1..MOST_NAMESAKES {
        let login = person.profile.login(number);
        if app.core.store.user(&login).await?.is_none() {
            return Ok(login);
        }
    }
    Err(ApiError::conflict(
        "Too many people here have a login like yours, so none was made for you, and you are not signed in. Ask an \
         admin to add you, and to link you by `keelson user link-identity`.",
    ))
}

/// The session's secret; none if the person signs in all the time.
async fn begin_session(
    app: &App,
    request: &RequestContext,
    person: &Person,
    pending: &Versioned<PendingSignIn>,
    Here { user, known, link }: Here,
) -> Result<Option<String>, StoreError> {
    let core = &app.core;
    let now = core.now();
    match edge::rate::session_of(core, &user.login).await {
        Err(error) if error.kind() == ProblemKind::TooManyRequests => return Ok(None),
        // The transaction will say so too.
        Err(_) | Ok(()) => {}
    }
    let (secret, session) = new_session(core, &user.login);
    let actor = Actor::Person { login: user.login.clone() };
    let (login, identity) = (user.login.clone(), person.identity.clone());
    let mut transaction = core.store.transaction(now);
    transaction.take(pending).put_new(&session);
    match &known {
        Some(known) if known.value == user => drop(transaction.check(known)),
        Some(known) => drop(transaction.replace(&user, known.version)),
        None => {
            let row = LinkedIdentity { identity: identity.clone(), login: login.clone(), linked_at: now };
            transaction.put_new(&user).save(&row, link);
            let linked = EventBody::IdentityLinked {
                login: login.clone(),
                identity: identity.clone(),
                instead_of: None,
            };
            transaction.event(&core.event(request, &actor, linked));
        }
    }
    let signed_in = EventBody::SignedInByProvider { login, identity, grants: user.group_grants.clone() };
    transaction.event(&core.event(request, &actor, signed_in));
    transaction.commit().await.map(|()| Some(secret))
}

/// Ends a sign-in without a session, and keeps the reason for the browser that began it. `known` is somebody who loses
/// with it what their groups gave them.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn refuse(
    app: &App,
    request: &RequestContext,
    pending: Versioned<PendingSignIn>,
    refusal: Refusal,
    known: Option<(User, Version)>,
) -> Result<Finished, ApiError> {
    let core = &app.core;
    let Refusal { problem, reason, identity, groups } = refusal;
    tracing::warn!(%problem, reason, "a sign-in at the identity provider came to nothing");
    let shown = groups.iter().take(MOST_GROUPS).map(|group| group.chars().take(LONGEST_GROUP).collect());
    let refused = RefusedSignIn { problem, groups: shown.collect() };
    let next = pending.value.next.clone();
    let mut transaction = core.store.transaction(core.now());
    transaction.replace(&PendingSignIn { refused: Some(refused), ..pending.value }, pending.version);
    if let Some((user, version)) = known {
        transaction.replace(&user, version);
    }
    let body = EventBody::SignInRefused { identity, problem, reason };
    transaction.event(&core.event(request, &Actor::Keelson, body));
    match transaction.commit().await {
        Ok(()) => Ok(Finished::Refused { problem, next: Some(next) }),
        // Used by another request, or the person was changed at the same time: begin again.
        Err(StoreError::Conflict) => {
            Ok(Finished::Refused { problem: SignInProblem::Expired, next: Some(next) })
        }
        Err(error) => Err(error.into()),
    }
}
