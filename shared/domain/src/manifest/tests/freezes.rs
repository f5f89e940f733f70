//! Freezes: which days a rule names, what clocks do in between, and when it opens.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use proptest::prelude::*;

use super::super::*;

fn freeze(rule: &str, from: &str, to: &str, zone: &str) -> Freeze {
    Freeze {
        rule: rule.parse().unwrap(),
        starts: None,
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        zone: zone.parse().unwrap(),
        reason: None,
    }
}

/// What a promotion is told at that moment.
fn told(windows: &[Freeze], now: &str) -> String {
    match frozen(windows, now.parse().unwrap()) {
        None => "open".to_owned(),
        Some(frozen) => match (frozen.until, frozen.local()) {
            (Some(until), Some(local)) => format!("{local} ({until})"),
            (_, _) => "no end".to_owned(),
        },
    }
}

#[test]
fn a_weekend_that_is_three_windows_opens_once() {
    let mut weekend = vec![
        freeze("FREQ=WEEKLY;BYDAY=FR", "15:00", "24:00", "Europe/Berlin"),
        freeze("FREQ=WEEKLY;BYDAY=SA,SU", "00:00", "24:00", "Europe/Berlin"),
    ];
    assert_eq!(told(&weekend, "2026-11-20T13:59:59Z"), "open");
    insta::assert_snapshot!(told(&weekend, "2026-11-20T14:00:00Z"), @"Mon 2026-11-23 00:00 Europe/Berlin (2026-11-22T23:00:00Z)");
    assert_eq!(told(&weekend, "2026-11-22T23:00:00Z"), "open");
    weekend.push(freeze("FREQ=WEEKLY;BYDAY=SU", "20:00", "06:00", "UTC"));
    insta::assert_snapshot!(told(&weekend, "2026-11-21T12:00:00Z"), @"Mon 2026-11-23 07:00 Europe/Berlin (2026-11-23T06:00:00Z)");
    let always = [freeze("FREQ=DAILY", "00:00", "24:00", "UTC")];
    assert_eq!(told(&always, "2026-11-21T12:00:00Z"), "no end");
}

#[test]
fn a_window_may_go_over_midnight() {
    let nights = [freeze("FREQ=WEEKLY;BYDAY=SU", "22:00", "06:30", "America/New_York")];
    assert_eq!(told(&nights, "2026-11-23T02:59:59Z"), "open");
    insta::assert_snapshot!(told(&nights, "2026-11-23T03:00:00Z"), @"Mon 2026-11-23 06:30 America/New_York (2026-11-23T11:30:00Z)");
    assert_eq!(told(&nights, "2026-11-23T11:30:00Z"), "open");
}

/// In Berlin clocks go from 02:00 to 03:00 on 2027-03-28, and from 03:00 back to 02:00 on 2026-10-25.
#[test]
fn windows_follow_the_clocks_of_their_zone_when_these_are_changed() {
    let days = [freeze("FREQ=DAILY", "00:00", "06:00", "Europe/Berlin")];
    insta::assert_snapshot!(told(&days, "2027-03-27T23:00:00Z"), @"Sun 2027-03-28 06:00 Europe/Berlin (2027-03-28T04:00:00Z)");
    insta::assert_snapshot!(told(&days, "2026-10-24T22:00:00Z"), @"Sun 2026-10-25 06:00 Europe/Berlin (2026-10-25T05:00:00Z)");
    // A time that clocks skip is meant as if they had not: 02:30 +01:00.
    let skipped = [freeze("FREQ=DAILY", "02:30", "05:00", "Europe/Berlin")];
    assert_eq!(told(&skipped, "2027-03-28T01:29:59Z"), "open");
    insta::assert_snapshot!(told(&skipped, "2027-03-28T01:30:00Z"), @"Sun 2027-03-28 05:00 Europe/Berlin (2027-03-28T03:00:00Z)");
    // A time that clocks show twice is the first: 02:30 +02:00.
    let twice = [freeze("FREQ=DAILY", "00:00", "02:30", "Europe/Berlin")];
    insta::assert_snapshot!(told(&twice, "2026-10-25T00:00:00Z"), @"Sun 2026-10-25 02:30 Europe/Berlin (2026-10-25T00:30:00Z)");
    assert_eq!(told(&twice, "2026-10-25T00:30:00Z"), "open");
}

fn days(rule: &str, starts: Option<&str>) -> String {
    let rule: Recurrence = rule.parse().unwrap();
    let days = rule.days(starts.map(|day| day.parse().unwrap()));
    let first: Date = "2026-11-01".parse().unwrap();
    let all = first.series(jiff::Span::new().days(1)).take(800).filter(|day| days.contain(*day));
    all.take(6).map(|day| day.to_string()).collect::<Vec<_>>().join(" ")
}

/// The rules of RFC 5545, section 3.8.5.3, and those that teams freeze by.
#[test]
fn rules_name_the_days_that_the_standard_says() {
    let rules: [(&str, Option<&str>); 13] = [
        ("FREQ=WEEKLY;BYDAY=FR,SA,SU", None),
        ("freq=weekly;interval=2;byday=tu", Some("2026-11-03")),
        ("FREQ=MONTHLY;BYDAY=-1FR", None),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", None),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", None),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", None),
        ("FREQ=MONTHLY", Some("2026-10-31")),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26", None),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", None),
        ("FREQ=YEARLY;BYDAY=20MO", None),
        ("FREQ=DAILY;INTERVAL=10;COUNT=3", Some("2026-11-05")),
        ("FREQ=DAILY;UNTIL=20261103", None),
        ("FREQ=YEARLY", Some("2024-02-29")),
    ];
    let lines: Vec<String> =
        rules.iter().map(|(rule, starts)| format!("{rule}: {}", days(rule, *starts))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    FREQ=WEEKLY;BYDAY=FR,SA,SU: 2026-11-01 2026-11-06 2026-11-07 2026-11-08 2026-11-13 2026-11-14
    freq=weekly;interval=2;byday=tu: 2026-11-03 2026-11-17 2026-12-01 2026-12-15 2026-12-29 2027-01-12
    FREQ=MONTHLY;BYDAY=-1FR: 2026-11-27 2026-12-25 2027-01-29 2027-02-26 2027-03-26 2027-04-30
    FREQ=MONTHLY;BYDAY=1MO,3MO: 2026-11-02 2026-11-16 2026-12-07 2026-12-21 2027-01-04 2027-01-18
    FREQ=MONTHLY;BYMONTHDAY=-1: 2026-11-30 2026-12-31 2027-01-31 2027-02-28 2027-03-31 2027-04-30
    FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13: 2026-11-13 2027-08-13 2028-10-13
    FREQ=MONTHLY: 2026-12-31 2027-01-31 2027-03-31 2027-05-31 2027-07-31 2027-08-31
    FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26: 2026-12-24 2026-12-25 2026-12-26 2027-12-24 2027-12-25 2027-12-26
    FREQ=YEARLY;BYMONTH=11;BYDAY=4TH: 2026-11-26 2027-11-25 2028-11-23
    FREQ=YEARLY;BYDAY=20MO: 2027-05-17 2028-05-15
    FREQ=DAILY;INTERVAL=10;COUNT=3: 2026-11-05 2026-11-15 2026-11-25
    FREQ=DAILY;UNTIL=20261103: 2026-11-01 2026-11-02 2026-11-03
    FREQ=YEARLY: 2028-02-29
    ");
}

fn manifest(freeze: &str) -> String {
    format!(
        r#"[service]
name = "shop"
team = "shop"
repository = "github:acme/shop"

[[environment]]
name = "production"
target = {{ kind = "process", command = ["./shop"] }}

[environment.gates]
freeze = [
  {freeze}
]
"#
    )
}

#[test]
fn a_freeze_is_read_and_written_as_it_was() {
    let text =
        r#"{ rule = "FREQ=WEEKLY;BYDAY=FR", from = "15:00", zone = "europe/berlin", reason = "weekend" }"#;
    let manifest = Manifest::parse(&manifest(text)).unwrap();
    let gates = &manifest.environments[0].gates;
    let stored = serde_json::to_string(gates).unwrap();
    insta::assert_snapshot!(stored, @r#"{"soak":null,"approvals":null,"freeze":[{"rule":"FREQ=WEEKLY;BYDAY=FR","from":"15:00","to":"24:00","zone":"Europe/Berlin","reason":"weekend"}]}"#);
    assert_eq!(serde_json::from_str::<Gates>(&stored).unwrap(), *gates);
}

#[test]
fn what_is_wrong_with_a_freeze_is_told_at_its_line() {
    let wrong = [
        r#"{ rule = "FREQ=WEEKLY;BYSETPOS=1", zone = "UTC" }"#,
        r#"{ rule = "FREQ=HOURLY", zone = "UTC" }"#,
        r#"{ rule = "BYDAY=MO", zone = "UTC" }"#,
        r#"{ rule = "FREQ=WEEKLY;FREQ=DAILY", zone = "UTC" }"#,
        r#"{ rule = "FREQ=WEEKLY;BYDAY=1MO", zone = "UTC" }"#,
        r#"{ rule = "FREQ=WEEKLY;BYDAY=MONDAY", zone = "UTC" }"#,
        r#"{ rule = "FREQ=WEEKLY;BYDAY=€", zone = "UTC" }"#,
        r#"{ rule = "FREQ=WEEKLY;BYDAY=éA", zone = "UTC" }"#,
        r#"{ rule = "FREQ=DAILY", from = "2000:00", zone = "UTC" }"#,
        r#"{ rule = "FREQ=MONTHLY;BYMONTHDAY=32", zone = "UTC" }"#,
        r#"{ rule = "FREQ=DAILY;UNTIL=20261340", zone = "UTC" }"#,
        r#"{ rule = "FREQ=DAILY;UNTIL=20261201;COUNT=2", zone = "UTC" }"#,
        r#"{ rule = "weekends", zone = "UTC" }"#,
        r#"{ rule = "FREQ=WEEKLY", zone = "UTC" }"#,
        r#"{ rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", zone = "UTC" }"#,
        r#"{ rule = "FREQ=DAILY", starts = "1.12.2026", zone = "UTC" }"#,
        r#"{ rule = "FREQ=DAILY", zone = "Europe/Bielefeld" }"#,
        r#"{ rule = "FREQ=DAILY" }"#,
        r#"{ rule = "FREQ=DAILY", from = "9:00", to = "25:00", zone = "UTC" }"#,
        r#"{ rule = "FREQ=DAILY", from = "09:00", to = "09:00", zone = "UTC" }"#,
        r#"{ rule = "FREQ=DAILY", zone = "UTC", why = "x" }"#,
    ];
    let lines: Vec<String> = wrong
        .iter()
        .flat_map(|wrong| Manifest::parse(&manifest(wrong)).unwrap_err())
        .map(|mistake| mistake.to_string())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

fn rule() -> impl Strategy<Value = Recurrence> {
    let frequency = prop_oneof![Just("DAILY"), Just("WEEKLY"), Just("MONTHLY"), Just("YEARLY")];
    let weekdays = prop::sample::subsequence(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"], 1..=7);
    (frequency, weekdays).prop_map(|(frequency, weekdays)| {
        format!("FREQ={frequency};BYDAY={}", weekdays.join(",")).parse().unwrap()
    })
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (1_700_000_000..2_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn window() -> impl Strategy<Value = Freeze> {
    let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
    let minutes = (0..1_440_u16, 0..=1_440_u16).prop_filter("a window has a length", |(from, to)| from != to);
    (rule(), prop::sample::select(zones.to_vec()), minutes).prop_map(|(rule, zone, (from, to))| {
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60).parse().unwrap();
        let zone = zone.parse().unwrap();
        Freeze { rule, starts: None, from: time(from), to: time(to), zone, reason: None }
    })
}

proptest! {
    #[test]
    fn a_rule_survives_its_text(rule in rule()) {
        prop_assert_eq!(rule.to_string().parse::<Recurrence>(), Ok(rule));
    }

    #[test]
    fn the_last_and_the_first_weekday_of_a_month_are_what_the_calendar_says(
        year in 1990..2090_i16, month in 1..=12_i8, weekday in 1..=7_i8, nth in prop_oneof![Just(1_i8), Just(-1), Just(2), Just(-2), Just(5)]
    ) {
        let weekday = Weekday::from_monday_one_offset(weekday).unwrap();
        let name = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][usize::try_from(weekday.to_monday_zero_offset()).unwrap()];
        let rule: Recurrence = format!("FREQ=MONTHLY;BYDAY={nth}{name}").parse().unwrap();
        let first = Date::new(year, month, 1).unwrap();
        let days = first.series(jiff::Span::new().days(1)).take_while(|day| day.month() == month);
        let found: Vec<Date> = days.filter(|day| rule.days(None).contain(*day)).collect();
        let expected: Vec<Date> = first.nth_weekday_of_month(nth, weekday).into_iter().collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn it_is_frozen_until_exactly_the_moment_that_is_told(
        windows in prop::collection::vec(window(), 1..4), now in moment()
    ) {
        match frozen(&windows, now) {
            None => {}
            Some(Frozen { until: None, .. }) => {
                let later = now.checked_add(jiff::SignedDuration::from_hours(24 * 30)).unwrap();
                prop_assert!(frozen(&windows, later).is_some());
            }
            Some(Frozen { until: Some(until), .. }) => {
                prop_assert!(until > now);
                prop_assert_eq!(frozen(&windows, until), None, "it is open then");
                let before = until.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap().max(now);
                let same = frozen(&windows, before).map(|frozen| frozen.until);
                prop_assert_eq!(same, Some(Some(until)), "and not before");
            }
        }
    }
}
