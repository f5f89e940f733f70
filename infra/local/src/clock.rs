//! Where the time comes from.

use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time. Injected, so that tests can hold it still.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
