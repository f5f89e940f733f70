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
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The time of day, to the millisecond, for lines of a log.
pub(crate) fn time_of_day(at: Timestamp) -> String {
    at.strftime("%H:%M:%S%.3f").to_string()
}

/// The hour and minute, for the axis of a chart.
pub(crate) fn hour_and_minute(at: Timestamp) -> String {
    at.strftime("%H:%M").to_string()
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
    format!("{number} {word}")
}

/// A share in percent: `0 %`, `0.04 %`, `1.4 %`, `12 %`.
pub(crate) fn share(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent {
        p if p == 0.0 || p >= 10.0 => 0,
        p if p < 0.1 => 2,
        _ => 1,
    };
    format!("{percent:.digits$}{NARROW}%")
}

/// How long a request took: `0.8 ms`, `210 ms`, `1.25 s`.
pub(crate) fn latency(period: Period) -> String {
    millis(period.as_millis() as f64)
}

/// Milliseconds, or seconds from one second on.
pub(crate) fn millis(millis: f64) -> String {
    if millis >= 10_000.0 {
        format!("{:.0}{NARROW}s", millis / 1_000.0)
    } else if millis >= 1_000.0 {
        format!("{:.1}{NARROW}s", millis / 1_000.0)
    } else {
        format!("{millis:.0}{NARROW}ms")
    }
}

/// Requests in a second: `0.4 /s`, `120 /s`.
pub(crate) fn rate(per_second: f64) -> String {
    let digits = usize::from(per_second > 0.0 && per_second < 10.0);
    format!("{per_second:.digits$}{NARROW}/s")
}

/// A size in bytes: `512 B`, `4.2 kB`, `18 MB`.
pub(crate) fn bytes(size: u64) -> String {
    let mut rest = size as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if rest < 1_000.0 || unit == "GB" {
            let digits = usize::from(unit != "B" && rest < 10.0);
            return format!("{rest:.digits$}{NARROW}{unit}");
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
            ["7 ms", "999 ms", "1.2 s", "30 s"]
        );
        assert_eq!([512, 4_200, 18_000_000].map(|b| plain(&bytes(b))), ["512 B", "4.2 kB", "18 MB"]);
        assert_eq!([0.0, 0.42, 120.4].map(|r| plain(&rate(r))), ["0 /s", "0.4 /s", "120 /s"]);
    }
}
