//! One response.

use std::marker::PhantomData;

use api::{Problem, ProblemKind};
use axum::body::Bytes;
use http::response::Parts;
use serde::de::DeserializeOwned;

/// A response, which was checked for what must hold for all of them.
pub struct Answer<R> {
    what: String,
    parts: Parts,
    body: Bytes,
    types: PhantomData<fn() -> R>,
}

impl<R> Answer<R> {
    pub(super) fn new(what: String, parts: Parts, body: Bytes) -> Self {
        Self { what, parts, body, types: PhantomData }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.parts.status.as_u16()
    }

    /// A header; absent, or empty where it is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name).map(|value| value.to_str().unwrap_or_default())
    }

    /// Every value of a header.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.parts.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, for snapshots.
    ///
    /// # Panics
    /// If it is none.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        self.read()
    }

    /// What the endpoint answers if all went well.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn ok(&self) -> R
    where
        R: DeserializeOwned,
    {
        assert!(self.parts.status.is_success(), "{} answered {}: {}", self.what, self.status(), self.text());
        self.read()
    }

    /// The problem, of that kind.
    ///
    /// # Panics
    /// If all went well, or the problem is of another kind.
    #[track_caller]
    pub fn problem(&self, kind: ProblemKind) -> Problem {
        assert_eq!(self.status(), kind.status(), "{} answered {}", self.what, self.text());
        let problem: Problem = self.read();
        assert_eq!(problem.kind, kind.uri(), "{} answered {}", self.what, self.text());
        problem
    }

    #[track_caller]
    fn read<T: DeserializeOwned>(&self) -> T {
        let body = if self.body.is_empty() { b"null".as_slice() } else { &self.body };
        match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(error) => panic!("{} answered what is not expected ({error}): {}", self.what, self.text()),
        }
    }
}
