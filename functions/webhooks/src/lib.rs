#![doc = include_str!("../README.md")]

use std::sync::Arc;

use axum::Router;
use domain::event::{Event, EventKind};
use edge::{Core, Routes};
use ports::Secrets;

mod hook;
mod http;
mod put_connection;
mod receive;
mod record;
mod refused;
mod room;
mod rotate_connection;
mod split;
#[cfg(test)]
mod tests;
mod view;

pub use hook::MOST_BYTES;
pub use refused::RefusedSignatures;
pub use room::Room;

/// What this function needs: the shared core, and how webhook secrets are kept.
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
}

impl App {
    /// An app that has refused nobody yet.
    pub fn new(core: Core, secrets: Arc<dyn Secrets>) -> Self {
        Self { core, secrets, refused: RefusedSignatures::default(), room: Room::default() }
    }
}

/// The events this function acts on: none. Others act on its own.
pub const SUBSCRIBES: &[EventKind] = &[];

/// Does nothing: this function subscribes to nothing.
///
/// # Errors
/// Never; the shape is that of every function.
pub async fn on_event(_app: &App, _event: &Event) -> Result<(), std::convert::Infallible> {
    Ok(())
}

/// The routes of this function.
pub fn router(app: App) -> Router {
    use api::routes;
    Routes::<App>::new(&app.core)
        .on_with_limit(&routes::RECEIVE_HOOK, MOST_BYTES, http::receive)
        .on(&routes::LIST_CONNECTIONS, http::list)
        .on(&routes::GET_CONNECTION, http::get)
        .on(&routes::PUT_CONNECTION, http::put)
        .on(&routes::ROTATE_CONNECTION, http::rotate)
        .build(app)
}
