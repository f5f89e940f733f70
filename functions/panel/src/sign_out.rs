//! The end of a session.

use domain::event::EventBody;
use edge::{ApiError, Caller, RequestContext};

use crate::App;

/// Ends the caller's session. Ending it again is harmless.
///
/// # Errors
/// [`ApiError::invalid`] for a caller without one.
pub(crate) async fn sign_out(app: &App, request: &RequestContext, caller: &Caller) -> Result<(), ApiError> {
    let (Some(hash), Some(login)) = (&caller.session, caller.person()) else {
        return Err(ApiError::invalid(
            "Only a session that began in a browser can be signed out. To end a token, revoke it.",
        ));
    };
    let core = &app.core;
    let now = core.now();
    let Some(session) = core.store.session(hash, now).await? else {
        return Ok(());
    };
    let signed_out = core.event(request, &caller.actor, EventBody::SignedOut { login: login.clone() });
    let mut transaction = core.store.transaction(now);
    transaction.take(&session).event(&signed_out);
    match transaction.commit().await {
        // Another request of the same browser was quicker.
        Err(error) if error.is_conflict() => Ok(()),
        outcome => Ok(outcome?),
    }
}
