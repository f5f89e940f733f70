//! The subscribers' queues, for what is sent again past the bus.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use aws::Connection;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;

/// The queues of all subscribers. Clones are the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Queues {
    client: Client,
    urls: Arc<BTreeMap<String, String>>,
}

impl Queues {
    /// Reads them: `SUBSCRIBER=URL`, separated by commas.
    ///
    /// # Errors
    /// What of it is none.
    pub(crate) fn read(connection: &Connection, text: &str) -> Result<Self, String> {
        let mut urls = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let queue =
                part.split_once('=').filter(|(name, url)| !name.is_empty() && url.starts_with("http"));
            let (name, url) =
                queue.ok_or_else(|| format!("`{part}` is no queue such as `webhooks=https://…`"))?;
            urls.insert(name.to_owned(), url.to_owned());
        }
        Ok(Self { urls: Arc::new(urls), ..Self::none(connection) })
    }

    /// No queues.
    pub(crate) fn none(connection: &Connection) -> Self {
        Self { client: Client::new(connection.sdk()), urls: Arc::default() }
    }

    /// Whether a subscriber has one.
    pub(super) fn has(&self, subscriber: &str) -> bool {
        self.urls.contains_key(subscriber)
    }

    /// Sends a message to a subscriber.
    ///
    /// # Errors
    /// If the queue does not take it, or there is none.
    pub(super) async fn send(&self, subscriber: &str, body: String) -> anyhow::Result<()> {
        let url = self.urls.get(subscriber).context("there is no such queue")?;
        let sent = self.client.send_message().queue_url(url).message_body(body).send().await;
        sent.map(drop)
            .map_err(|error| anyhow::anyhow!("the queue did not take it: {}", DisplayErrorContext(error)))
    }
}
