//! One page of a list, and the token that leads to the next.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::key::{Key, Listing};

/// How many items a page has at most, whatever was asked for: what one batch of reads can fetch.
pub const LONGEST_PAGE: usize = 100;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many items, from 1 to [`LONGEST_PAGE`]; anything beyond is brought within.
    pub limit: usize,
    /// Where the page before ended; the first page if absent.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The first page.
    pub const fn first(limit: usize) -> Self {
        Self { limit, after: None }
    }

    pub(crate) fn clamped_limit(&self) -> usize {
        self.limit.clamp(1, LONGEST_PAGE)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What leads to the next page, if there is one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// Where a page ended. Opaque, safe in a URL, and good for the list it comes from only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl From<String> for Cursor {
    /// Takes a token back as it was given out; whether it is one is found out when it is used.
    fn from(token: String) -> Self {
        Self(token)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the last item of a page is: in the list that was read, and in its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The sort key in the list.
    pub(crate) sk: String,
    /// The row, if the list is an index.
    pub(crate) row: Option<Key>,
}

/// What a [`Cursor`] says.
#[derive(Serialize, Deserialize)]
struct Content {
    list: String,
    sk: String,
    row: Option<(String, String)>,
}

impl Cursor {
    pub(crate) fn at(listing: &Listing, position: Position) -> Self {
        let content =
            Content { list: listing.identity(), sk: position.sk, row: position.row.map(Key::into_parts) };
        // Three texts always make JSON.
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&content).unwrap_or_default()))
    }

    /// Where to go on, if this is a cursor of that list.
    pub(crate) fn open(&self, listing: &Listing) -> Result<Position, StoreError> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| StoreError::InvalidCursor)?;
        let content: Content = serde_json::from_slice(&bytes).map_err(|_| StoreError::InvalidCursor)?;
        if content.list != listing.identity() || content.row.is_some() != listing.index.is_some() {
            return Err(StoreError::InvalidCursor);
        }
        Ok(Position { sk: content.sk, row: content.row.map(|(pk, sk)| Key { pk, sk }) })
    }
}

impl Listing {
    /// What tells this list from every other, except how far it reaches.
    fn identity(&self) -> String {
        format!("{}/{}/{}", self.table.suffix(), self.index.map_or("", |index| index.name()), self.pk)
    }
}
