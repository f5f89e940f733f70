//! The function that ships.

use std::sync::Arc;

use async_trait::async_trait;
use aws::{AwsTargets, CloudWatchLogs, CloudWatchSignals, Declared, Pace, S3Artifacts};
use axum::Router;
use domain::access::Actor;
use domain::event::EventBody;
use domain::{EnvironmentName, ServiceName};
use edge::{Core, RequestContext};
use ports::{Artifacts, Deployer, Signals};
use promotions::App;
use serde_json::{Value, json};

use crate::config::{ARTIFACTS_BUCKET, ORIGIN_SECRET, Start};
use crate::declared::StoredManifests;
use crate::envelope::Deployment;
use crate::function::{Program, refused};
use crate::http::{OriginSecrets, guarded};
use crate::invocation::{Message, Order};
use crate::messages::{Budget, News, each};
use crate::ticks::ticks;

/// The function that ships: services, artifacts, promotions, rollbacks, the overview.
#[derive(Clone)]
pub struct Promotions {
    app: App,
    origins: OriginSecrets,
}

/// What differs between the runtimes, as it is here.
pub struct Ports {
    /// Where releases run.
    pub deployer: Arc<dyn Deployer>,
    /// What users of a service experience.
    pub signals: Arc<dyn Signals>,
    /// Where the bytes of artifacts are.
    pub artifacts: Arc<dyn Artifacts>,
}

impl Promotions {
    /// Makes it of what it is configured with.
    ///
    /// # Errors
    /// If the issuer of CI jobs' identities cannot be asked; what is missing is noted in `start`.
    pub fn start(start: &mut Start) -> anyhow::Result<Self> {
        let origins = start.required(&ORIGIN_SECRET);
        let bucket = start.required(&ARTIFACTS_BUCKET);
        let (core, connection) = (start.core.clone(), &start.connection);
        let verifier = promotions::ci_verifier(&core.settings.oidc, core.clock.clone())?;
        let declared: Arc<dyn Declared> = Arc::new(StoredManifests(core.store.clone()));
        let now = core.clock.now_fn();
        let logs = Arc::new(CloudWatchLogs::new(connection, declared.clone(), now.clone()));
        let targets =
            AwsTargets::new(connection, &bucket, declared.clone(), logs, Pace::default(), now.clone());
        let ports = Ports {
            deployer: Arc::new(targets),
            signals: Arc::new(CloudWatchSignals::new(connection, declared, now)),
            artifacts: Arc::new(S3Artifacts::new(connection, &bucket)),
        };
        Ok(Self::new(core.with_ci_verifier(verifier), ports, &origins))
    }

    /// Makes it of what it needs; `origins` is what `CloudFront` says.
    pub fn new(core: Core, ports: Ports, origins: &str) -> Self {
        let Ports { deployer, signals, artifacts } = ports;
        let origins = OriginSecrets::read(origins);
        Self { app: App { core, deployer, signals, artifacts }, origins }
    }

    async fn on_news(&self, news: &News) -> anyhow::Result<()> {
        match news {
            News::Event(event) if promotions::SUBSCRIBES.contains(&event.body.kind()) => {
                promotions::on_event(&self.app, event).await?;
                match &event.body {
                    // Whatever the target has become of it is looked at like any other report of it.
                    EventBody::TargetRequested { request } => {
                        let place = (request.service.clone(), request.environment.clone());
                        self.changed(&RequestContext::of_event(event), vec![place]).await
                    }
                    _ => Ok(()),
                }
            }
            News::Event(_) => Ok(()),
            News::Deployment(deployment) => {
                let places = self.places_of(deployment).await?;
                self.changed(&RequestContext::internal(), places).await
            }
        }
    }

    /// Writes that the targets of environments report a change.
    async fn changed(
        &self,
        request: &RequestContext,
        places: Vec<(ServiceName, EnvironmentName)>,
    ) -> anyhow::Result<()> {
        let core = &self.app.core;
        let mut transaction = core.store.transaction(core.now());
        for (service, environment) in places {
            let body = EventBody::TargetChanged { service, environment };
            transaction.event(&core.event(request, &Actor::Keelson, body));
        }
        Ok(transaction.commit().await?)
    }

    /// The environments that a deployment group of CodeDeploy serves. None for a group that is not Keelson's: other
    /// people deploy in this account as well.
    async fn places_of(
        &self,
        deployment: &Deployment,
    ) -> anyhow::Result<Vec<(ServiceName, EnvironmentName)>> {
        let services = self.app.core.store.services().await?;
        let places = services.iter().flat_map(|service| {
            let manifest = &service.value.manifest;
            let here = manifest.environments.iter().filter(|environment| {
                environment.target.codedeploy().is_some_and(|group| {
                    group.application == deployment.application && group.group == deployment.deployment_group
                })
            });
            here.map(|environment| (manifest.service.name.clone(), environment.name.clone()))
        });
        Ok(places.collect())
    }
}

#[async_trait(?Send)]
impl Program for Promotions {
    const NAME: &'static str = "promotions";

    fn core(&self) -> &Core {
        &self.app.core
    }

    fn router(&self) -> Option<Router> {
        Some(guarded(&self.app.core, &self.origins, promotions::router(self.app.clone())))
    }

    async fn on_messages(&self, messages: Vec<Message>, budget: Budget) -> anyhow::Result<Vec<String>> {
        Ok(each(&self.app.core, messages, budget, async |news: &News| self.on_news(news).await).await)
    }

    async fn on_order(&self, order: Order) -> anyhow::Result<Value> {
        match order {
            Order::Tick => {
                Ok(json!({ "done": ticks(async || Ok(promotions::on_tick(&self.app).await?)).await? }))
            }
            Order::SignInLink { .. } => Err(refused::<Self>("making a sign-in link")),
        }
    }
}
