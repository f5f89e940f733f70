#![doc = include_str!("../README.md")]

mod config;
mod declared;
mod envelope;
mod function;
mod http;
mod invocation;
mod messages;
mod panel;
mod promotions;
mod relay;
mod run;
#[cfg(test)]
mod tests;
mod ticks;
mod webhooks;

pub use config::{SETTINGS, Start};
pub use function::{Function, Program};
pub use panel::Panel;
pub use promotions::{Ports, Promotions};
pub use relay::Relay;
pub use run::run;
pub use webhooks::Webhooks;
