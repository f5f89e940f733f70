//! The connection to DynamoDB, and the tables on one machine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
    TimeToLiveStatus,
};

use crate::error::{Cause, failed};
use crate::table::{EXPIRES_AT, Index, PRIMARY, Table};
use crate::{StoreError, Transaction};

/// Where the embedded store is, or another DynamoDB that speaks plain HTTP on loopback.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Its address, such as `http://127.0.0.1:4100`.
    pub endpoint: String,
    /// The region that requests are signed for. The embedded store takes any.
    pub region: String,
    /// What the names of the tables begin with; at least one character.
    pub table_prefix: String,
}

/// The one store of an installation. Cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    pub(crate) client: Client,
    prefix: Arc<str>,
    reads: Arc<Reads>,
}

/// What was read, in all.
#[derive(Default)]
struct Reads {
    requests: AtomicU64,
    rows: AtomicU64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// How long a connection may take. On loopback it takes microseconds.
const CONNECT: Duration = Duration::from_secs(1);
/// How long one try may take. The embedded store has one writer, and a disk may stall for a moment.
const ATTEMPT: Duration = Duration::from_secs(5);
/// How long all tries together may take: well below what a client of Keelson waits for.
const OPERATION: Duration = Duration::from_secs(12);

impl Store {
    /// A store at an address on loopback.
    ///
    /// Nothing is looked up: no environment variables, no metadata service, no profile files. The credentials
    /// are made up, as nothing on loopback checks them.
    pub fn connect(config: &StoreConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(OPERATION);
        let retries =
            RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(25));
        let sdk_config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&config.endpoint)
            .region(Region::new(config.region.clone()))
            .credentials_provider(Credentials::new("keelson", "keelson", None, None, "loopback"))
            .timeout_config(timeouts.build())
            .retry_config(retries)
            .build();
        Self::new(Client::from_conf(sdk_config), &config.table_prefix)
    }

    /// A store behind a client that was configured elsewhere.
    pub fn new(client: Client, table_prefix: &str) -> Self {
        Self { client, prefix: table_prefix.into(), reads: Arc::default() }
    }

    /// How many rows this store and its clones have read since it was made: what an answer costs, wherever it runs.
    pub fn rows_read(&self) -> u64 {
        self.reads.rows.load(Ordering::Relaxed)
    }

    /// In how many requests.
    pub fn read_requests(&self) -> u64 {
        self.reads.requests.load(Ordering::Relaxed)
    }

    /// Notes a request that read so many rows.
    pub(crate) fn note_read(&self, rows: usize) {
        self.reads.requests.fetch_add(1, Ordering::Relaxed);
        self.reads.rows.fetch_add(u64::try_from(rows).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The name of one of its tables.
    pub fn table_name(&self, table: Table) -> String {
        table.name(&self.prefix)
    }

    /// Begins a transaction. `now` decides what has expired and when a promotion is due.
    pub fn transaction(&self, now: jiff::Timestamp) -> Transaction {
        Transaction::new(self.clone(), now)
    }

    /// Makes the tables that are missing: for one machine and for tests.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the store does not answer; [`StoreError::Refused`] if it does not make them.
    pub async fn create_tables(&self) -> Result<(), StoreError> {
        let listed = self.client.list_tables().send().await.map_err(failed)?;
        let there: BTreeSet<&String> = listed.table_names().iter().collect();
        for table in Table::ALL {
            if !there.contains(&self.table_name(table)) {
                self.create_table(table).await?;
            }
            if table.expires() {
                self.let_rows_expire(table).await?;
            }
        }
        Ok(())
    }

    async fn create_table(&self, table: Table) -> Result<(), StoreError> {
        let mut attributes = vec![PRIMARY];
        attributes.extend(table.indexes().iter().map(|index| index.attributes()));
        let definitions = attributes.iter().flat_map(|(pk, sk)| [*pk, *sk]).map(text_attribute);
        let indexes = table.indexes().iter().map(|index| index_specification(*index));
        let indexes = indexes.collect::<Result<Vec<_>, _>>()?;
        let mut request = self
            .client
            .create_table()
            .table_name(self.table_name(table))
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(definitions.collect::<Result<_, _>>()?))
            .set_key_schema(Some(key_schema(PRIMARY)?))
            // DynamoDB takes no empty list.
            .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes));
        if table.has_stream() {
            let stream = StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewImage);
            request = request.stream_specification(stream.build().map_err(refused)?);
        }
        match request.send().await {
            Ok(_) => Ok(()),
            // Another process made it since the tables were listed.
            Err(error)
                if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(failed(error)),
        }
    }

    async fn let_rows_expire(&self, table: Table) -> Result<(), StoreError> {
        let name = self.table_name(table);
        let now = self.client.describe_time_to_live().table_name(&name).send().await.map_err(failed)?;
        let status = now.time_to_live_description().and_then(|description| description.time_to_live_status());
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES_AT);
        let expiry = expiry.build().map_err(refused)?;
        let request = self.client.update_time_to_live().table_name(name).time_to_live_specification(expiry);
        request.send().await.map(drop).map_err(failed)
    }
}

fn text_attribute(name: &str) -> Result<AttributeDefinition, StoreError> {
    let definition =
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
    definition.build().map_err(refused)
}

fn key_schema((pk, sk): (&str, &str)) -> Result<Vec<KeySchemaElement>, StoreError> {
    let element =
        |name, key_type| KeySchemaElement::builder().attribute_name(name).key_type(key_type).build();
    let partition = element(pk, KeyType::Hash).map_err(refused)?;
    let sort = element(sk, KeyType::Range).map_err(refused)?;
    Ok(vec![partition, sort])
}

fn index_specification(index: Index) -> Result<GlobalSecondaryIndex, StoreError> {
    let specification = GlobalSecondaryIndex::builder()
        .index_name(index.name())
        .set_key_schema(Some(key_schema(index.attributes())?))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
    specification.build().map_err(refused)
}

pub(crate) fn refused(error: impl Into<Cause>) -> StoreError {
    StoreError::Refused(error.into())
}
