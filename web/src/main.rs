#![doc = include_str!("../README.md")]
#![expect(unreachable_pub, reason = "Leptos makes the properties of every component public")]

mod actions;
mod app;
mod chart;
mod client;
mod clock;
#[cfg(test)]
mod fixtures;
mod format;
mod live;
mod location;
mod pages;
mod paths;
mod polling;
mod query;
mod reactive;
#[cfg(test)]
mod sheets;
mod shell;
mod state;
mod submit;
mod ui;
mod wire;
mod words;

fn main() {
    app::start();
}
