//! Who acts on events.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use domain::event::{Event, EventKind};
use futures_util::FutureExt as _;

/// How long one handling may take. What takes longer hangs, and is tried again.
const LONGEST: Duration = Duration::from_secs(30);

type Handling = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Who acts on events.
#[derive(Clone)]
pub(crate) struct Subscriber {
    /// The name under which it is remembered how far it has read.
    pub(crate) name: &'static str,
    kinds: &'static [EventKind],
    handle: Arc<dyn Fn(Event) -> Handling + Send + Sync>,
}

impl Subscriber {
    /// A subscriber to some kinds of events.
    pub(crate) fn new<F, Fut>(name: &'static str, kinds: &'static [EventKind], handle: F) -> Self
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self { name, kinds, handle: Arc::new(move |event| Box::pin(handle(event))) }
    }

    /// Whether it acts on such events.
    pub(crate) fn wants(&self, event: &Event) -> bool {
        self.kinds.contains(&event.body.kind())
    }

    /// Has it act on an event, once.
    ///
    /// # Errors
    /// If it could not: because it said so, took too long, or panicked.
    pub(crate) async fn handle(&self, event: Event) -> anyhow::Result<()> {
        let handling = AssertUnwindSafe((self.handle)(event)).catch_unwind();
        match tokio::time::timeout(LONGEST, handling).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(anyhow::anyhow!("it panicked: {}", message(panic.as_ref()))),
            Err(_) => Err(anyhow::anyhow!("it did not finish within {} s", LONGEST.as_secs())),
        }
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("name", &self.name).finish_non_exhaustive()
    }
}
