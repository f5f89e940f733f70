//! What the panel reads of the API: of each answer the fields that are shown, under the names they have there.
//!
//! The API's own types are made for servers: serde's code to read all of them was a quarter of the panel's download.
//! Here a type is a list of fields, read one by one from a JSON value; a field that nobody shows costs nothing, and one
//! that a newer server adds is passed over. [`Wire::Api`] names the type of the API that each stands for, so that an
//! endpoint cannot be read as something else.

mod access;
mod audit;
mod connection;
mod measures;
mod overview;
mod promotion;
mod service;
mod train;
mod value;

pub(crate) use access::*;
pub(crate) use audit::*;
pub(crate) use connection::*;
pub(crate) use measures::*;
pub(crate) use overview::*;
pub(crate) use promotion::*;
pub(crate) use service::*;
pub(crate) use train::*;
pub(crate) use value::{Mismatch, read_text};

use api::ProblemKind;
use serde_json::Value;

/// What can be read of an answer.
pub(crate) trait Wire: Sized {
    /// What the API calls it.
    type Api;

    /// Reads it.
    ///
    /// # Errors
    /// Where in the answer something is not what it should be.
    fn read(value: &Value) -> Result<Self, Mismatch>;
}

/// Types whose fields are read one by one. `= Api` names the type they stand for.
macro_rules! wire {
    ($($(#[$doc:meta])* $name:ident = $api:ty { $($(#[$about:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) struct $name { $($(#[$about])* pub(crate) $field: $type,)* }

        impl $crate::wire::Wire for $name {
            type Api = $api;

            fn read(value: &serde_json::Value) -> Result<Self, $crate::wire::Mismatch> {
                // What was read before a mismatch is not dropped: an answer that cannot be read is rare, and the code
                // to take half of one apart would be downloaded by everybody for every type.
                $(let $field = std::mem::ManuallyDrop::new($crate::wire::value::field(value, stringify!($field))?);)*
                Ok(Self { $($field: std::mem::ManuallyDrop::into_inner($field),)* })
            }
        }
    )*};
}
pub(crate) use wire;

wire! {
    /// A problem, as the server tells it or as one is made here.
    Problem = api::Problem {
        /// What kind of problem, for people.
        title: String,
        /// The status.
        status: u16,
        /// What happened here.
        detail: String,
        /// The request's identifier.
        instance: Option<String>,
        /// What is wrong with single fields of the request.
        errors: Vec<FieldError>,
    }

    /// What is wrong with a field of a request.
    FieldError = api::FieldError {
        /// Where in the request.
        pointer: String,
        /// What is wrong there.
        detail: String,
    }
}

impl Problem {
    /// A problem of this kind.
    pub(crate) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let (title, status) = (kind.title().to_owned(), kind.status());
        Self { title, status, detail: detail.into(), instance: None, errors: Vec::new() }
    }
}

/// The share of requests that failed; unknown without requests.
pub(crate) fn error_share(requests: u64, errors: u64) -> Option<f64> {
    (requests > 0).then(|| errors as f64 / requests as f64)
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page<T> {
    /// Its items.
    pub(crate) items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<String>,
}

impl<T> AsRef<Self> for Page<T> {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<T: Wire> Wire for Page<T> {
    type Api = api::Page<T::Api>;

    fn read(value: &Value) -> Result<Self, Mismatch> {
        Ok(Self { items: value::field(value, "items")?, next: value::field(value, "next")? })
    }
}
