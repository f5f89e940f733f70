//! Numbers, times and sizes as people read them, always with their unit.

use domain::Period;
use jiff::Timestamp;

/// Between a number and its unit, and between groups of digits: narrow, and never broken over two lines.
const NARROW: char = '\u{202f}';
/// In the place of a number that nobody knows.
pub(crate) const NO_DATA: &str = "–";

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A length of time in its two largest units: `45 s`, `3 h 12 m`, `2 d`.
pub(crate) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let parts = match seconds {
        0..MINUTE => [(seconds, 's'), (0, ' ')],
        MINUTE..HOUR => {
            [(seconds / MINUTE, 'm'), (if seconds < 10 * MINUTE { seconds % MINUTE } else { 0 }, 's')]
        }
        HOUR..DAY => [(seconds / HOUR, 'h'), (seconds % HOUR / MINUTE, 'm')],
        _ => [(seconds / DAY, 'd'), (if seconds < 7 * DAY { seconds % DAY / HOUR } else { 0 }, 'h')],
    };
    let [(first, unit), (second, smaller)] = parts;
    if second == 0 {
        format!("{first}{NARROW}{unit}")
    } else {
        format!("{first}{NARROW}{unit} {second}{NARROW}{smaller}")
    }
}

/// A length of time that is known in whole seconds: see [`span`].
pub(crate) fn seconds(seconds: u64) -> String {
    span(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// How long ago something was, in its largest unit: `just now`, `2 m ago`; for what is to come, `in 2 m`.
pub(crate) fn relative(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    match seconds {
        ..=-5 => format!("in {}", largest(-seconds)),
        -4..5 => "just now".to_owned(),
        _ => format!("{} ago", largest(seconds)),
    }
}

/// A length of time in its largest unit.
pub(crate) fn largest(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..MINUTE => (seconds.max(0), 's'),
        MINUTE..HOUR => (seconds / MINUTE, 'm'),
        HOUR..DAY => (seconds / HOUR, 'h'),
        _ => (seconds / DAY, 'd'),
    };
    format!("{number}{NARROW}{unit}")
}

/// How much time is left until a moment, or `None` if it has come.
pub(crate) fn remaining(now: Timestamp, until: Timestamp) -> Option<String> {
    let seconds = until.as_second() - now.as_second();
    (seconds > 0).then(|| span(seconds))
}

/// A moment in full, for whoever needs to compare it with another log: `2026-11-23 12:00:05 UTC`.
pub(crate) fn absolute(at: Timestamp) -> String {
    let (year, month, day) = date(at);
    format!("{year}-{}-{} {} UTC", two(month), two(day), time_to_the_second(at))
}

/// A moment for machines: `2026-11-23T12:00:05Z`.
pub(crate) fn machine(at: Timestamp) -> String {
    let (year, month, day) = date(at);
    format!("{year}-{}-{}T{}Z", two(month), two(day), time_to_the_second(at))
}

/// The moment that a text such as `2026-11-23T12:00:05.25Z` means, to the millisecond; the API always writes UTC.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let second = number(11, 13)? * HOUR + number(14, 16)? * MINUTE + number(17, 19)?;
    let fraction = text.get(19..)?.strip_suffix('Z')?.trim_start_matches('.');
    let millis = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The inverse of `date`: the year begins in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Timestamp::from_millisecond((days * DAY + second) * 1_000 + millis).ok()
}

/// The time of day, to the millisecond, for lines of a log.
pub(crate) fn time_of_day(at: Timestamp) -> String {
    let millis = at.as_millisecond().rem_euclid(1_000);
    format!("{}.{}{}", time_to_the_second(at), millis / 100, two(millis % 100))
}

/// The time of day, to the second.
pub(crate) fn time_to_the_second(at: Timestamp) -> String {
    format!("{}:{}", hour_and_minute(at), two(at.as_second().rem_euclid(MINUTE)))
}

/// The hour and minute, for the axis of a chart.
pub(crate) fn hour_and_minute(at: Timestamp) -> String {
    let second = at.as_second().rem_euclid(DAY);
    format!("{}:{}", two(second / HOUR), two(second % HOUR / MINUTE))
}

/// The day of a moment, for the axis of a chart: `3 Nov`.
pub(crate) fn day(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, month, day) = date(at);
    let month = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).unwrap_or(&"");
    format!("{day} {month}")
}

/// Two digits.
fn two(number: i64) -> String {
    format!("{}{number}", if number < 10 { "0" } else { "" })
}

/// The year, month and day of a moment (UTC), by the civil calendar of Howard Hinnant's `civil_from_days`.
///
/// The panel has no use for time zones and formats, which would be a tenth of its download.
fn date(at: Timestamp) -> (i64, i64, i64) {
    let days = at.as_second().div_euclid(DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // The year begins in March, so that the leap day is its last.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// A number with so many digits after the point, rounded half up.
///
/// Numbers here are small: what writes any floating-point number exactly is larger than all of this module.
pub(crate) fn fixed(number: f64, digits: u32) -> String {
    let scale = 10_i64.pow(digits);
    #[expect(clippy::cast_possible_truncation, reason = "saturates far beyond what is measured")]
    let scaled = (number.abs() * scale as f64 + 0.5) as i64;
    let sign = if number < 0.0 && scaled > 0 { "-" } else { "" };
    let (whole, part) = (scaled / scale, scaled % scale);
    match digits {
        0 => format!("{sign}{whole}"),
        1 => format!("{sign}{whole}.{part}"),
        _ => format!("{sign}{whole}.{}", two(part)),
    }
}

/// A number with its thousands apart: `12 345`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(NARROW);
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of things, with the word for one or for several.
pub(crate) fn counted(number: usize, one: &str, several: &str) -> String {
    let word = if number == 1 { one } else { several };
    format!("{} {word}", grouped(number))
}

/// A number with its thousands apart: `1,000`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent: `0 %`, `0.04 %`, `1.4 %`, `12 %`.
pub(crate) fn share(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent {
        p if p == 0.0 || p >= 10.0 => 0,
        p if p < 0.1 => 2,
        _ => 1,
    };
    format!("{}{NARROW}%", fixed(percent, digits))
}

/// How long a request took: `0.8 ms`, `210 ms`, `1.25 s`.
pub(crate) fn latency(period: Period) -> String {
    millis(period.as_millis() as f64)
}

/// Milliseconds, or seconds from one second on.
pub(crate) fn millis(millis: f64) -> String {
    if millis >= 10_000.0 {
        format!("{}{NARROW}s", fixed(millis / 1_000.0, 0))
    } else if millis >= 1_000.0 {
        format!("{}{NARROW}s", fixed(millis / 1_000.0, 1))
    } else {
        format!("{}{NARROW}ms", fixed(millis, 0))
    }
}

/// Requests in a second: `0.4 /s`, `120 /s`.
pub(crate) fn rate(per_second: f64) -> String {
    let digits = u32::from(per_second > 0.0 && per_second < 10.0);
    format!("{}{NARROW}/s", fixed(per_second, digits))
}

/// A size in bytes: `512 B`, `4.2 kB`, `18 MB`.
pub(crate) fn bytes(size: u64) -> String {
    let mut rest = size as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if rest < 1_000.0 || unit == "GB" {
            let digits = u32::from(unit != "B" && rest < 10.0);
            return format!("{}{NARROW}{unit}", fixed(rest, digits));
        }
        rest /= 1_000.0;
    }
    NO_DATA.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace(NARROW, " ")
    }

    #[test]
    fn a_span_has_at_most_two_units() {
        let spans = [0, 45, 60, 72, 754, 3_600, 11_520, 90_000, 864_000].map(|seconds| plain(&span(seconds)));
        assert_eq!(spans, ["0 s", "45 s", "1 m", "1 m 12 s", "12 m", "1 h", "3 h 12 m", "1 d 1 h", "10 d"]);
    }

    #[test]
    fn a_moment_in_full_is_what_the_calendar_says() {
        for moment in
            ["1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2026-11-23T12:00:05Z", "2100-03-01T00:00:00Z"]
        {
            let at: Timestamp = moment.parse().unwrap();
            assert_eq!(machine(at), moment);
            assert_eq!(absolute(at), at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        }
        for written in ["2026-11-23T12:00:05Z", "2024-02-29T00:00:00.5Z", "1999-12-31T23:59:59.123456789Z"] {
            let at: Timestamp = written.parse().unwrap();
            assert_eq!(moment(written).map(Timestamp::as_millisecond), Some(at.as_millisecond()));
        }
        for nonsense in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-23T12:00:05+01:00"] {
            assert_eq!(moment(nonsense), None, "{nonsense}");
        }
        let days = ["2026-01-31T23:59:59Z", "2026-12-01T00:00:00Z"].map(|at| day(at.parse().unwrap()));
        assert_eq!(days, ["31 Jan", "1 Dec"]);
        let at = Timestamp::from_millisecond(1_795_000_000_042).unwrap();
        assert_eq!(time_of_day(at), at.strftime("%H:%M:%S%.3f").to_string());
    }

    #[test]
    fn a_number_has_the_digits_that_were_asked_for() {
        let written = [(0.0, 1), (12.34, 1), (0.05, 2), (-3.46, 1), (-0.01, 1), (9.995, 0), (1.5, 0)];
        let written = written.map(|(number, digits)| fixed(number, digits));
        assert_eq!(written, ["0.0", "12.3", "0.05", "-3.5", "0.0", "10", "2"]);
    }

    #[test]
    fn a_moment_is_told_from_now() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let told = [0, -3, -60, -7_300, 60, -200_000]
            .map(|offset: i64| plain(&relative(now, Timestamp::from_second(1_000_000 + offset).unwrap())));
        assert_eq!(told, ["just now", "just now", "1 m ago", "2 h ago", "in 1 m", "2 d ago"]);
    }

    #[test]
    fn time_that_is_over_is_not_left() {
        let now = Timestamp::from_second(100).unwrap();
        assert_eq!(remaining(now, now), None);
        assert_eq!(
            remaining(now, Timestamp::from_second(163).unwrap()).map(|left| plain(&left)),
            Some("1 m 3 s".to_owned())
        );
    }

    #[test]
    fn numbers_carry_their_unit() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(|n| plain(&count(n))), ["0", "999", "1 000", "1 234 567"]);
        assert_eq!([0.0, 0.0004, 0.014, 0.256].map(|s| plain(&share(s))), ["0 %", "0.04 %", "1.4 %", "26 %"]);
        assert_eq!(
            [7, 999, 1_250, 30_000].map(|m| plain(&latency(Period::millis(m)))),
            ["7 ms", "999 ms", "1.3 s", "30 s"]
        );
        assert_eq!([512, 4_200, 18_000_000].map(|b| plain(&bytes(b))), ["512 B", "4.2 kB", "18 MB"]);
        assert_eq!([0.0, 0.42, 120.4].map(|r| plain(&rate(r))), ["0 /s", "0.4 /s", "120 /s"]);
    }
}
