//! Where it is kept how services stand, and their totals.

use jiff::civil::Date;

use domain::TeamName;

use super::*;

const STANDINGS: &str = "standings";
const TOTALS: &str = "totals";

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

    pub(crate) fn totals_of_day(day: Date) -> Self {
        Self::of_table(Table::Delivery, totals_of(day))
    }
}

fn standings_of(team: &TeamName) -> String {
    format!("team#{team}#standings")
}

fn totals_of(day: Date) -> String {
    format!("{TOTALS}#{day}")
}
