//! How often a signature was wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ConnectionName;

/// How often a connection's signature was wrong since the process started, to show that something is set up wrong.
///
/// In memory only: nobody may write to the store by sending a wrong signature. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct RefusedSignatures(Arc<Mutex<BTreeMap<ConnectionName, u64>>>);

impl RefusedSignatures {
    /// Counts one. Only for connections that exist, so the number of names is theirs.
    pub(crate) fn count(&self, connection: &ConnectionName) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(connection.clone()).or_default() += 1;
    }

    /// How many there were.
    pub(crate) fn of(&self, connection: &ConnectionName) -> u64 {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.get(connection).copied().unwrap_or_default()
    }
}
