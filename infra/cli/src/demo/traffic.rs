//! The users of the sample service: a steady trickle of requests on loopback, each from somebody new.

use std::sync::Arc;
use std::time::Duration;

use api::routes::GET_SERVICE;
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::cast::SERVICE;
use crate::client::{Client, NO_QUERY, Server, http};

/// The time between two requests.
const EVERY: Duration = Duration::from_millis(50);
/// Of so many requests one goes to the first environment, the others to the last.
const ONE_IN: u64 = 5;
/// How many may be under way at once; what does not fit is not sent.
const AT_ONCE: usize = 64;
/// After so long nobody looks any more, and the traffic ends.
const FOR: Duration = Duration::from_secs(8 * 60 * 60);
/// How often the addresses are looked up.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const PATHS: [&str; 4] = ["/", "/products/7", "/products/12", "/basket"];

/// Sends requests to wherever the sample service can be reached, until it is dropped or hours have passed.
pub(super) async fn run(client: &Client) {
    // The proxy listens on this machine too, so the same client reaches it.
    let Ok(http) = http(client.server()) else { return };
    let (start, mut looked) = (Instant::now(), None::<Instant>);
    let mut addresses = Vec::new();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut number: u64 = 0;
    while start.elapsed() < FOR {
        ticks.tick().await;
        if looked.is_none_or(|looked| looked.elapsed() > LOOK_AGAIN) {
            addresses = look_up(client).await.unwrap_or(addresses);
            looked = Some(Instant::now());
        }
        number += 1;
        let visited = if number.is_multiple_of(ONE_IN) { addresses.first() } else { addresses.last() };
        if let (Some(address), Ok(place)) = (visited, Arc::clone(&places).try_acquire_owned()) {
            let (http, url) = (http.clone(), address.url(path(number)));
            tokio::spawn(async move {
                // Whatever the answer is, the proxy has measured it.
                let _ = http.get(url).timeout(Duration::from_secs(5)).send().await;
                drop(place);
            });
        }
    }
}

fn path(number: u64) -> &'static str {
    let index = usize::try_from(number).unwrap_or(0) % PATHS.len();
    PATHS[index]
}

/// The addresses of the environments that run something, in order. `None`: nobody can tell now.
async fn look_up(client: &Client) -> Option<Vec<Server>> {
    let sample = client.call(&GET_SERVICE, &[SERVICE], NO_QUERY, &()).await.ok()?;
    let running =
        sample.row.environments.into_iter().filter(|lane| lane.running.is_some() || lane.rollout.is_some());
    let addresses = running.filter_map(|lane| lane.address?.parse::<Server>().ok());
    // Only this machine: a demo sends no traffic anywhere else.
    Some(addresses.filter(Server::is_loopback).collect())
}
