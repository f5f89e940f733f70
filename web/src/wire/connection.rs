//! Connections to git hosts.

use domain::{CommitSha, ConnectionName};
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
        /// How the host is asked and told, if it is.
        api: Option<ApiAccessView>,
    }

    /// How a git host's API is used.
    ApiAccessView = api::connection::ApiAccessView {
        /// Where the API is.
        url: String,
        /// When the token was set.
        token_added_at: Timestamp,
        /// Whether the host makes failed webhooks again; otherwise branches alone are compared.
        delivers_again: bool,
        /// Whether the host is told of deployments, beside statuses of commits.
        takes_deployments: bool,
        /// When the host was looked at last.
        checked_at: Option<Timestamp>,
        /// When it is looked at next.
        next_check_at: Option<Timestamp>,
        /// Why the last look failed, unless it went well.
        trouble: Option<ApiTroubleView>,
        /// Why the host could not be told of a promotion, unless all is told.
        untold: Option<ApiTroubleView>,
        /// What was found missing.
        missed: u64,
        /// How much of that was made up for.
        repaired: u64,
        /// When something was found missing last.
        missed_at: Option<Timestamp>,
        /// When something was made up for last.
        repaired_at: Option<Timestamp>,
    }

    /// Why a git host's API could not be used.
    ApiTroubleView = api::connection::ApiTroubleView {
        /// What happened, and what helps.
        reason: String,
        /// Since when.
        since: Timestamp,
        /// How many times in a row.
        times: u32,
        /// When it is tried again.
        again_at: Timestamp,
    }

    /// A repository that is looked after.
    WatchedRepositoryView = api::connection::WatchedRepositoryView {
        /// Its name on the host.
        repository: String,
        /// What keeps its failed webhooks from being looked at.
        note: Option<String>,
        /// Why it could not be looked at.
        trouble: Option<ApiTroubleView>,
        /// How many deliveries were asked for again and have not come yet.
        awaited: usize,
        /// Its branches that services ship from.
        branches: Vec<WatchedBranchView>,
    }

    /// A branch that is looked after.
    WatchedBranchView = api::connection::WatchedBranchView {
        /// Its name.
        branch: String,
        /// Where the host says that it is.
        head: CommitSha,
        /// When it was seen there first.
        seen_at: Timestamp,
        /// Whether what Keelson has recorded ends there too.
        agrees: bool,
        /// When commits were recorded last that no webhook had told of.
        repaired_at: Option<Timestamp>,
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
        /// Its repositories that are looked after through the API.
        repositories: Vec<WatchedRepositoryView>,
    }

    /// A connection with its secret, which is told once.
    ConnectionSecret = api::connection::ConnectionSecret {
        /// The connection.
        connection: ConnectionView,
        /// The secret.
        secret: String,
    }
}
