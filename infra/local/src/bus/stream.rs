//! The stream of the events table: what was written, in the order in which it was written.

use anyhow::{Context as _, bail};
use domain::audit::Link;
use domain::event::Event;
use dynoxide::Database;
use dynoxide::actions::describe_stream::DescribeStreamRequest;
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::{GetShardIteratorRequest, decode_shard_iterator};
use dynoxide::actions::list_streams::ListStreamsRequest;

/// How the stream calls a row that was not there before.
const WRITTEN: &str = "INSERT";

/// The stream of the events table. Its positions are the sequence numbers of its records: texts of one width, whose
/// order is the order of the records.
#[derive(Clone)]
pub(crate) struct EventStream {
    database: Database,
    arn: String,
    shard: String,
}

/// A record of the stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Streamed {
    /// Where it is.
    pub(crate) position: String,
    /// The event that was written; none for what this version cannot read.
    pub(crate) event: Option<Event>,
}

impl EventStream {
    /// The stream of a table.
    pub(crate) fn of(database: Database, table: String) -> anyhow::Result<Self> {
        let request = ListStreamsRequest { table_name: Some(table), ..ListStreamsRequest::default() };
        let listed = database.list_streams(request)?;
        let arn = listed.streams.into_iter().next().context("the events table has no stream")?.stream_arn;
        let request = DescribeStreamRequest { stream_arn: arn.clone(), ..DescribeStreamRequest::default() };
        let shards = database.describe_stream(request)?.stream_description.shards;
        let [shard] = shards.as_slice() else {
            bail!("the stream has {} shards in place of one", shards.len())
        };
        Ok(Self { database, arn, shard: shard.shard_id.clone() })
    }

    /// The records after a position, or from the first that is left, oldest first.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub(crate) async fn read(&self, after: Option<String>, limit: usize) -> anyhow::Result<Vec<Streamed>> {
        self.records(after, limit, streamed).await
    }

    /// The same, as what the audit log's chain is made of. Only the first writing of an event belongs into it; whatever
    /// changes one later has nothing to do with Keelson.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub(crate) async fn links(
        &self,
        after: Option<String>,
        limit: usize,
    ) -> anyhow::Result<Vec<(String, Option<Link>)>> {
        self.records(after, limit, linked).await
    }

    async fn records<T: Send + 'static>(
        &self,
        after: Option<String>,
        limit: usize,
        of: fn(Record) -> T,
    ) -> anyhow::Result<Vec<T>> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            let shard_iterator = this.iterator(after)?;
            let read = this.database.get_records(GetRecordsRequest { shard_iterator, limit: Some(limit) })?;
            Ok(read.records.into_iter().map(of).collect())
        })
        .await?
    }

    /// The number under which the embedded store keeps the record at a position.
    pub(crate) fn number(&self, position: String) -> anyhow::Result<i64> {
        let decoded = decode_shard_iterator(&self.iterator(Some(position))?);
        Ok(decoded.context("a shard iterator is not what it was")?.2)
    }

    fn iterator(&self, after: Option<String>) -> anyhow::Result<String> {
        let kind = if after.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
        let request = GetShardIteratorRequest {
            stream_arn: self.arn.clone(),
            shard_id: self.shard.clone(),
            shard_iterator_type: kind.to_owned(),
            sequence_number: after,
        };
        let iterator = self.database.get_shard_iterator(request)?.shard_iterator;
        iterator.context("the stream gives no iterator")
    }
}

fn linked(record: Record) -> (String, Option<Link>) {
    let position = record.dynamodb.sequence_number;
    if record.event_name != WRITTEN {
        tracing::error!(
            position,
            "somebody changed an event that was written: `keelson audit verify` tells which"
        );
        return (position, None);
    }
    let image = record.dynamodb.new_image.and_then(|image| serde_json::to_value(image).ok());
    let link = image.and_then(|image| {
        let link = store::link_of_image(image);
        link.inspect_err(|error| tracing::error!(%error, position, "an event cannot be chained")).ok()
    });
    (position, link)
}

fn streamed(record: Record) -> Streamed {
    let position = record.dynamodb.sequence_number;
    let image = record.dynamodb.new_image.and_then(|image| serde_json::to_value(image).ok());
    let event = image.and_then(|image| {
        let event = store::event_of_image(image);
        // An event of a later version, after going back to this one. It stays in the log, and nothing here can act
        // on it; to stop at it would stop everything behind it.
        event.inspect_err(|error| tracing::error!(%error, position, "an event cannot be read")).ok()
    });
    Streamed { position, event }
}
