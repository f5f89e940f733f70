//! What manifests say, as the adapters learn it.

use async_trait::async_trait;
use domain::manifest::Target;
use domain::{EnvironmentName, ServiceName};

/// What is declared of environments. The ports name places only; where a place is in AWS stands in its manifest.
#[async_trait]
pub trait Declared: Send + Sync {
    /// What runs an environment; none if it is not declared (any more).
    ///
    /// # Errors
    /// If it cannot be read at this moment, with the reason.
    async fn target(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<Target>, String>;
}
