//! Where it is kept how services stand, and their totals.

use jiff::civil::Date;

use domain::TeamName;

use super::*;

const STANDINGS: &str = "standings";
const TOTALS: &str = "totals";
const TOTALS_OF_ALL: &str = "totals-of-all";
/// Beside the totals of all, once they count every service.
const COMPLETE: &str = "complete";
/// Over how many rows the totals of all are spread.
pub(crate) const SHARDS: usize = 8;

/// How services stand.
impl Key {
    pub(crate) fn standing(service: &ServiceName) -> Self {
        Self::new(service_of(service), "standing")
    }

    pub(crate) fn standing_of_all(rank: u8, service: &ServiceName) -> Self {
        Self::new(STANDINGS, format!("{rank}#{service}"))
    }

    pub(crate) fn standing_of_team(team: &TeamName, rank: u8, service: &ServiceName) -> Self {
        Self::new(standings_of(team), format!("{rank}#{service}"))
    }

    pub(crate) fn sweep() -> Self {
        Self::new(STANDINGS, "sweep")
    }

    pub(crate) fn totals(team: &TeamName) -> Self {
        Self::new(TOTALS, team.as_str())
    }

    pub(crate) fn totals_of_day(day: Date, team: &TeamName) -> Self {
        Self::new(totals_of(day), team.as_str())
    }

    pub(crate) fn totals_of_all(service: &ServiceName) -> Self {
        Self::new(TOTALS_OF_ALL, shard_of(service))
    }

    pub(crate) fn totals_of_all_on(day: Date, service: &ServiceName) -> Self {
        Self::new(totals_of_all_on(day), shard_of(service))
    }

    pub(crate) fn totals_of_all_are_complete() -> Self {
        Self::new(TOTALS_OF_ALL, COMPLETE)
    }

    /// Whether this says that the totals of all are complete.
    pub(crate) fn says_complete(&self) -> bool {
        self.sk == COMPLETE
    }
}

impl Listing {
    pub(crate) fn standings() -> Self {
        Self::of_index(Table::Delivery, Index::List, STANDINGS)
    }

    pub(crate) fn standings_of_team(team: &TeamName) -> Self {
        Self::of_index(Table::Delivery, Index::Within, standings_of(team))
    }

    pub(crate) fn totals() -> Self {
        Self::of_table(Table::Delivery, TOTALS)
    }

    pub(crate) fn totals_of_all() -> Self {
        Self::of_table(Table::Delivery, TOTALS_OF_ALL)
    }

    pub(crate) fn totals_of_all_on(day: Date) -> Self {
        Self::of_table(Table::Delivery, totals_of_all_on(day))
    }
}

/// In which of the rows of the totals of all a service counts: always the same, and services spread over all of them,
/// so that those that change at the same time seldom write the same row.
fn shard_of(service: &ServiceName) -> String {
    let sum: usize = service.as_str().bytes().map(usize::from).sum();
    (sum % SHARDS).to_string()
}

fn standings_of(team: &TeamName) -> String {
    format!("team#{team}#standings")
}

fn totals_of(day: Date) -> String {
    format!("{TOTALS}#{day}")
}

fn totals_of_all_on(day: Date) -> String {
    format!("{TOTALS_OF_ALL}#{day}")
}
