//! Who vouches for CI jobs, as the installation's settings name them.

use std::sync::Arc;

use anyhow::Context as _;
use edge::settings::OidcSettings;
use edge::{ApiError, CiVerifier, Clock};
use integrations::oidc::{Refused, Verifier};

/// Verifies the identities of CI jobs. Nobody is asked before the first one comes.
///
/// # Errors
/// If the issuer's address may not be asked.
pub fn ci_verifier(settings: &OidcSettings, clock: Clock) -> anyhow::Result<CiVerifier> {
    let verifier = Verifier::new(&settings.issuer, &settings.audience);
    let verifier = Arc::new(verifier.context("the issuer of CI identities cannot be asked")?);
    Ok(CiVerifier::new(move |token: String| {
        let (verifier, now) = (verifier.clone(), clock.now());
        async move { verifier.verify(&token, now).await.map_err(refusal) }
    }))
}

fn refusal(refused: Refused) -> ApiError {
    if refused.is_temporary() {
        return ApiError::unavailable(refused);
    }
    ApiError::unauthenticated(format!("The CI job's identity token is not accepted: {refused}."))
}
