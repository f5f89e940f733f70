//! On which days something recurs: the part of RFC 5545's recurrence rules (section 3.3.10) that concerns days.
//!
//! A rule is never expanded from its beginning: whether it falls on a day is asked of that day.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Why a text is not a [`Recurrence`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidRecurrence(String);

/// On which days something recurs, such as `FREQ=WEEKLY;BYDAY=SA,SU`.
///
/// The parts of RFC 5545 that are known: `FREQ` (`DAILY`, `WEEKLY`, `MONTHLY`, `YEARLY`), `INTERVAL`, `BYMONTH`,
/// `BYMONTHDAY`, `BYDAY`, `COUNT` and `UNTIL`. Weeks begin on Monday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recurrence {
    text: String,
    frequency: Frequency,
    interval: u16,
    months: Vec<i8>,
    month_days: Vec<i8>,
    weekdays: Vec<OnWeekday>,
    count: Option<u16>,
    until: Option<Date>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// A weekday: every one, or the so-many-th of its month or year, counted from the end if negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OnWeekday {
    weekday: Weekday,
    nth: Option<i8>,
}

const PARTS: &str = "`FREQ`, `INTERVAL`, `BYMONTH`, `BYMONTHDAY`, `BYDAY`, `COUNT`, `UNTIL`";
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];
/// The highest `INTERVAL` and `COUNT`.
const MOST: u16 = 1_000;
/// How many years ahead the last day of a counted rule is looked for.
const HORIZON: i16 = 50;

/// The days of a rule, with what had to be found out once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days<'r> {
    rule: &'r Recurrence,
    starts: Option<Date>,
    last: Option<Date>,
}

impl Recurrence {
    /// Whether the rule alone does not say on which days: it counts from a first day.
    pub fn needs_start(&self) -> bool {
        let says_day = !self.weekdays.is_empty() || !self.month_days.is_empty();
        self.interval > 1 || self.count.is_some() || !(says_day || self.frequency == Frequency::Daily)
    }

    /// The days on which it falls, counted from a first day where the rule needs one.
    pub(super) fn days(&self, starts: Option<Date>) -> Days<'_> {
        let all = Days { rule: self, starts, last: self.until };
        let counted = self.count.zip(starts).and_then(|(count, first)| all.nth(first, count));
        Days { last: [self.until, counted].into_iter().flatten().min(), ..all }
    }

    fn is_in_turn(&self, day: Date, starts: Date) -> bool {
        let apart = match self.frequency {
            Frequency::Daily => days_between(starts, day),
            Frequency::Weekly => days_between(monday_of(starts), monday_of(day)) / 7,
            Frequency::Monthly => {
                (i64::from(day.year()) - i64::from(starts.year())) * 12 + i64::from(day.month())
                    - i64::from(starts.month())
            }
            Frequency::Yearly => i64::from(day.year()) - i64::from(starts.year()),
        };
        apart % i64::from(self.interval) == 0
    }

    fn names(&self, day: Date, starts: Option<Date>) -> bool {
        if !self.months.is_empty() && !self.months.contains(&day.month()) {
            return false;
        }
        if self.weekdays.is_empty() && self.month_days.is_empty() {
            return self.frequency == Frequency::Daily
                || starts.is_some_and(|first| self.is_like(day, first));
        }
        let from_end = day.day() - day.days_in_month() - 1;
        let day_fits = self.month_days.is_empty()
            || self.month_days.contains(&day.day())
            || self.month_days.contains(&from_end);
        day_fits && (self.weekdays.is_empty() || self.weekdays.iter().any(|on| self.is_on(day, *on)))
    }

    /// A rule that names no day falls on days like its first one.
    fn is_like(&self, day: Date, first: Date) -> bool {
        match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == first.weekday(),
            Frequency::Monthly => day.day() == first.day(),
            Frequency::Yearly => {
                day.day() == first.day() && (!self.months.is_empty() || day.month() == first.month())
            }
        }
    }

    fn is_on(&self, day: Date, on: OnWeekday) -> bool {
        let Some(nth) = on.nth.filter(|_| day.weekday() == on.weekday) else {
            return on.nth.is_none() && day.weekday() == on.weekday;
        };
        // Of the month, unless a yearly rule names no month: then of the year.
        let of_year = self.frequency == Frequency::Yearly && self.months.is_empty();
        let (number, days) = if of_year {
            (day.day_of_year(), day.days_in_year())
        } else {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        };
        let (from_start, from_end) = ((number - 1) / 7 + 1, -((days - number) / 7 + 1));
        i16::from(nth) == from_start || i16::from(nth) == from_end
    }
}

impl Days<'_> {
    /// Whether the rule falls on that day.
    pub(super) fn contain(&self, day: Date) -> bool {
        let has_begun = self.starts.is_none_or(|first| first <= day);
        let goes_on = self.last.is_none_or(|last| day <= last);
        let in_turn = self.starts.is_none_or(|first| self.rule.is_in_turn(day, first));
        has_begun && goes_on && in_turn && self.rule.names(day, self.starts)
    }

    /// The so-many-th day, from the first one on; `None` if it is not within the horizon, and then the rule is taken not
    /// to end.
    fn nth(&self, first: Date, count: u16) -> Option<Date> {
        let horizon = first.year().saturating_add(HORIZON);
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| day.year() < horizon);
        days.filter(|day| self.contain(*day)).nth(usize::from(count.saturating_sub(1)))
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

fn monday_of(day: Date) -> Date {
    let since = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(jiff::Span::new().days(since)).unwrap_or(day)
}

impl FromStr for Recurrence {
    type Err = InvalidRecurrence;

    fn from_str(given: &str) -> Result<Self, InvalidRecurrence> {
        let mut parts = Vec::new();
        for part in given.trim().split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| {
                wrong(format!(
                    "`{}` is no part of a rule: write `NAME=VALUE`, such as `FREQ=WEEKLY`",
                    short(part)
                ))
            })?;
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
            if parts.iter().any(|(known, _)| *known == name) {
                return Err(wrong(format!("`{}` is there twice; keep one of them", short(&name))));
            }
            parts.push((name, value));
        }
        read(given.trim(), &parts)
    }
}

fn read(text: &str, parts: &[(String, String)]) -> Result<Recurrence, InvalidRecurrence> {
    let mut rule = Recurrence {
        text: text.to_owned(),
        frequency: Frequency::Daily,
        interval: 1,
        months: Vec::new(),
        month_days: Vec::new(),
        weekdays: Vec::new(),
        count: None,
        until: None,
    };
    let mut frequency = None;
    for (name, value) in parts {
        match name.as_str() {
            "FREQ" => frequency = Some(read_frequency(value)?),
            "INTERVAL" => rule.interval = number(name, value, 1, MOST)?,
            "COUNT" => rule.count = Some(number(name, value, 1, MOST)?),
            "BYMONTH" => rule.months = each(value, |one| number(name, one, 1, 12))?,
            "BYMONTHDAY" => rule.month_days = each(value, |one| signed(name, one, 31))?,
            "BYDAY" => rule.weekdays = each(value, weekday)?,
            "UNTIL" => rule.until = Some(until(value)?),
            other => {
                return Err(wrong(format!("`{}` is not known in a rule; known here: {PARTS}", short(other))));
            }
        }
    }
    rule.frequency = frequency
        .ok_or_else(|| wrong("`FREQ` is missing; begin with it, such as `FREQ=WEEKLY;BYDAY=SA,SU`"))?;
    check(&rule)?;
    Ok(rule)
}

fn check(rule: &Recurrence) -> Result<(), InvalidRecurrence> {
    if rule.count.is_some() && rule.until.is_some() {
        return Err(wrong("`COUNT` and `UNTIL` exclude each other; keep one of them"));
    }
    let counts_weekdays = rule.weekdays.iter().any(|on| on.nth.is_some());
    match rule.frequency {
        Frequency::Daily | Frequency::Weekly if counts_weekdays => Err(wrong(
            "a number before a weekday, as in `1MO`, goes with `FREQ=MONTHLY` and `FREQ=YEARLY` only",
        )),
        Frequency::Weekly if !rule.month_days.is_empty() => {
            Err(wrong("`BYMONTHDAY` does not go with `FREQ=WEEKLY`; use `FREQ=MONTHLY`"))
        }
        Frequency::Daily | Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => Ok(()),
    }
}

fn read_frequency(value: &str) -> Result<Frequency, InvalidRecurrence> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        other => Err(wrong(format!(
            "`FREQ` must be `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`, not `{}`",
            short(other)
        ))),
    }
}

fn each<T>(
    value: &str,
    read: impl Fn(&str) -> Result<T, InvalidRecurrence>,
) -> Result<Vec<T>, InvalidRecurrence> {
    value.split(',').map(|one| read(one.trim())).collect()
}

fn number<T: FromStr + PartialOrd + fmt::Display>(
    name: &str,
    value: &str,
    least: T,
    most: T,
) -> Result<T, InvalidRecurrence> {
    let number = value.parse().ok().filter(|number| (&least..=&most).contains(&number));
    number.ok_or_else(|| {
        wrong(format!("`{name}` must be a whole number from {least} to {most}, not `{}`", short(value)))
    })
}

fn signed(name: &str, value: &str, most: i8) -> Result<i8, InvalidRecurrence> {
    let number = value.parse::<i8>().ok().filter(|number| *number != 0 && (-most..=most).contains(number));
    number.ok_or_else(|| {
        wrong(format!(
            "`{name}` must be a whole number from 1 to {most}, or negative to count from the end, not `{}`",
            short(value)
        ))
    })
}

fn weekday(value: &str) -> Result<OnWeekday, InvalidRecurrence> {
    let split = value.len().checked_sub(2).and_then(|at| value.split_at_checked(at));
    let found = split.and_then(|(nth, name)| {
        let (_, weekday) = WEEKDAYS.iter().find(|(known, _)| *known == name)?;
        Some((nth, *weekday))
    });
    let Some((nth, weekday)) = found else {
        return Err(wrong(format!(
            "`BYDAY` must be weekdays such as `MO` or `-1FR`, not `{}`",
            short(value)
        )));
    };
    let nth = if nth.is_empty() { None } else { Some(signed("BYDAY", nth, 53)?) };
    Ok(OnWeekday { weekday, nth })
}

fn until(value: &str) -> Result<Date, InvalidRecurrence> {
    let digits = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    let date = digits.then(|| value.parse::<Date>().ok()).flatten();
    date.ok_or_else(|| {
        wrong(format!("`UNTIL` must be the last day, such as `20270106`, not `{}`", short(value)))
    })
}

fn wrong(detail: impl Into<String>) -> InvalidRecurrence {
    InvalidRecurrence(detail.into())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Recurrence {
    type Error = InvalidRecurrence;

    fn try_from(given: String) -> Result<Self, InvalidRecurrence> {
        given.parse()
    }
}

impl From<Recurrence> for String {
    fn from(rule: Recurrence) -> Self {
        rule.text
    }
}

impl JsonSchema for Recurrence {
    fn schema_name() -> Cow<'static, str> {
        "Recurrence".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "On which days: a recurrence rule of RFC 5545 with FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, BYMONTH, BYMONTHDAY, BYDAY, COUNT and UNTIL.",
            "pattern": "FREQ=",
            "examples": ["FREQ=WEEKLY;BYDAY=FR,SA,SU", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26"],
        })
    }
}
