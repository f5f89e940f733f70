//! Identifiers made by Keelson: UUIDv7, so that their text sorts by the time they were made.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// Why a text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an identifier like `{prefix}_0190…`")]
pub struct InvalidId {
    prefix: &'static str,
    given: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("pattern" = concat!("^", $prefix, "_[0-9a-f]{32}$")))]
        pub struct $name(Uuid);

        impl $name {
            /// The text before the underscore, which tells a reader what the identifier names.
            pub const PREFIX: &'static str = $prefix;

            /// Makes the identifier for the given moment from ten random bytes.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                Self(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The identifier with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The 16 bytes, which sort as the identifiers do.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// When it was made, to the millisecond: what the first 48 bits of a UUIDv7 say (RFC 9562, section 5.7).
            pub fn at(&self) -> Timestamp {
                let millis = self.0.as_bytes()[..6].iter().fold(0, |millis, byte| millis << 8 | i64::from(*byte));
                Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", Self::PREFIX, self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(given: &str) -> Result<Self, InvalidId> {
                let invalid = || InvalidId { prefix: $prefix, given: given.chars().take(80).collect() };
                let hex = given.strip_prefix(concat!($prefix, "_")).ok_or_else(invalid)?;
                Uuid::try_parse(hex).map(Self).map_err(|_| invalid())
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(given: String) -> Result<Self, InvalidId> {
                given.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

id!(
    /// One attempt to bring one artifact into one environment.
    PromotionId,
    "prm"
);
id!(
    /// Several services that promote together.
    TrainId,
    "trn"
);
id!(
    /// One row of the event log.
    EventId,
    "evt"
);
id!(
    /// One API token.
    TokenId,
    "tok"
);
id!(
    /// One request, from the edge to the last effect it causes.
    RequestId,
    "req"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_sort_by_the_time_they_were_made() {
        let early = EventId::new(Timestamp::from_second(1_000).unwrap(), [255; 10]);
        let late = EventId::new(Timestamp::from_second(1_001).unwrap(), [0; 10]);
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
        assert_eq!(late.at(), Timestamp::from_second(1_001).unwrap());
        assert_eq!(EventId::from_bytes(*late.as_bytes()), late);
    }

    #[test]
    fn an_identifier_of_another_kind_is_refused() {
        let event = EventId::new(Timestamp::UNIX_EPOCH, [7; 10]).to_string();
        assert_eq!(event.parse::<EventId>().unwrap().to_string(), event);
        assert!(event.parse::<PromotionId>().is_err());
    }
}
