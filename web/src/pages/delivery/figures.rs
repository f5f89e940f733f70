//! The five figures of delivery in words: what each is called, how it is written, and what it rests on.

use domain::dora::Metric;

use crate::format;
use crate::wire::{Figure, Frequency, Report, Share, Spread};

/// The five that dora.dev names, in its order.
pub(crate) const FIVE: [Metric; 5] = [
    Metric::DeploymentFrequency,
    Metric::LeadTime,
    Metric::ChangeFailRate,
    Metric::RecoveryTime,
    Metric::ReworkRate,
];

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// What a figure is called by dora.dev.
pub(crate) const fn name(metric: Metric) -> &'static str {
    match metric {
        Metric::DeploymentFrequency => "Deployment frequency",
        Metric::LeadTime => "Change lead time",
        Metric::LeadTimeFromMerge => "Lead time from merge",
        Metric::ChangeFailRate => "Change fail rate",
        Metric::RecoveryTime => "Failed deployment recovery time",
        Metric::ReworkRate => "Deployment rework rate",
    }
}

/// The figure of that name in an address.
pub(crate) fn named(word: &str) -> Option<Metric> {
    Metric::ALL.into_iter().find(|metric| metric.name() == word)
}

/// A figure as it is told, whatever it measures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToldFigure {
    /// The figure; absent is not zero.
    pub(crate) value: Option<String>,
    /// To sort by.
    pub(crate) number: Option<f64>,
    /// More about the figure, or why there is none.
    pub(crate) more: String,
    /// On how many rows it rests.
    pub(crate) rests_on: String,
    /// Which of the answers of dora.dev's quick check it is.
    pub(crate) level: Option<&'static str>,
}

/// One figure of a report.
pub(crate) fn told(report: &Report, metric: Metric) -> ToldFigure {
    match metric {
        Metric::DeploymentFrequency => frequency(&report.deployment_frequency),
        Metric::LeadTime => spread(&report.lead_time, "commit"),
        Metric::LeadTimeFromMerge => spread(&report.lead_time_from_merge, "commit"),
        Metric::ChangeFailRate => share(&report.change_fail_rate, "change"),
        Metric::RecoveryTime => spread(&report.recovery_time, "failure"),
        Metric::ReworkRate => share(&report.rework_rate, "deployment"),
    }
}

fn frequency(figure: &Figure<Frequency>) -> ToldFigure {
    let Some(value) = &figure.value else { return unknown(figure, "deployment") };
    let days = format::counted(value.days_with, "day", "days");
    let deployments = format::counted(value.deployments, "deployment", "deployments");
    ToldFigure {
        value: Some(format!("{} a week", format::fixed(value.per_week, 1))),
        number: Some(value.per_week),
        more: format!("{deployments} on {days}"),
        rests_on: rests_on(figure, "deployment"),
        level: Some(how_often(value)),
    }
}

fn spread(figure: &Figure<Spread>, row: &str) -> ToldFigure {
    let Some(value) = &figure.value else { return unknown(figure, row) };
    ToldFigure {
        value: Some(format::seconds(value.median)),
        number: Some(value.median as f64),
        more: format!("median; nine of ten within {}", format::seconds(value.p90)),
        rests_on: rests_on(figure, row),
        level: Some(how_long(value.median)),
    }
}

fn share(figure: &Figure<Share>, row: &str) -> ToldFigure {
    let Some(value) = &figure.value else { return unknown(figure, row) };
    ToldFigure {
        value: Some(format::share(value.share)),
        number: Some(value.share),
        more: format!("{} of {}", value.count, format::counted(value.of, row, &format!("{row}s"))),
        rests_on: rests_on(figure, row),
        level: None,
    }
}

fn unknown<T>(figure: &Figure<T>, row: &str) -> ToldFigure {
    let more = figure.no_data.clone().unwrap_or_else(|| "nothing is known yet".to_owned());
    ToldFigure { value: None, number: None, more, rests_on: rests_on(figure, row), level: None }
}

fn rests_on<T>(figure: &Figure<T>, row: &str) -> String {
    let rows = format::counted(figure.rows, row, &format!("{row}s"));
    match figure.left_out {
        0 => format!("rests on {rows}"),
        left_out => format!("rests on {rows}, {left_out} of them not measured"),
    }
}

/// The answer of dora.dev's quick check to how often one deploys. It stops short of saying which answer is good.
fn how_often(frequency: &Frequency) -> &'static str {
    const A_MONTH: f64 = 7.0 / 30.0;
    match frequency.per_week {
        often if often > 7.0 => "On demand, several a day",
        often if often >= 1.0 => "Between once per day and once per week",
        often if often >= A_MONTH => "Between once per week and once per month",
        often if often > 0.0 => "Less than once per month",
        _ => "Not once in this window",
    }
}

/// The answer of dora.dev's quick check to how long something takes.
const fn how_long(seconds: u64) -> &'static str {
    if seconds < HOUR {
        "Less than one hour"
    } else if seconds < DAY {
        "Less than one day"
    } else if seconds < 7 * DAY {
        "One day to one week"
    } else if seconds < 30 * DAY {
        "One week to one month"
    } else if seconds < 182 * DAY {
        "One to six months"
    } else {
        "More than six months"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure<T>(value: Option<T>) -> Figure<T> {
        Figure { value, no_data: Some("nothing failed in this window".to_owned()), rows: 3, left_out: 1 }
    }

    #[test]
    fn no_data_is_a_reason_and_never_zero() {
        let told = spread(&figure(None), "failure");
        assert_eq!((told.value, told.number, told.level), (None, None, None));
        assert_eq!(told.more, "nothing failed in this window");
        assert_eq!(told.rests_on, "rests on 3 failures, 1 of them not measured");
        let none = share(&figure(Some(Share { count: 0, of: 4, share: 0.0 })), "change");
        assert_eq!(none.value.map(|value| value.replace('\u{202f}', " ")), Some("0 %".to_owned()));
    }

    #[test]
    fn a_length_of_time_is_an_answer_of_the_quick_check() {
        let told = [0, HOUR - 1, HOUR, DAY, 8 * DAY, 40 * DAY, 200 * DAY].map(how_long);
        assert_eq!(
            told,
            [
                "Less than one hour",
                "Less than one hour",
                "Less than one day",
                "One day to one week",
                "One week to one month",
                "One to six months",
                "More than six months",
            ]
        );
        let often = |per_week| how_often(&Frequency { deployments: 1, per_week, days_with: 1 });
        assert_eq!(often(8.0), "On demand, several a day");
        assert_eq!(often(7.0), "Between once per day and once per week");
        assert_eq!(often(0.3), "Between once per week and once per month");
        assert_eq!(often(0.0), "Not once in this window");
    }

    #[test]
    fn every_figure_is_found_by_its_word() {
        for metric in Metric::ALL {
            assert_eq!(named(metric.name()), Some(metric));
        }
        assert_eq!(named("velocity"), None);
    }
}
