//! Everything here runs against the embedded store in memory, over HTTP, as on one machine.

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::{Store, StoreConfig, StoreError, Transaction};

mod access;
mod audit;
mod buckets;
mod changes;
mod delivery;
mod events;
mod golden;
mod keys;
mod measures;
mod pages;
mod promotions;
mod runtime;
mod samples;
mod stack;
mod standings;
mod tables;
mod transactions;
mod watch_samples;

/// An embedded store of its own for one test.
struct World {
    store: Store,
    /// The same store from within.
    database: Database,
    /// Dropping it stops the server.
    _stop: oneshot::Sender<()>,
}

async fn world() -> World {
    let database = Database::memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel();
    let until_dropped = async {
        stopped.await.ok();
    };
    tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), until_dropped));
    let config = StoreConfig { endpoint, region: "eu-central-1".to_owned(), table_prefix: "test".to_owned() };
    let store = Store::connect(&config);
    store.create_tables().await.unwrap();
    World { store, database, _stop: stop }
}

impl World {
    /// Writes values as new, each in a transaction of its own.
    async fn put<T: crate::Record>(&self, values: impl IntoIterator<Item = T>) {
        for value in values {
            let mut transaction = self.store.transaction(samples::now());
            transaction.put_new(&value);
            transaction.commit().await.unwrap();
        }
    }

    /// What becomes of a transaction with these writes.
    async fn commit(
        &self,
        write: impl FnOnce(&mut Transaction) -> &mut Transaction,
    ) -> Result<(), StoreError> {
        let mut transaction = self.store.transaction(samples::now());
        write(&mut transaction);
        transaction.commit().await
    }
}

#[track_caller]
fn assert_conflict(outcome: Result<(), StoreError>) {
    assert!(matches!(outcome, Err(StoreError::Conflict)), "expected a conflict, got {outcome:?}");
}
