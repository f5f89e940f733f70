//! Through the router, over the real embedded store, with a target and measurements under the test's control.

mod artifacts;
mod completed;
mod drift;
mod gates;
mod measures;
mod rights;
mod rollback;
mod services;
mod shipping;
mod standings;
mod story;
mod trains;
