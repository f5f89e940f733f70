//! The audit log's chain.

use jiff::Timestamp;

use crate::wire::wire;

wire! {
    /// The newest block of the chain.
    AuditHead = api::audit::AuditHead {
        /// Its number, from 0; absent before anything was chained.
        number: Option<u64>,
        /// When it was made.
        at: Option<Timestamp>,
        /// How many events are chained.
        events: u64,
        /// Number and hash in one text, to be kept elsewhere.
        anchor: Option<String>,
    }

    /// Something that is not as it was written.
    AuditFinding = api::audit::AuditFinding {
        /// What, for people.
        detail: String,
    }

    /// A page of a check of the chain.
    AuditCheck = api::audit::AuditCheck {
        /// The newest block, up to which is checked.
        head: AuditHead,
        /// How many blocks were checked up to the end of this page.
        blocks: u64,
        /// How many of their events.
        events: u64,
        /// What this page found.
        findings: Vec<AuditFinding>,
        /// How many events are not yet chained; on the last page.
        not_yet_chained: Option<u64>,
        /// Where the next page begins, if there is one.
        next: Option<String>,
    }
}
