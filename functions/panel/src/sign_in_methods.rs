//! The ways to sign in, for the page that offers them.

use api::access::{SignInMethods, SignInRefusal};
use edge::ApiError;
use edge::credentials::secret_hash;

use crate::App;

/// What can be offered, and why the last try of this browser came to nothing. Only who began it knows its handle.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn sign_in_methods(app: &App, handle: Option<&str>) -> Result<SignInMethods, ApiError> {
    let core = &app.core;
    let provider = app.provider.as_ref().map(|provider| provider.label.clone());
    let pending = match handle {
        Some(handle) => core.store.pending_sign_in(&secret_hash(handle), core.now()).await?,
        None => None,
    };
    let refused = pending.and_then(|pending| pending.value.refused);
    let refused = refused.map(|refused| SignInRefusal { problem: refused.problem, groups: refused.groups });
    Ok(SignInMethods { provider, refused })
}
