//! The tables, as data: their names, indexes and streams.

/// A table. One per context, so that a function's rights can be exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Connections, changes, services, artifacts, promotions.
    Delivery,
    /// People, sessions, tokens.
    Access,
    /// What happened; its stream feeds the bus.
    Events,
    /// Where the bus of one machine is. AWS keeps this in its queues.
    Runtime,
    /// The chain over the events. Apart from them, so that whoever writes events need not be able to write here.
    Audit,
}

/// A secondary index. Every one is sparse, and holds keys only: the rows themselves are then read consistently,
/// and a change that moves no key costs nothing in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Index {
    /// The rows of one owner, in an order of their own.
    List,
    /// The same, narrowed to a part of that owner.
    Within,
    /// Rows that wait for a moment.
    Due,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 5] = [Self::Delivery, Self::Access, Self::Events, Self::Runtime, Self::Audit];

    /// The name after the prefix.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Delivery => "delivery",
            Self::Access => "access",
            Self::Events => "events",
            Self::Runtime => "runtime",
            Self::Audit => "audit",
        }
    }

    /// The table's name in an installation.
    pub fn name(self, prefix: &str) -> String {
        format!("{prefix}-{}", self.suffix())
    }

    /// Its indexes.
    pub const fn indexes(self) -> &'static [Index] {
        match self {
            Self::Delivery => &[Index::List, Index::Within, Index::Due],
            Self::Access | Self::Events => &[Index::List, Index::Within],
            Self::Runtime => &[Index::List, Index::Due],
            Self::Audit => &[],
        }
    }

    /// Whether its changes are streamed, with the new image of every row.
    pub const fn has_stream(self) -> bool {
        matches!(self, Self::Events)
    }

    /// Whether rows in it expire, by [`EXPIRES_AT`].
    pub const fn expires(self) -> bool {
        matches!(self, Self::Delivery | Self::Access)
    }
}

impl Index {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Within => "within",
            Self::Due => "due",
        }
    }

    /// The attributes that are its partition and sort key.
    pub const fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::List => ("list_pk", "list_sk"),
            Self::Within => ("within_pk", "within_sk"),
            Self::Due => ("due_pk", "due_sk"),
        }
    }
}

/// The attributes that are every table's partition and sort key.
pub const PRIMARY: (&str, &str) = ("pk", "sk");
/// The attribute that says when a row expires, in seconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";
