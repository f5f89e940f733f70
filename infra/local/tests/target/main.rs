//! The deploy target of one machine with real processes, real sockets and a real disk.

mod canary;
mod client;
mod failures;
mod proxying;
mod restarts;
mod switching;
mod world;
