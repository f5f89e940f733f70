//! The identity provider that signs people in, as the settings name it.

use api::routes::FINISH_OIDC;
use domain::sign_in::GroupRoles;
use edge::Settings;
use edge::credentials::derived;
use integrations::oidc::BadAddress;
use integrations::oidc::sign_in::{Attempt, Client, Registration};

/// The identity provider, and what its word gives.
#[derive(Debug)]
pub(crate) struct Provider {
    /// The way to it.
    pub(crate) client: Client,
    /// What its groups may do.
    pub(crate) roles: GroupRoles,
    /// What it is called on the button.
    pub(crate) label: String,
}

impl Provider {
    /// The provider that the settings name, if they name one.
    ///
    /// # Errors
    /// If its address may not be asked.
    pub(crate) fn of(settings: &Settings) -> Result<Option<Self>, BadAddress> {
        let Some(sign_in) = &settings.sign_in else { return Ok(None) };
        let client = Client::new(Registration {
            issuer: sign_in.issuer.clone(),
            client_id: sign_in.client_id.clone(),
            client_secret: sign_in.client_secret.as_ref().map(|secret| secret.0.clone()),
            scopes: sign_in.scopes.clone(),
            groups_claim: sign_in.groups_claim.clone(),
            redirect_uri: settings.public_url.join(FINISH_OIDC.route.path),
        })?;
        Ok(Some(Self { client, roles: sign_in.roles.clone(), label: sign_in.label.clone() }))
    }
}

/// What belongs to the sign-in of a handle. All of it is derived, so that nothing secret has to be stored, and whatever
/// process takes the way back knows it by the browser's cookie.
pub(crate) fn attempt(handle: &str) -> Attempt {
    Attempt {
        state: derived(handle, "state"),
        nonce: derived(handle, "nonce"),
        code_verifier: derived(handle, "code verifier"),
    }
}
