//! What people see: pure functions from answers to text, so that every output is a snapshot in a test.

mod audit;
mod lists;
mod measures;
mod overview;
mod promotion;
mod rollout;
mod service;
mod ships;
mod table;
mod theme;
mod time;
mod train;
mod watched;

pub(crate) use audit::audit_check;
pub(crate) use lists::{artifacts, connection, connections, dead_letters, events, log_line, tokens, users};
pub(crate) use measures::{ci, dora, dora_of_services, dora_rows};
pub(crate) use overview::{overview, service_rows};
pub(crate) use promotion::{emergency, promotion};
pub(crate) use rollout::{news, picture};
pub(crate) use service::service;
pub(crate) use ships::ships;
pub(crate) use table::{Cell, Table};
pub(crate) use theme::{Theme, Tone};
pub(crate) use time::{ago, clock, lasting, moment};
pub(crate) use train::{train, trains};

#[cfg(test)]
mod samples;
