//! The way back from the identity provider.

use domain::access_records::PendingSignIn;
use domain::sign_in::{Identity, SignInProblem};
use edge::credentials::secret_hash;
use edge::{ApiError, RequestContext};
use integrations::oidc::sign_in::{Attempt, Failed, Person};
use jiff::Timestamp;
use serde::Deserialize;
use store::Versioned;

use crate::provider::{Provider, attempt};
use crate::{App, enter};

/// How much of the provider's word for its refusal is kept.
const LONGEST_WORD: usize = 60;

/// What the provider tells by way of the browser. There may be more, such as `session_state`.
#[derive(Deserialize)]
pub(crate) struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// What became of a sign-in.
pub(crate) enum Finished {
    /// Somebody is signed in.
    SignedIn {
        /// The session's secret, for the cookie.
        secret: String,
        /// Where in the panel to go now.
        next: String,
    },
    /// Nobody is.
    Refused {
        /// Why.
        problem: SignInProblem,
        /// Where in the panel they wanted to go.
        next: Option<String>,
    },
}

impl Finished {
    fn refused(problem: SignInProblem) -> Self {
        Self::Refused { problem, next: None }
    }
}

/// Why the provider's answer proves nothing.
pub(crate) struct Refusal {
    pub(crate) problem: SignInProblem,
    /// For the audit log. It tells of no code and no token.
    pub(crate) reason: String,
    pub(crate) identity: Option<Identity>,
    pub(crate) groups: Vec<String>,
}

/// Signs in whom the provider vouches for, if the answer belongs to the sign-in that this browser began, once.
///
/// # Errors
/// If the store does not answer, or too many write the same at once.
pub(crate) async fn finish(
    app: &App,
    request: &RequestContext,
    handle: Option<&str>,
    answer: &Answer,
) -> Result<Finished, ApiError> {
    let Some(provider) = &app.provider else { return Ok(Finished::refused(SignInProblem::NotOffered)) };
    let Some(handle) = handle else { return Ok(Finished::refused(SignInProblem::OtherBrowser)) };
    let now = app.core.now();
    let Some(pending) = open(app, handle, now).await? else {
        return Ok(Finished::refused(SignInProblem::Expired));
    };
    let attempt = attempt(handle);
    // By their hashes, so that the time it takes tells nothing.
    let is_ours =
        answer.state.as_deref().is_some_and(|state| secret_hash(state) == secret_hash(&attempt.state));
    if !is_ours {
        // Left as it is: whoever sends a browser here with another state must not end its sign-in.
        return Ok(Finished::Refused { problem: SignInProblem::MixedUp, next: Some(pending.value.next) });
    }
    match person(provider, answer, &attempt, now).await {
        Ok(person) => enter::enter(app, request, provider, handle, &person).await,
        Err(refusal) => enter::refuse(app, request, pending, refusal, None).await,
    }
}

/// The sign-in of a handle, if it is neither used nor too old.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn open(
    app: &App,
    handle: &str,
    now: Timestamp,
) -> Result<Option<Versioned<PendingSignIn>>, ApiError> {
    let pending = app.core.store.pending_sign_in(&secret_hash(handle), now).await?;
    Ok(pending.filter(|pending| pending.value.refused.is_none()))
}

async fn person(
    provider: &Provider,
    answer: &Answer,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Person, Refusal> {
    provider.client.check_answer(answer.iss.as_deref(), now).await.map_err(refusal)?;
    match (&answer.error, &answer.code) {
        (None, Some(code)) => provider.client.redeem(code, attempt, now).await.map_err(refusal),
        (Some(error), _) => Err(declined(&format!("the identity provider says `{}`", word(error)))),
        (None, None) => Err(declined("the identity provider sent neither a code nor an error")),
    }
}

/// The provider's word, as far as it looks like one: anybody can write into an address.
fn word(error: &str) -> String {
    error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(LONGEST_WORD).collect()
}

fn declined(reason: &str) -> Refusal {
    let problem = SignInProblem::Declined;
    Refusal { problem, reason: reason.to_owned(), identity: None, groups: Vec::new() }
}

fn refusal(failed: Failed) -> Refusal {
    let reason = failed.to_string();
    let (problem, identity) = match failed {
        Failed::Unreachable(_) | Failed::Unusable(_) => (SignInProblem::Unreachable, None),
        Failed::OtherIssuer(_) => (SignInProblem::OtherIssuer, None),
        Failed::CodeRefused(_) => (SignInProblem::CodeRefused, None),
        Failed::Token(_) => (SignInProblem::TokenRefused, None),
        Failed::GroupsLeftOut(identity) => (SignInProblem::GroupsLeftOut, Some(identity)),
    };
    Refusal { problem, reason, identity, groups: Vec::new() }
}
