#![doc = include_str!("../README.md")]

use std::sync::Arc;

use axum::Router;
use domain::event::{Event, EventBody, EventKind};
use edge::{Core, Routes};
use ports::Secrets;

mod api_access;
mod complete;
mod error;
mod hook;
mod host;
mod http;
mod put_connection;
mod receive;
mod reconcile;
mod record;
mod redeliver;
mod refused;
mod repair;
mod report;
mod room;
mod rotate_connection;
mod split;
#[cfg(test)]
mod tests;
mod view;
mod watched;

pub use error::Error;
pub use hook::MOST_BYTES;
pub use host::GitHosts;
pub use refused::RefusedSignatures;
pub use repair::on_tick;
pub use room::Room;

/// What this function needs: the shared core, how secrets are kept, and the way to git hosts.
#[derive(Clone)]
pub struct App {
    /// Store, clock, ids, settings.
    pub core: Core,
    /// How webhook secrets are kept.
    pub secrets: Arc<dyn Secrets>,
    /// How often a signature was wrong since the process started.
    pub refused: RefusedSignatures,
    /// How many webhooks are taken in at once.
    pub room: Room,
    /// The clients of git hosts' APIs.
    pub hosts: GitHosts,
}

impl App {
    /// An app that has refused nobody yet.
    pub fn new(core: Core, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            core,
            secrets,
            refused: RefusedSignatures::default(),
            room: Room::default(),
            hosts: GitHosts::default(),
        }
    }
}

/// The events this function acts on: pushes, which are completed, and promotions, of which git hosts are told.
pub const SUBSCRIBES: &[EventKind] = &[
    EventKind::PushRecorded,
    EventKind::PromotionProposed,
    EventKind::RolloutStarted,
    EventKind::RolloutReverting,
    EventKind::PromotionFinished,
];

/// Handles one event. Handling it again is harmless.
///
/// # Errors
/// When it should be handled again later. A git host that refuses or does not answer is no reason: the clock tries it
/// again.
pub async fn on_event(app: &App, event: &Event) -> Result<(), Error> {
    if let EventBody::PushRecorded { repository, branch, .. } = &event.body {
        return complete::on_push(app, repository, branch).await;
    }
    match event.body.promotion() {
        Some(promotion) => report::tell(app, promotion.promotion, report::Try::Now).await.map(drop),
        None => Ok(()),
    }
}

/// The routes of this function.
pub fn router(app: App) -> Router {
    use api::routes;
    Routes::<App>::new(&app.core)
        .on_with_limit(&routes::RECEIVE_HOOK, MOST_BYTES, http::receive)
        .on(&routes::LIST_CONNECTIONS, http::list)
        .on(&routes::GET_CONNECTION, http::get)
        .on(&routes::PUT_CONNECTION, http::put)
        .on(&routes::SET_API_ACCESS, http::set_api_access)
        .on(&routes::REMOVE_API_ACCESS, http::remove_api_access)
        .on(&routes::ROTATE_CONNECTION, http::rotate)
        .build(app)
}
