//! How a CI job's own identity is verified: by whoever knows the issuer, which the edge does not.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use domain::ci_identity::CiIdentity;

use crate::ApiError;

type Verdict = Pin<Box<dyn Future<Output = Result<CiIdentity, ApiError>> + Send>>;

/// Verifies the OIDC token of a CI job.
#[derive(Clone)]
pub struct CiVerifier(Arc<dyn Fn(String) -> Verdict + Send + Sync>);

impl CiVerifier {
    /// A verifier that asks a function. It gets the token, and answers whom the issuer vouches for, or
    /// [`ApiError::unauthenticated`] with the reason.
    pub fn new<F, Fut>(verify: F) -> Self
    where
        F: Fn(String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<CiIdentity, ApiError>> + Send + 'static,
    {
        Self(Arc::new(move |token| Box::pin(verify(token))))
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<CiIdentity, ApiError> {
        (self.0)(token.to_owned()).await
    }
}

impl fmt::Debug for CiVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CiVerifier")
    }
}
