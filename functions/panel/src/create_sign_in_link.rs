//! A link that signs somebody in, once.

use api::access::SignInLink;
use domain::access::Actor;
use domain::access_records;
use domain::event::EventBody;
use domain::{Login, Period};
use edge::credentials::secret_hash;
use edge::{ApiError, RequestContext};

use crate::App;

/// How long a link can be used.
const LIFETIME: Period = Period::seconds(15 * 60);

/// Makes a link for a person.
///
/// # Errors
/// [`ApiError::not_found`] if there is no such person; [`ApiError::conflict`] if they are disabled.
pub(crate) async fn create_sign_in_link(
    app: &App,
    request: &RequestContext,
    actor: &Actor,
    login: Login,
) -> Result<SignInLink, ApiError> {
    let core = &app.core;
    let user = core.store.user(&login).await?.ok_or_else(|| ApiError::not_found("user", &login))?;
    if user.value.disabled_at.is_some() {
        return Err(ApiError::conflict(format!(
            "`{login}` is disabled, so a link would sign nobody in, and none was made. Enable them first."
        )));
    }
    let now = core.now();
    let secret = core.ids.secret();
    let link = access_records::SignInLink {
        hash: secret_hash(&secret),
        login: login.clone(),
        created_at: now,
        expires_at: LIFETIME.after(now),
    };
    let mut transaction = core.store.transaction(now);
    transaction.put_new(&link);
    transaction.event(&core.event(request, actor, EventBody::SignInLinkCreated { login }));
    transaction.commit().await?;
    // In the fragment, which browsers keep to themselves: it is in no log of no proxy, and in no `Referer`.
    let url = core.settings.public_url.join(&format!("/sign-in#{secret}"));
    Ok(SignInLink { url, expires_at: link.expires_at })
}
