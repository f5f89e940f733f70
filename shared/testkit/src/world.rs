//! Everything a function needs, made of nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use domain::access::{Actor, TokenScope};
use domain::access_records::Token;
use domain::event::Event;
use domain::manifest::Manifest;
use domain::service::Service;
use domain::{EventId, Login, Period};
use dynoxide::Database;
use edge::{Clock, Core, Ids, Settings, credentials};
use store::{PageRequest, Record};

use crate::embedded::embedded;
use crate::rows::rows;
use crate::samples::start;
use crate::{Client, FakeDeployer, FakeSignals, MemoryArtifacts, PlainSecrets};

/// Everything a function needs, made of nothing.
pub struct World {
    /// Store, clock, ids and settings. The address is `http://keelson.test`.
    pub core: Core,
    /// The core's clock, which stands still until it is advanced.
    pub clock: Clock,
    /// Where releases seem to run.
    pub deployer: Arc<FakeDeployer>,
    /// What seems to be measured.
    pub signals: Arc<FakeSignals>,
    /// Where bytes are.
    pub artifacts: Arc<MemoryArtifacts>,
    /// How secrets seem to be sealed.
    pub secrets: Arc<PlainSecrets>,
    database: Database,
    seen: Mutex<BTreeSet<EventId>>,
}

impl World {
    /// A world in which nothing happened yet.
    ///
    /// # Panics
    /// If there is no loopback.
    pub async fn new() -> Self {
        let clock = Clock::manual(start());
        let ids = Ids::seeded(clock.clone(), 0);
        let settings = Settings::new("http://keelson.test".parse().expect("an address"));
        let (store, database) = embedded().await;
        Self {
            core: Core::new(store, clock.clone(), ids, settings),
            deployer: Arc::new(FakeDeployer::new(clock.clone())),
            signals: Arc::new(FakeSignals::new(clock.clone())),
            artifacts: Arc::default(),
            secrets: Arc::default(),
            clock,
            database,
            seen: Mutex::default(),
        }
    }

    /// A client of a function's router, or of several merged. Nobody is signed in.
    pub fn client(&self, router: Router) -> Client {
        Client::new(&self.core, router)
    }

    /// Lets time pass.
    pub fn advance(&self, period: Period) {
        self.clock.advance(period);
    }

    /// Puts something into the store that is not there yet.
    ///
    /// # Panics
    /// If it is there already.
    pub async fn put<T: Record>(&self, value: &T) {
        let mut transaction = self.core.store.transaction(self.core.now());
        transaction.put_new(value);
        transaction.commit().await.expect("something new");
    }

    /// Puts a service into the store, as its manifest declares it.
    ///
    /// # Panics
    /// If the manifest is not right, or the service is there already.
    pub async fn service(&self, manifest_text: &str) -> Service {
        let service = Service {
            manifest: Manifest::parse(manifest_text).expect("a manifest without mistakes"),
            manifest_text: manifest_text.to_owned(),
            revision: 1,
            applied_at: self.core.now(),
            applied_by: Actor::Keelson,
        };
        self.put(&service).await;
        service
    }

    /// Puts an API token into the store that does not expire, and gives its secret.
    ///
    /// # Panics
    /// If the login is none.
    pub async fn token(&self, owner: &str, scope: TokenScope) -> String {
        let secret = credentials::new_token(&self.core.ids);
        let owner: Login = owner.parse().expect("a login");
        let token = Token {
            id: self.core.ids.token(),
            hash: credentials::secret_hash(&secret),
            name: "test".to_owned(),
            owner,
            scope,
            created_at: self.core.now(),
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        };
        self.put(&token).await;
        secret
    }

    /// The events since this was asked last, oldest first, for `on_event`.
    ///
    /// # Panics
    /// If the store fails.
    pub async fn new_events(&self) -> Vec<Event> {
        let mut all = self.all_events().await;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|event| seen.insert(event.id));
        all
    }

    /// Everything that is stored, as plain JSON: every row of every table, sorted by its key.
    ///
    /// # Panics
    /// If the store fails.
    pub fn rows(&self) -> BTreeMap<String, Vec<serde_json::Value>> {
        rows(&self.database)
    }

    /// Every event so far, oldest first.
    ///
    /// # Panics
    /// If the store fails.
    pub async fn all_events(&self) -> Vec<Event> {
        let mut all = Vec::new();
        let mut request = PageRequest::first(store::LONGEST_PAGE);
        loop {
            let page = self.core.store.events(&request).await.expect("the list of events");
            all.extend(page.items);
            request.after = page.next;
            if request.after.is_none() {
                all.reverse();
                return all;
            }
        }
    }
}
