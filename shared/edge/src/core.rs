//! What every function needs, whatever it does.

use std::sync::Arc;

use domain::access::Actor;
use domain::event::{Event, EventBody};
use jiff::Timestamp;
use store::Store;

use crate::rate::Buckets;
use crate::{CiVerifier, Clock, Ids, RequestContext, Settings};

/// What every function needs. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Core {
    /// What is remembered.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Identifiers and secrets.
    pub ids: Ids,
    /// What whoever runs the installation decided.
    pub settings: Arc<Settings>,
    /// Who verifies the identities of CI jobs. Without one, they are refused.
    pub(crate) ci_verifier: Option<CiVerifier>,
    /// How often this process was asked.
    pub(crate) buckets: Arc<Buckets>,
}

impl Core {
    /// A core that takes no CI identities.
    pub fn new(store: Store, clock: Clock, ids: Ids, settings: Settings) -> Self {
        Self { store, clock, ids, settings: Arc::new(settings), ci_verifier: None, buckets: Arc::default() }
    }

    /// The same core, which takes CI identities on the routes that register artifacts.
    #[must_use]
    pub fn with_ci_verifier(self, verifier: CiVerifier) -> Self {
        Self { ci_verifier: Some(verifier), ..self }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What `actor` did, as the consequence of a request.
    pub fn event(&self, request: &RequestContext, actor: &Actor, body: EventBody) -> Event {
        Event {
            id: self.ids.event(),
            at: self.now(),
            actor: actor.clone(),
            request: request.id,
            traceparent: request.traceparent.clone(),
            body,
        }
    }
}
