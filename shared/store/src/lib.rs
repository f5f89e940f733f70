#![doc = include_str!("../README.md")]

mod access;
mod answers;
mod artifacts;
mod audit;
mod buckets;
mod canonical;
mod changes;
mod checks;
mod ci_runs;
mod connect;
mod connections;
mod deliveries;
mod deployments;
mod due;
mod error;
mod events;
mod key;
mod lanes;
mod page;
mod promotions;
mod read;
mod row;
mod runtime;
mod services;
mod table;
#[cfg(test)]
mod tests;
mod trains;
mod transaction;
mod watches;

pub use answers::{AnswerState, KeptAnswer};
pub use audit::link_of_image;
pub use changes::{RecordedPullRequest, RecordedPush};
pub use checks::RecordedCheck;
pub use ci_runs::RecordedSteps;
pub use connect::{Store, StoreConfig};
pub use due::Due;
pub use error::{Cause, StoreError};
pub use events::event_of_image;
pub use key::Key;
pub use page::{Cursor, LONGEST_PAGE, Page, PageRequest};
pub use read::Newest;
pub use row::{Entries, Kind, Record, Version, Versioned};
pub use runtime::{Checkpoint, Retry};
pub use table::{EXPIRES_AT, Index, PRIMARY, Table};
pub use transaction::{MOST_WRITES, Transaction};
