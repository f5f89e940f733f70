//! What people see: pure functions from answers to text, so that every output is a snapshot in a test.

mod audit;
mod lists;
mod overview;
mod promotion;
mod rollout;
mod service;
mod ships;
mod table;
mod theme;
mod time;
mod watched;

pub(crate) use audit::audit_check;
pub(crate) use lists::{artifacts, connection, connections, dead_letters, events, log_line, tokens, users};
pub(crate) use overview::{overview, service_rows};
pub(crate) use promotion::promotion;
pub(crate) use rollout::{news, picture};
pub(crate) use service::service;
pub(crate) use ships::ships;
pub(crate) use table::{Cell, Table};
pub(crate) use theme::{Theme, Tone};
pub(crate) use time::{ago, clock, lasting};

#[cfg(test)]
mod samples;
