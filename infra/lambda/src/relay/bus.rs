//! The event bus.

use std::sync::Arc;

use aws::Connection;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;

use super::records::Streamed;
use crate::envelope::{self, SOURCE};

/// How many events EventBridge takes at once.
const MOST: usize = 10;
/// How many bytes of events are put at once. EventBridge takes 256 KiB, words and all.
const MOST_BYTES: usize = 248 * 1024;

/// The event bus. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Bus {
    client: Client,
    name: Arc<str>,
}

/// An event on its way.
struct Entry {
    position: String,
    entry: PutEventsRequestEntry,
    bytes: usize,
}

impl Bus {
    /// The bus of that name or ARN.
    pub(crate) fn new(connection: &Connection, name: &str) -> Self {
        Self { client: Client::new(connection.sdk()), name: name.into() }
    }

    /// Hands events over, and answers the records of those that are to be told again.
    pub(super) async fn put(&self, streamed: &[Streamed]) -> Vec<String> {
        let mut failed = Vec::new();
        let mut batch: Vec<Entry> = Vec::new();
        for record in streamed {
            let Some(entry) = self.entry(record) else { continue };
            let bytes: usize = batch.iter().map(|entry| entry.bytes).sum();
            if batch.len() == MOST || bytes + entry.bytes > MOST_BYTES {
                failed.extend(self.put_at_once(std::mem::take(&mut batch)).await);
            }
            batch.push(entry);
        }
        failed.extend(self.put_at_once(batch).await);
        failed
    }

    fn entry(&self, record: &Streamed) -> Option<Entry> {
        let event = record.event.as_ref()?;
        let (kind, detail) = envelope::detail(event)
            .inspect_err(
                |error| tracing::error!(%error, event.id = %event.id, "an event cannot be written as JSON"),
            )
            .ok()?;
        let detail = detail.get().to_owned();
        let bytes = SOURCE.len() + kind.len() + detail.len();
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(self.name.as_ref())
            .source(SOURCE)
            .detail_type(kind)
            .detail(detail)
            .build();
        Some(Entry { position: record.position.clone(), entry, bytes })
    }

    async fn put_at_once(&self, batch: Vec<Entry>) -> Vec<String> {
        if batch.is_empty() {
            return Vec::new();
        }
        let (positions, entries): (Vec<String>, Vec<_>) =
            batch.into_iter().map(|entry| (entry.position, entry.entry)).unzip();
        let answer = match self.client.put_events().set_entries(Some(entries)).send().await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(error = %DisplayErrorContext(error), "the bus did not take what happened");
                return positions;
            }
        };
        // One answer for each, in their order.
        let answers = answer.entries().iter().map(Some).chain(std::iter::repeat(None));
        let outcomes = positions.into_iter().zip(answers);
        let refused = outcomes.filter(|(position, answer)| {
            let error = match answer {
                Some(answer) => answer.error_code().map(|code| (code, answer.error_message())),
                None => Some(("no answer for it", None)),
            };
            if let Some((code, message)) = error {
                tracing::warn!(position, code, message, "the bus did not take an event");
            }
            error.is_some()
        });
        refused.map(|(position, _)| position).collect()
    }
}
