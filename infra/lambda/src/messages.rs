//! Messages of a queue: each is handled for itself, and only those that could not be handled come again.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use domain::ServiceName;
use domain::event::Event;
use edge::Core;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::envelope::{Deployment, Notice};
use crate::invocation::Message;

/// How long the handling of one message may take. Deploy targets get up to 40 s of it.
const LONGEST: Duration = Duration::from_secs(50);
/// With less time left than this, nothing more is begun: it is handed back, and comes again at once.
const SHORTEST: Duration = Duration::from_secs(1);

/// Until when messages can be handled.
#[derive(Debug, Clone, Copy)]
pub struct Budget(Instant);

impl Budget {
    /// So much time, from now on.
    pub fn of(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// How long one message may take now; none if it is better handed back.
    fn for_one(self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (left >= SHORTEST).then(|| left.min(LONGEST))
    }
}

/// What a message is about, once an event that was only named is read.
#[derive(Debug)]
pub(crate) enum News {
    /// Something happened in Keelson.
    Event(Box<Event>),
    /// A deployment of CodeDeploy changed.
    Deployment(Deployment),
}

impl News {
    async fn read(core: &Core, body: &str) -> anyhow::Result<Self> {
        match Notice::read(body)? {
            Notice::Deployment(deployment) => Ok(Self::Deployment(deployment)),
            named => {
                let event = named.event(&core.store).await?;
                let event = event.ok_or_else(|| anyhow::anyhow!("there is no such event"))?;
                Ok(Self::Event(Box::new(event)))
            }
        }
    }

    fn service(&self) -> Option<&ServiceName> {
        match self {
            Self::Event(event) => event.body.service(),
            Self::Deployment(_) => None,
        }
    }
}

/// Handles messages, and answers which are to come again.
///
/// What concerns one service is handled one after another, because two at once would only get in each other's way;
/// different services go side by side.
pub(crate) async fn each(
    core: &Core,
    messages: Vec<Message>,
    budget: Budget,
    handle: impl AsyncFn(&News) -> anyhow::Result<()>,
) -> Vec<String> {
    let mut failed = Vec::new();
    let mut lanes: BTreeMap<Option<ServiceName>, Vec<(Message, News)>> = BTreeMap::new();
    for message in messages {
        match News::read(core, &message.body).await {
            Ok(news) => lanes.entry(news.service().cloned()).or_default().push((message, news)),
            Err(error) => {
                note(&message, &error);
                failed.push(message.id);
            }
        }
    }
    let handled = lanes.into_values().map(|lane| one_after_another(lane, budget, &handle));
    failed.extend(join_all(handled).await.into_iter().flatten());
    failed
}

async fn one_after_another(
    lane: Vec<(Message, News)>,
    budget: Budget,
    handle: &impl AsyncFn(&News) -> anyhow::Result<()>,
) -> Vec<String> {
    let mut failed = Vec::new();
    for (message, news) in lane {
        let outcome = match budget.for_one() {
            Some(longest) => within(longest, handle(&news)).instrument(span(&news)).await,
            None => Err(anyhow::anyhow!("there was no time left for it")),
        };
        if let Err(error) = outcome {
            span(&news).in_scope(|| note(&message, &error));
            failed.push(message.id);
        }
    }
    failed
}

/// Handles one thing in a time, and takes a panic for an error: what else is in the batch has nothing to do with it.
async fn within(longest: Duration, handling: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    match tokio::time::timeout(longest, AssertUnwindSafe(handling).catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<&str>().copied();
            let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Err(anyhow::anyhow!("it panicked: {}", text.unwrap_or("without a message")))
        }
        Err(_) => Err(anyhow::anyhow!("it did not finish within {} s", longest.as_secs())),
    }
}

/// Under what a message is handled: the request that led to it.
fn span(news: &News) -> tracing::Span {
    match news {
        News::Event(event) => tracing::info_span!(
            "event",
            event.id = %event.id,
            event.kind = ?event.body.kind(),
            request_id = event.request.map(tracing::field::display),
            traceparent = event.traceparent,
        ),
        News::Deployment(deployment) => {
            tracing::info_span!(
                "deployment",
                application = deployment.application,
                group = deployment.deployment_group
            )
        }
    }
}

fn note(message: &Message, error: &anyhow::Error) {
    tracing::warn!(
        message.id,
        attempts = message.receives(),
        error = format!("{error:#}"),
        "a message could not be handled, and comes again"
    );
}
