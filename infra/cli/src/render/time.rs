//! Moments and lengths of time, as people say them.

use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago it was, or how long it is until then.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    match seconds {
        -1..=1 => "now".to_owned(),
        2.. => format!("{} ago", length(seconds)),
        _ => format!("in {}", length(-seconds)),
    }
}

/// How long it took, or takes.
pub(crate) fn lasting(from: Timestamp, to: Timestamp) -> String {
    length((to.as_second() - from.as_second()).max(0))
}

/// A moment in UTC, to the second, without the day.
pub(crate) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%SZ").to_string()
}

/// A moment in UTC, to the second.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The two greatest units that count: `3h 12m`, `2d 4h`, `45s`.
pub(super) fn length(seconds: i64) -> String {
    let pair = |large: i64, name: &str, small: i64, small_name: &str| {
        let (first, rest) = (seconds / large, seconds % large / small);
        if rest == 0 || first >= 10 {
            format!("{first}{name}")
        } else {
            format!("{first}{name} {rest}{small_name}")
        }
    };
    match seconds {
        ..MINUTE => format!("{seconds}s"),
        MINUTE..HOUR => pair(MINUTE, "m", 1, "s"),
        HOUR..DAY => pair(HOUR, "h", MINUTE, "m"),
        _ => pair(DAY, "d", HOUR, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_as_coarsely_as_it_matters() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let at = |seconds: i64| Timestamp::from_second(1_000_000 - seconds).unwrap();
        let texts = [0, 1, 12, 60, 75, 700, 3_600, 11_520, 86_400, 187_200, 864_000, -30, -90];
        let texts = texts.map(|seconds| format!("{seconds}: {}", ago(at(seconds), now))).join("\n");
        insta::assert_snapshot!(texts, @"
        0: now
        1: now
        12: 12s ago
        60: 1m ago
        75: 1m 15s ago
        700: 11m ago
        3600: 1h ago
        11520: 3h 12m ago
        86400: 1d ago
        187200: 2d 4h ago
        864000: 10d ago
        -30: in 30s
        -90: in 1m 30s
        ");
    }
}
