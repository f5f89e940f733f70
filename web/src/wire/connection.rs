//! Connections to git hosts.

use domain::ConnectionName;
use jiff::Timestamp;

use crate::wire::wire;

wire! {
    /// A connection to a git host.
    ConnectionView = api::connection::ConnectionView {
        /// Its name.
        name: ConnectionName,
        /// Where the git host delivers to.
        hook_url: String,
        /// Until when the old secret is accepted, while one is.
        rotation_ends_at: Option<Timestamp>,
        /// When something arrived last.
        last_delivery_at: Option<Timestamp>,
        /// Deliveries recorded.
        accepted: u64,
        /// Deliveries that Keelson has no use for.
        ignored: u64,
        /// Deliveries that had come before.
        duplicates: u64,
        /// Deliveries refused.
        rejected: u64,
    }

    /// One delivery of a webhook.
    DeliveryView = api::connection::DeliveryView {
        /// The git host's id for it.
        id: String,
        /// The event, such as `push` or `pull_request.closed`.
        event: String,
        /// When it arrived.
        at: Timestamp,
        /// How many bytes.
        size: u64,
        /// What became of it, such as `recorded` or `ignored`.
        outcome: String,
        /// More about that.
        detail: Option<String>,
    }

    /// A connection with its last deliveries.
    ConnectionDetail = api::connection::ConnectionDetail {
        /// The connection.
        connection: ConnectionView,
        /// Its last deliveries.
        deliveries: Vec<DeliveryView>,
    }

    /// A connection with its secret, which is told once.
    ConnectionSecret = api::connection::ConnectionSecret {
        /// The connection.
        connection: ConnectionView,
        /// The secret.
        secret: String,
    }
}
