//! An admin says who a person is at the identity provider.

use api::FieldError;
use api::access::LinkIdentity;
use domain::Login;
use domain::access::Actor;
use domain::access_records::{LinkedIdentity, User};
use domain::event::EventBody;
use domain::sign_in::Identity;
use edge::{ApiError, RequestContext};

use crate::App;

/// How long a subject may be (OpenID Connect Core, section 2), and an issuer here.
const LONGEST_TEXT: usize = 255;
/// How many identities a person may have: old and new providers, while one moves.
const MOST_IDENTITIES: usize = 10;

/// Links an identity to a person. Whoever it was before is it no more: their sessions end, and what groups gave them is
/// gone. Linking it again changes nothing.
///
/// # Errors
/// [`ApiError::not_found`] if there is no such person; [`ApiError::invalid_fields`] for what is no identity;
/// [`ApiError::conflict`] if the person has too many.
pub(crate) async fn link_identity(
    app: &App,
    request: &RequestContext,
    actor: &Actor,
    login: Login,
    wanted: LinkIdentity,
) -> Result<User, ApiError> {
    let identity = identity(app, wanted)?;
    let store = &app.core.store;
    let unknown = || ApiError::not_found("user", &login);
    let known = store.user(&login).await?.ok_or_else(unknown)?;
    let link = store.identity(&identity).await?;
    let before = link.as_ref().map(|link| link.value.login.clone());
    if before.as_ref() == Some(&login) {
        return Ok(known.value);
    }
    if known.value.identities.len() >= MOST_IDENTITIES {
        return Err(ApiError::conflict(format!(
            "`{login}` has {MOST_IDENTITIES} identities already. Nothing was changed."
        )));
    }
    let now = app.core.now();
    let mut user = known.value;
    user.identities.push(identity.clone());
    let mut transaction = store.transaction(now);
    transaction.replace(&user, known.version);
    let former = match &before {
        Some(former) => store.user(former).await?,
        None => None,
    };
    if let Some(former) = former {
        let mut left = User { group_grants: Vec::new(), sessions_since: Some(now), ..former.value };
        left.identities.retain(|left| *left != identity);
        transaction.replace(&left, former.version);
    }
    let row = LinkedIdentity { identity: identity.clone(), login: login.clone(), linked_at: now };
    transaction.save(&row, link.map(|link| link.version));
    let linked = EventBody::IdentityLinked { login, identity, instead_of: before };
    transaction.event(&app.core.event(request, actor, linked));
    transaction.commit().await?;
    Ok(user)
}

fn identity(app: &App, LinkIdentity { subject, issuer }: LinkIdentity) -> Result<Identity, ApiError> {
    let own = app.provider.as_ref().map(|provider| provider.client.issuer().to_owned());
    let mut wrong = Vec::new();
    let mut refuse = |pointer: &str, detail: &str| {
        let (pointer, detail) = (pointer.to_owned(), detail.to_owned());
        wrong.push(FieldError { pointer, detail, line: None, column: None });
    };
    let is_name = |text: &str| {
        !text.is_empty() && text.len() <= LONGEST_TEXT && !text.contains(|c: char| c.is_control() || c == ' ')
    };
    if !is_name(&subject) {
        refuse("/subject", "write the claim `sub` of the person's tokens, as the provider shows it");
    }
    let issuer = issuer.or(own).unwrap_or_default();
    if !is_name(&issuer) {
        refuse("/issuer", "write how the provider names itself, as this installation has none of its own");
    }
    if !wrong.is_empty() {
        return Err(ApiError::invalid_fields("This is no identity. Nothing was changed.", wrong));
    }
    Ok(Identity { issuer, subject })
}
