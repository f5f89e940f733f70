#![doc = include_str!("../README.md")]

pub mod access;
pub mod audit;
pub mod ci;
pub mod connection;
pub mod dora;
pub mod endpoint;
pub mod openapi;
pub mod overview;
mod page;
mod problem;
pub mod promotion;
mod query;
pub mod routes;
pub mod service;
pub mod train;

pub use endpoint::{Access, Endpoint, Method, Parameter, Route};
pub use page::{Page, PageQuery};
pub use problem::{FieldError, Problem, ProblemKind};
