//! Stand-ins for the ports, which do what the test says.

mod artifacts;
mod deployer;
mod secrets;
mod signals;

pub use artifacts::MemoryArtifacts;
pub use deployer::FakeDeployer;
pub use secrets::PlainSecrets;
pub use signals::FakeSignals;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A test that panicked elsewhere is reported there, not here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
