//! Amounts with a unit: periods of time and shares of traffic.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Why a text is not a [`Period`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a period: write a number and a unit, such as `400ms`, `15s`, `5m`, `2h`, `1d` or `1h 30m`"
)]
pub struct InvalidPeriod(String);

/// A length of time from 0 to 366 days, to the millisecond.
///
/// Written the way people write it in a configuration file: `400ms`, `15s`, `5m`, `1h 30m`, `1d`.
/// A day is 24 hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    millis: i64,
}

const UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const LONGEST_MILLIS: i64 = 366 * 86_400_000;

impl Period {
    /// No time at all.
    pub const ZERO: Self = Self { millis: 0 };

    /// So many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self { millis: seconds as i64 * 1_000 }
    }

    /// So many milliseconds.
    pub const fn millis(millis: u32) -> Self {
        Self { millis: millis as i64 }
    }

    /// The length in milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.millis
    }

    /// The same length as a jiff duration.
    pub const fn duration(self) -> SignedDuration {
        SignedDuration::from_millis(self.millis)
    }

    /// The same length as a standard duration.
    pub fn std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.millis).unwrap_or(0))
    }

    /// The moment this long after `start`; the last representable moment if there is none.
    pub fn after(self, start: Timestamp) -> Timestamp {
        start.checked_add(self.duration()).unwrap_or(Timestamp::MAX)
    }

    /// The time from `start` to `end`; zero if `end` is not later.
    pub fn between(start: Timestamp, end: Timestamp) -> Self {
        let millis = end.as_millisecond().saturating_sub(start.as_millisecond());
        Self { millis: millis.clamp(0, LONGEST_MILLIS) }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.millis;
        let mut separator = "";
        for (unit, millis) in UNITS {
            if rest >= millis {
                write!(f, "{separator}{}{unit}", rest / millis)?;
                rest %= millis;
                separator = " ";
            }
        }
        Ok(())
    }
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(given: &str) -> Result<Self, InvalidPeriod> {
        let invalid = || InvalidPeriod(given.chars().take(40).collect());
        let mut rest = given.trim();
        let mut millis: i64 = 0;
        if rest.is_empty() {
            return Err(invalid());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
            let number: i64 = rest[..digits].parse().map_err(|_| invalid())?;
            rest = &rest[digits..];
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let unit = UNITS.iter().find(|(unit, _)| *unit == &rest[..letters]).ok_or_else(invalid)?;
            millis = number.checked_mul(unit.1).and_then(|n| millis.checked_add(n)).ok_or_else(invalid)?;
            rest = rest[letters..].trim_start();
        }
        if millis > LONGEST_MILLIS {
            return Err(invalid());
        }
        Ok(Self { millis })
    }
}

impl TryFrom<String> for Period {
    type Error = InvalidPeriod;

    fn try_from(given: String) -> Result<Self, InvalidPeriod> {
        given.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl JsonSchema for Period {
    fn schema_name() -> Cow<'static, str> {
        "Period".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time such as 400ms, 15s, 5m, 1h 30m or 1d.",
            "pattern": r"^\s*(\d+(d|h|m|s|ms)\s*)+$",
            "examples": ["400ms", "15s", "5m", "1h 30m"],
        })
    }
}

/// Why a number is not a [`Weight`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a traffic weight: use a whole percentage from 0 to 100")]
pub struct InvalidWeight(i64);

/// A share of traffic in whole percent, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "i64", into = "i64")]
#[schemars(extend("minimum" = 0, "maximum" = 100))]
pub struct Weight(u8);

impl Weight {
    /// No traffic.
    pub const NONE: Self = Self(0);
    /// All traffic.
    pub const ALL: Self = Self(100);

    /// The percentage.
    pub const fn percent(self) -> u8 {
        self.0
    }

    /// What is left for the other side.
    pub const fn rest(self) -> Self {
        Self(100 - self.0)
    }
}

impl TryFrom<i64> for Weight {
    type Error = InvalidWeight;

    fn try_from(percent: i64) -> Result<Self, InvalidWeight> {
        match u8::try_from(percent) {
            Ok(percent) if percent <= 100 => Ok(Self(percent)),
            _ => Err(InvalidWeight(percent)),
        }
    }
}

impl From<Weight> for i64 {
    fn from(weight: Weight) -> Self {
        weight.0.into()
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_period_survives_its_text(millis in 0..LONGEST_MILLIS) {
            let period = Period { millis };
            prop_assert_eq!(period.to_string().parse::<Period>(), Ok(period));
        }
    }

    #[test]
    fn a_period_needs_a_unit_and_a_sane_length() {
        assert_eq!("1h 30m".parse::<Period>(), Ok(Period::seconds(5_400)));
        assert_eq!("400ms".parse::<Period>(), Ok(Period::millis(400)));
        for bad in ["", "5", "m", "-5m", "5 minutes", "1.5h", "400d", "99999999999999999999s"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_weight_is_a_whole_percentage() {
        assert_eq!(Weight::try_from(5).map(Weight::rest), Weight::try_from(95));
        assert!(Weight::try_from(101).is_err());
        assert!(Weight::try_from(-1).is_err());
    }
}
