//! The deploy target of one machine with real processes, real sockets and a real disk.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

mod canary;
mod client;
mod drift;
mod failures;
mod proxying;
mod restarts;
mod streams;
mod switching;
mod world;
