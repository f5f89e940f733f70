//! The function behind the panel: people, tokens, the audit log.

use anyhow::Context as _;
use async_trait::async_trait;
use axum::Router;
use edge::Core;
use panel::{App, bootstrap};
use serde_json::{Value, to_value};

use crate::config::{ORIGIN_SECRET, Start};
use crate::function::{Program, refused};
use crate::http::{OriginSecrets, guarded};
use crate::invocation::Order;

/// The function that signs people in, and answers for people, tokens and the audit log.
#[derive(Debug, Clone)]
pub struct Panel {
    app: App,
    origins: OriginSecrets,
}

impl Panel {
    /// Makes it of what it is configured with.
    ///
    /// # Errors
    /// If the identity provider that it names cannot be asked.
    pub fn start(start: &mut Start) -> anyhow::Result<Self> {
        let origins = OriginSecrets::read(&start.required(&ORIGIN_SECRET));
        Self::of(start.core.clone(), origins)
    }

    pub(crate) fn of(core: Core, origins: OriginSecrets) -> anyhow::Result<Self> {
        let app = App::new(core).context("the identity provider that signs people in cannot be asked")?;
        Ok(Self { app, origins })
    }
}

#[async_trait(?Send)]
impl Program for Panel {
    const NAME: &'static str = "panel";

    fn core(&self) -> &Core {
        &self.app.core
    }

    fn router(&self) -> Option<Router> {
        Some(guarded(&self.app.core, &self.origins, panel::router(self.app.clone())))
    }

    async fn on_order(&self, order: Order) -> anyhow::Result<Value> {
        match order {
            Order::SignInLink { login } => {
                // Makes them the admin of an installation that has none yet; whoever has one knows its people.
                bootstrap::owner(&self.app, login.as_str()).await?;
                Ok(to_value(bootstrap::sign_in_link(&self.app, login).await?)?)
            }
            Order::Tick => Err(refused::<Self>("the clock")),
        }
    }
}
