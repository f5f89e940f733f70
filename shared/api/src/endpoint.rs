//! An endpoint as data.

use std::fmt;
use std::marker::PhantomData;

use domain::access::Permission;

/// An HTTP method that Keelson uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Replaces something.
    Put,
    /// Removes something.
    Delete,
}

impl Method {
    /// As it is written in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody: it tells and changes nothing that needs protection, or protects itself (webhook signatures).
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// Who has the permission in the place that the path names: its `{service}` (and that service's team) and
    /// `{environment}`. Where the path names none, the handler checks the place it finds in the request.
    Needs(Permission),
}

/// What the value of a query parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Any text.
    Text,
    /// A service's name.
    Service,
    /// An environment's name.
    Environment,
    /// An artifact's digest.
    Digest,
    /// A kind of event.
    EventKind,
    /// A figure of delivery.
    Metric,
    /// A whole number between these two, which is taken as the nearest of the two where it is beyond.
    Number(u64, u64),
    /// One of these numbers.
    OneOf(&'static [u16]),
}

/// A query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub value: Value,
    /// Whether it must be given.
    pub required: bool,
    /// What it is for, in a sentence.
    pub doc: &'static str,
}

impl Parameter {
    /// One that may be left out.
    pub const fn optional(name: &'static str, value: Value, doc: &'static str) -> Self {
        Self { name, value, required: false, doc }
    }

    /// One that must be given.
    pub const fn required(name: &'static str, value: Value, doc: &'static str) -> Self {
        Self { name, value, required: true, doc }
    }
}

/// Method, path and right of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The name of the constant in [`crate::routes`].
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with `{parameters}` as axum and OpenAPI write them.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What its query may say.
    pub query: &'static [Parameter],
}

/// An endpoint that takes a `Request` as JSON (`()`: nothing) and answers a `Response` as JSON (`()`: nothing).
pub struct Endpoint<Request, Response> {
    /// Method, path and right.
    pub route: Route,
    types: PhantomData<fn(Request) -> Response>,
}

impl<Request, Response> Clone for Endpoint<Request, Response> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Request, Response> Copy for Endpoint<Request, Response> {}

impl<Request, Response> Endpoint<Request, Response> {
    /// An endpoint.
    pub const fn new(name: &'static str, method: Method, path: &'static str, access: Access) -> Self {
        Self { route: Route { name, method, path, access, query: &[] }, types: PhantomData }
    }

    /// The endpoint with these query parameters.
    pub const fn with_query(self, query: &'static [Parameter]) -> Self {
        Self { route: Route { query, ..self.route }, ..self }
    }

    /// The path with its parameters filled in, in order, percent-encoded.
    ///
    /// # Panics
    /// When the number of parameters is not the path's: a mistake in the calling code.
    pub fn path(&self, parameters: &[&str]) -> String {
        let mut parameters = parameters.iter();
        let segments = self.route.path.split('/').map(|segment| {
            if segment.starts_with('{') {
                let value = parameters.next().expect("a value for every path parameter");
                percent_encode(value)
            } else {
                segment.to_owned()
            }
        });
        let path = segments.collect::<Vec<_>>().join("/");
        assert!(parameters.next().is_none(), "more values than path parameters in {}", self.route.path);
        path
    }
}

/// Percent-encodes everything but unreserved characters and `:` (RFC 3986), for one path segment or query value.
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
