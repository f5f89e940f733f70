//! The function that takes webhooks in.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use edge::Core;
use ports::{KeyringSecrets, Secrets};
use serde_json::{Value, json};
use webhooks::App;

use crate::config::{ORIGIN_SECRET, SEALING_KEY, Start};
use crate::function::{Program, refused};
use crate::http::{OriginSecrets, guarded};
use crate::invocation::{Message, Order};
use crate::messages::{Budget, News, each};
use crate::ticks::ticks;

/// The function that takes webhooks in, looks at git hosts, and tells them what became of what was pushed.
#[derive(Clone)]
pub struct Webhooks {
    app: App,
    origins: OriginSecrets,
}

impl Webhooks {
    /// Makes it of what it is configured with.
    ///
    /// # Errors
    /// None of its own: what is missing is noted in `start`.
    pub fn start(start: &mut Start) -> anyhow::Result<Self> {
        let secrets = KeyringSecrets::new(start.source(&SEALING_KEY));
        let origins = OriginSecrets::read(&start.required(&ORIGIN_SECRET));
        Ok(Self::of(start.core.clone(), Arc::new(secrets), origins))
    }

    pub(crate) fn of(core: Core, secrets: Arc<dyn Secrets>, origins: OriginSecrets) -> Self {
        Self { app: App::new(core, secrets), origins }
    }
}

#[async_trait(?Send)]
impl Program for Webhooks {
    const NAME: &'static str = "webhooks";

    fn core(&self) -> &Core {
        &self.app.core
    }

    fn router(&self) -> Option<Router> {
        Some(guarded(&self.app.core, &self.origins, webhooks::router(self.app.clone())))
    }

    async fn on_messages(&self, messages: Vec<Message>, budget: Budget) -> anyhow::Result<Vec<String>> {
        let handle = async |news: &News| match news {
            News::Event(event) if webhooks::SUBSCRIBES.contains(&event.body.kind()) => {
                Ok(webhooks::on_event(&self.app, event).await?)
            }
            News::Event(_) | News::Deployment(_) => Ok(()),
        };
        Ok(each(&self.app.core, messages, budget, handle).await)
    }

    async fn on_order(&self, order: Order) -> anyhow::Result<Value> {
        match order {
            Order::Tick => {
                Ok(json!({ "done": ticks(async || Ok(webhooks::on_tick(&self.app).await?)).await? }))
            }
            Order::SignInLink { .. } => Err(refused::<Self>("making a sign-in link")),
        }
    }
}
