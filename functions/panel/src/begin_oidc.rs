//! A browser begins to sign in at the identity provider.

use api::endpoint::percent_encode;
use domain::access_records::PendingSignIn;
use domain::sign_in::{SignInProblem, is_within_panel};
use edge::ApiError;
use edge::credentials::{SIGN_IN_LIFETIME, secret_hash};
use serde::Deserialize;

use crate::App;
use crate::provider::attempt;

/// Where the panel goes unless something else is asked for.
const OVERVIEW: &str = "/";

/// What the panel asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct BeginQuery {
    /// Where in the panel to go afterwards.
    pub(crate) next: Option<String>,
}

/// A sign-in that has begun.
pub(crate) struct Begun {
    /// Where the browser goes now.
    pub(crate) address: String,
    /// What it keeps in its cookie.
    pub(crate) handle: String,
}

/// Remembers that a browser signs in, and says where it goes for that.
///
/// # Errors
/// If the store does not answer. The problem in the inner result is for the person.
pub(crate) async fn begin(app: &App, next: Option<&str>) -> Result<Result<Begun, SignInProblem>, ApiError> {
    let Some(provider) = &app.provider else { return Ok(Err(SignInProblem::NotOffered)) };
    let core = &app.core;
    let now = core.now();
    let handle = core.ids.secret();
    let address = match provider.client.address(&attempt(&handle), now).await {
        Ok(address) => address,
        Err(error) => {
            tracing::warn!(%error, "nobody can sign in at the identity provider");
            return Ok(Err(SignInProblem::Unreachable));
        }
    };
    let mut transaction = core.store.transaction(now);
    transaction.put_new(&PendingSignIn {
        hash: secret_hash(&handle),
        next: next.filter(|next| is_within_panel(next)).unwrap_or(OVERVIEW).to_owned(),
        refused: None,
        created_at: now,
        expires_at: SIGN_IN_LIFETIME.after(now),
    });
    transaction.commit().await?;
    Ok(Ok(Begun { address, handle }))
}

/// The page that says why somebody is not signed in, and goes on to `next` once they are.
pub(crate) fn back(problem: SignInProblem, next: Option<&str>) -> String {
    let next = next.filter(|next| *next != OVERVIEW && is_within_panel(next));
    let next = next.map_or(String::new(), |next| format!("&next={}", percent_encode(next)));
    format!("/sign-in?problem={problem}{next}")
}
