//! The pages, one a route.

pub(crate) mod audit;
pub(crate) mod components;
pub(crate) mod not_found;
pub(crate) mod overview;
pub(crate) mod promotion;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod settings;
pub(crate) mod sign_in;
