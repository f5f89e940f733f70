//! Trains as text.

use std::fmt::Write as _;

use api::train::{CarPhase, CarView, TrainPhase, TrainView};
use jiff::Timestamp;

use super::overview::release;
use super::{Cell, Table, Theme, Tone, ago};

/// Trains as a table.
pub(crate) fn trains(list: &[TrainView], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&["train", "name", "environment", "services", "state", "made"]);
    for train in list {
        let services: Vec<&str> = train.cars.iter().map(|car| car.service.as_str()).collect();
        let (tone, word) = phase(train.phase);
        table.row([
            train.id.to_string().into(),
            Cell::or_dash(train.name.as_deref()),
            train.environment.as_str().into(),
            services.join(" → ").into(),
            Cell::new(tone, word),
            ago(train.created_at, now).into(),
        ]);
    }
    table.text(theme, "No trains yet: `keelson train create` puts one together.")
}

/// A train with its services, a line for each.
pub(crate) fn train(train: &TrainView, now: Timestamp, theme: Theme) -> String {
    let (tone, word) = phase(train.phase);
    let name = train.name.as_ref().map_or(String::new(), |name| format!("  {name}"));
    let mut text = format!("{}{name} → {}  {}\n", train.id, train.environment, theme.paint(tone, word));
    if let Some(reason) = &train.reason {
        let _ = writeln!(text, "  because    {reason}");
    }
    let _ = writeln!(text, "  since      {}, put together by {}\n", ago(train.created_at, now), train.by);
    let mut table = Table::new(&["service", "brings", "replaces", "state", "promotion"]);
    for car in &train.cars {
        let (tone, word) = car_phase(car.phase);
        table.row([
            Cell::new(Tone::Strong, car.service.as_str()),
            release(&car.release).into(),
            Cell::or_dash(car.replaces.as_ref().map(release)),
            Cell::new(tone, word),
            Cell::or_dash(car.rollback.or(car.promotion).map(|promotion| promotion.to_string())),
        ]);
    }
    text += &table.text(theme, "");
    text + &train.cars.iter().map(reasons).collect::<String>()
}

fn reasons(car: &CarView) -> String {
    let all = car.waits_for.iter().chain(&car.reason);
    all.map(|reason| format!("{}: {reason}\n", car.service)).collect()
}

fn phase(phase: TrainPhase) -> (Tone, &'static str) {
    match phase {
        TrainPhase::Waiting => (Tone::Warn, "waiting"),
        TrainPhase::Going => (Tone::Strong, "going"),
        TrainPhase::Reverting => (Tone::Bad, "going back"),
        TrainPhase::Done => (Tone::Good, "done"),
        TrainPhase::Stopped => (Tone::Muted, "stopped"),
        TrainPhase::RolledBack => (Tone::Bad, "rolled back"),
        TrainPhase::Incomplete => (Tone::Bad, "not all is back"),
    }
}

fn car_phase(phase: CarPhase) -> (Tone, &'static str) {
    match phase {
        CarPhase::Waiting => (Tone::Warn, "waiting"),
        CarPhase::Rolling => (Tone::Strong, "rolling"),
        CarPhase::Promoted => (Tone::Good, "promoted"),
        CarPhase::Ended => (Tone::Muted, "not promoted"),
        CarPhase::GoingBack => (Tone::Bad, "going back"),
        CarPhase::Back => (Tone::Plain, "back"),
        CarPhase::Stays => (Tone::Bad, "stays"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_train_says_where_each_service_is_and_why() {
        insta::assert_snapshot!(train(&samples::train(), samples::now(), Theme::new(false)));
    }

    #[test]
    fn trains_are_a_line_each() {
        insta::assert_snapshot!(trains(&[samples::train()], samples::now(), Theme::new(false)));
    }
}
