//! When to ask again: often while something moves, seldom otherwise, ever less often while it fails.

use std::time::Duration;

use crate::wire::{LaneView, Overview, ServiceRow};
use api::promotion::Phase;
use api::train::TrainPhase;

/// How fast what is shown may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Something is under way that somebody watches.
    Moving,
    /// Nothing is under way; something may begin.
    Still,
    /// A minute more or less does not matter.
    Slow,
}

const MOVING: Duration = Duration::from_secs(2);
const STILL: Duration = Duration::from_secs(15);
const SLOW: Duration = Duration::from_secs(60);

/// How long to wait before asking again, after so many failures in a row.
pub(crate) fn wait(pace: Pace, failures: u32) -> Duration {
    let usual = match pace {
        Pace::Moving => MOVING,
        Pace::Still => STILL,
        Pace::Slow => SLOW,
    };
    if failures == 0 {
        return usual;
    }
    // Soon at first, since most failures are short; a server that is down is not hammered.
    let doubled = MOVING * 2_u32.saturating_pow(failures.min(8) - 1);
    doubled.min(STILL.max(usual))
}

/// The pace of the first screen.
pub(crate) fn of_overview(overview: &Overview) -> Pace {
    of_rows(&overview.services)
}

/// The pace of a list of services.
pub(crate) fn of_rows(rows: &[ServiceRow]) -> Pace {
    fastest(rows.iter().map(of_row))
}

/// The pace of one service.
pub(crate) fn of_row(row: &ServiceRow) -> Pace {
    fastest(row.environments.iter().map(of_lane))
}

fn of_lane(lane: &LaneView) -> Pace {
    if lane.rollout.is_some() { Pace::Moving } else { Pace::Still }
}

/// The pace of a list of promotions in these phases.
pub(crate) fn of_phases(phases: impl Iterator<Item = Phase>) -> Pace {
    fastest(phases.map(of_phase))
}

/// The pace of a promotion in this phase.
pub(crate) fn of_phase(phase: Phase) -> Pace {
    match phase {
        // A gate may open any second, and somebody waits for it.
        Phase::Waiting | Phase::Rolling | Phase::Baking | Phase::Reverting => Pace::Moving,
        Phase::Done | Phase::Failed | Phase::RolledBack | Phase::Cancelled | Phase::Superseded => Pace::Still,
    }
}

/// The pace of a list of trains in these phases.
pub(crate) fn of_trains(phases: impl Iterator<Item = TrainPhase>) -> Pace {
    fastest(phases.map(of_train))
}

/// The pace of a train in this phase.
pub(crate) fn of_train(phase: TrainPhase) -> Pace {
    if phase.is_finished() { Pace::Still } else { Pace::Moving }
}

fn fastest(mut paces: impl Iterator<Item = Pace>) -> Pace {
    if paces.any(|pace| pace == Pace::Moving) { Pace::Moving } else { Pace::Still }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_is_asked_for_often() {
        assert_eq!(wait(Pace::Moving, 0), Duration::from_secs(2));
        assert_eq!(wait(Pace::Still, 0), Duration::from_secs(15));
    }

    #[test]
    fn failures_slow_down_but_never_below_the_usual_pace_of_stillness() {
        let waits: Vec<u64> = (1..=6).map(|failures| wait(Pace::Moving, failures).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 15, 15, 15]);
        assert_eq!(wait(Pace::Slow, 40), Duration::from_secs(60));
    }

    #[test]
    fn one_rollout_makes_a_list_move() {
        assert_eq!(of_phases([Phase::Done, Phase::Baking].into_iter()), Pace::Moving);
        assert_eq!(of_phases([Phase::Done, Phase::Failed].into_iter()), Pace::Still);
    }
}
