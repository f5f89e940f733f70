//! What manifests say, for the deploy targets of this account.

use async_trait::async_trait;
use aws::Declared;
use domain::manifest::Target;
use domain::{EnvironmentName, ServiceName};
use store::Store;

/// What the manifests in the store declare.
#[derive(Debug, Clone)]
pub(crate) struct StoredManifests(pub(crate) Store);

#[async_trait]
impl Declared for StoredManifests {
    async fn target(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
    ) -> Result<Option<Target>, String> {
        let known = self.0.service(service).await.map_err(|error| error.to_string())?;
        let target = known.and_then(|service| {
            let environments = service.value.manifest.environments;
            environments
                .into_iter()
                .find(|declared| declared.name == *environment)
                .map(|declared| declared.target)
        });
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use testkit::{World, manifest};

    use super::*;

    #[tokio::test]
    async fn what_runs_an_environment_is_what_its_manifest_says_and_nothing_where_there_is_none() {
        let world = World::new().await;
        let service = world.service(&manifest("storefront")).await;
        let stored = StoredManifests(world.core.store.clone());
        let asked = async |service: &str, environment: &str| {
            stored.target(&service.parse().unwrap(), &environment.parse().unwrap()).await.unwrap()
        };
        let staging = &service.manifest.environments[0];
        assert_eq!(asked("storefront", staging.name.as_str()).await.as_ref(), Some(&staging.target));
        assert_eq!(asked("storefront", "elsewhere").await, None);
        assert_eq!(asked("nobody", "staging").await, None);
    }
}
