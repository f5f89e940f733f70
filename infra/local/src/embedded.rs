//! The store on one machine: DynamoDB on SQLite, in this process, spoken to over loopback like the one in AWS.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::thread;

use anyhow::Context as _;
use dynoxide::Database;
use dynoxide::storage::Storage;
use jiff::Timestamp;
use store::{Store, StoreConfig, Table};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::crash::{self, relay};
use crate::expiry;

/// What the names of the tables begin with.
const TABLE_PREFIX: &str = "keelson";
/// A name that a person who looks into the database understands.
const REGION: &str = "one-machine";
/// Neither the embedded store's appending to a stream nor its reading has an index, so both look at the whole stream.
/// With 20,000 events in it, appending one takes 24 ms and reading what is new 16 ms; with this index, which holds
/// what both ask for, 5 ms and 0.1 ms.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS keelson_stream_order
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";
/// The newest record stays in any case: the next one's number follows from it.
const TRIM: &str =
    "DELETE FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2";

/// The store of this machine, and the thread that serves it.
pub(crate) struct EmbeddedStore {
    /// The way every function takes.
    pub(crate) store: Store,
    /// The way in for what no function does: streams and housekeeping.
    pub(crate) database: Database,
    /// The file; none in memory.
    file: Option<PathBuf>,
    /// Dropping it ends the server.
    stop: DropGuard,
    server: thread::JoinHandle<anyhow::Result<()>>,
}

impl EmbeddedStore {
    /// Opens the database in a file, or makes it.
    pub(crate) async fn open(file: PathBuf) -> anyhow::Result<Self> {
        let database = Database::new(&file.to_string_lossy())
            .with_context(|| format!("the database {} cannot be opened", file.display()))?;
        let opened = Self::serve(database, Some(file)).await?;
        opened.index()?;
        Ok(opened)
    }

    /// A database that ends with the process.
    #[cfg(test)]
    pub(crate) async fn in_memory() -> anyhow::Result<Self> {
        Self::serve(Database::memory()?, None).await
    }

    /// SQLite waits for the disk while it holds its thread, so it gets one of its own: the services' requests, which
    /// pass through this process too, never wait for it. One is enough, because the database does one thing at a time.
    async fn serve(database: Database, file: Option<PathBuf>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("the store finds no free port")?;
        listener.set_nonblocking(true)?;
        let server_address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let (served, stopped) = (database.clone(), stop.clone().cancelled_owned());
        let server = thread::Builder::new().name("store".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                let served = dynoxide::server::serve_with_shutdown(listener, served, stopped).await;
                served.map_err(anyhow::Error::msg)
            })
        })?;
        let relayed =
            if crash::is_at_a_write() { relay::start(server_address).await? } else { server_address };
        let endpoint = format!("http://{relayed}");
        let config =
            StoreConfig { endpoint, region: REGION.to_owned(), table_prefix: TABLE_PREFIX.to_owned() };
        let store = Store::connect(&config);
        let opened = Self { store, database, file, stop: stop.drop_guard(), server };
        opened.store.create_tables().await.context("the store's tables cannot be made")?;
        Ok(opened)
    }

    /// Deletes what has expired, and answers how much.
    pub(crate) async fn sweep(&self, now: Timestamp) -> anyhow::Result<usize> {
        let Some(file) = &self.file else { return Ok(0) };
        expiry::clear_away(&self.store, &file.to_string_lossy(), now).await
    }

    /// Forgets the stream before a record, as AWS does after a day; the embedded store never does. The events
    /// themselves stay.
    pub(crate) async fn trim_stream(&self, before: i64) -> anyhow::Result<usize> {
        let Some(file) = self.file.clone() else { return Ok(0) };
        let table = self.store.table_name(Table::Events);
        let trim = move || {
            let storage = Storage::new(&file.to_string_lossy())?;
            Ok(storage.conn().execute(TRIM, (table, before))?)
        };
        tokio::task::spawn_blocking(trim).await?
    }

    fn index(&self) -> anyhow::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let storage = Storage::new(&file.to_string_lossy())?;
        storage.conn().execute_batch(INDEX).context("the stream cannot be indexed")?;
        expiry::index(&storage, &self.store).context("what expires cannot be indexed")
    }

    /// Stops serving, once the requests under way are answered.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        let Self { stop, server, .. } = self;
        drop(stop);
        let joined = tokio::task::spawn_blocking(move || server.join()).await?;
        joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

#[cfg(test)]
mod tests {
    use domain::access::Actor;
    use domain::event::{Event, EventBody};
    use edge::{Clock, Ids};

    use super::*;
    use crate::bus::EventStream;

    async fn write(embedded: &EmbeddedStore, ids: &Ids, clock: &Clock) -> Event {
        let event = Event {
            id: ids.event(),
            at: clock.now(),
            actor: Actor::Keelson,
            request: None,
            traceparent: None,
            body: EventBody::SignedIn { login: "ada".parse().unwrap() },
        };
        let mut transaction = embedded.store.transaction(clock.now());
        transaction.event(&event);
        transaction.commit().await.unwrap();
        event
    }

    #[tokio::test]
    async fn the_stream_is_trimmed_to_what_is_not_done_with_and_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keelson.db");
        let clock = Clock::system();
        let ids = Ids::system(clock.clone());
        let embedded = EmbeddedStore::open(file.clone()).await.unwrap();
        let events = embedded.store.table_name(Table::Events);
        let stream = EventStream::of(embedded.database.clone(), events.clone()).unwrap();
        for _ in 0..3 {
            write(&embedded, &ids, &clock).await;
        }
        let records = stream.read(None, 10).await.unwrap();
        let done = stream.number(records[2].position.clone()).unwrap();
        assert_eq!(embedded.trim_stream(done).await.unwrap(), 2);
        assert_eq!(stream.read(None, 10).await.unwrap(), records[2..]);
        drop(stream);
        embedded.close().await.unwrap();

        let embedded = EmbeddedStore::open(file).await.unwrap();
        let stream = EventStream::of(embedded.database.clone(), events).unwrap();
        let later = write(&embedded, &ids, &clock).await;
        let read = stream.read(Some(records[2].position.clone()), 10).await.unwrap();
        assert_eq!(read.into_iter().map(|record| record.event).collect::<Vec<_>>(), [Some(later)]);
        embedded.close().await.unwrap();
    }

    #[tokio::test]
    async fn what_has_expired_is_swept() {
        use domain::access_records::{SecretHash, SignInLink};

        let dir = tempfile::tempdir().unwrap();
        let embedded = EmbeddedStore::open(dir.path().join("keelson.db")).await.unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        for (number, expires_at) in [(1, 1_000), (2, 2_000), (3, 999)] {
            let hash = SecretHash::from_bytes([number; 32]);
            let (login, created_at, expires_at) = ("ada".parse().unwrap(), at(900), at(expires_at));
            let mut transaction = embedded.store.transaction(at(900));
            transaction.put_new(&SignInLink { hash, login, created_at, expires_at });
            transaction.commit().await.unwrap();
        }
        for (now, deleted) in [(998, 0), (1_000, 2), (1_999, 0), (2_000, 1), (3_000, 0)] {
            assert_eq!(embedded.sweep(at(now)).await.unwrap(), deleted, "at {now}");
        }
        embedded.close().await.unwrap();
    }
}
