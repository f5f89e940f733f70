//! Everything here goes through the router, over the embedded store.

mod audit;
mod chain;
mod dead_letters;
mod installation;
mod oidc;
mod sign_in;
mod tokens;
mod users;

use testkit::{Client, World};

use crate::{App, router};

/// A world, and a client of this function in it.
async fn world() -> (World, Client) {
    let world = World::new().await;
    let client = world.client(router(App::new(world.core.clone()).unwrap()));
    (world, client)
}

/// What happened since this was asked last: who, and what.
async fn happened(world: &World) -> Vec<String> {
    let events = world.new_events().await;
    events.iter().map(|event| format!("{}: {}", event.actor.label(), event.body.sentence())).collect()
}
