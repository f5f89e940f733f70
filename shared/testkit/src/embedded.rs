//! The store of one machine, in memory.

use dynoxide::Database;
use store::{Store, StoreConfig};
use tokio::net::TcpListener;

/// A store of its own for one test, with all its tables, served on loopback until the test's runtime ends.
///
/// # Panics
/// If there is no loopback.
pub async fn embedded_store() -> Store {
    embedded().await.0
}

/// The same, with the database behind it.
pub(crate) async fn embedded() -> (Store, Database) {
    let database = Database::memory().expect("a database in memory");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
    let address = listener.local_addr().expect("a bound listener");
    let served = database.clone();
    tokio::spawn(dynoxide::server::serve_with_shutdown(listener, served, std::future::pending()));
    let store = Store::connect(&StoreConfig {
        endpoint: format!("http://{address}"),
        region: "eu-central-1".to_owned(),
        table_prefix: "test".to_owned(),
    });
    store.create_tables().await.expect("the embedded store makes its tables");
    (store, database)
}
