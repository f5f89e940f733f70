//! How services stand: a row for each, in the order of their urgency, and the totals of their teams.

use domain::standing::{Counts, Day, Standing, Sweep};
use domain::{ServiceName, TeamName};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::key::{Key, Listing};
use crate::read::attribute;
use crate::row::{Entries, Item, Kind, Record};
use crate::table::PRIMARY;
use crate::{PageRequest, Store, StoreError, Table, Transaction, Versioned};

/// How many teams' totals are read at most.
const MOST_TEAMS: usize = 10_000;
/// How many days the totals of a day are kept.
const DAYS: i64 = 8;
const DEPLOYS: &str = "deploys";
const ROLLBACKS: &str = "rollbacks";

impl Record for Standing {
    const KIND: Kind = Kind::Standing;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::standing(&self.service)
    }

    fn entries(&self, _now: Timestamp) -> Entries {
        let rank = self.urgency().rank();
        Entries {
            list: Some(Key::standing_of_all(rank, &self.service)),
            within: Some(Key::standing_of_team(&self.team, rank, &self.service)),
            due: None,
        }
    }
}

impl Record for Sweep {
    const KIND: Kind = Kind::Sweep;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::sweep()
    }
}

impl Store {
    /// How a service stands; absent before it was looked at.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn standing(&self, service: &ServiceName) -> Result<Option<Versioned<Standing>>, StoreError> {
        self.lasting_row(Key::standing(service)).await
    }

    /// How several services stand, in that order; those that were not looked at yet are left out.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn standings(&self, services: &[ServiceName]) -> Result<Vec<Versioned<Standing>>, StoreError> {
        self.rows(services.iter().map(Key::standing).collect(), Timestamp::MIN).await
    }

    /// The most urgent services of all, the most urgent first, then by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn most_urgent(&self, limit: usize) -> Result<Vec<Versioned<Standing>>, StoreError> {
        Ok(self.page(&Listing::standings(), &PageRequest::first(limit), Timestamp::MIN).await?.items)
    }

    /// The most urgent services of one team, the most urgent first, then by name.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn most_urgent_of_team(
        &self,
        team: &TeamName,
        limit: usize,
    ) -> Result<Vec<Versioned<Standing>>, StoreError> {
        let page = PageRequest::first(limit);
        Ok(self.page(&Listing::standings_of_team(team), &page, Timestamp::MIN).await?.items)
    }

    /// The totals of every team.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn totals(&self) -> Result<Vec<(TeamName, Counts)>, StoreError> {
        let rows = self.items(&Listing::totals(), None, MOST_TEAMS).await?;
        Ok(of_teams(&rows, |row| Counts::from_parts(|name| number(row, name))))
    }

    /// What every team brought to its end on a day.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn totals_of_day(&self, day: Date) -> Result<Vec<(TeamName, Day)>, StoreError> {
        let rows = self.items(&Listing::totals_of_day(day), None, MOST_TEAMS).await?;
        let count = |row: &Item, name| u32::try_from(number(row, name)).unwrap_or(0);
        Ok(of_teams(&rows, |row| Day { deploys: count(row, DEPLOYS), rollbacks: count(row, ROLLBACKS) }))
    }

    /// How far the services were looked through; absent before the first look.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn sweep(&self) -> Result<Option<Versioned<Sweep>>, StoreError> {
        self.lasting_row(Key::sweep()).await
    }
}

impl Transaction {
    /// Adds to the totals of a team. Nothing of them is read, so nobody who adds gets into another's way.
    pub fn count(&mut self, team: &TeamName, by: Counts) -> &mut Self {
        let parts = by.parts().into_iter().filter(|(_, by)| *by != 0).collect();
        self.add(Table::Delivery, Key::totals(team), parts, None)
    }

    /// Adds to what a team brought to its end on a day.
    pub fn count_day(&mut self, team: &TeamName, day: Date, by: Day) -> &mut Self {
        let parts = [(DEPLOYS, by.deploys.into()), (ROLLBACKS, by.rollbacks.into())];
        let parts = parts.into_iter().filter(|(_, by)| *by != 0).collect();
        let begins = day.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |day| day.timestamp().as_second());
        self.add(Table::Delivery, Key::totals_of_day(day, team), parts, Some(begins + DAYS * 86_400))
    }
}

fn of_teams<T>(rows: &[Item], read: impl Fn(&Item) -> T) -> Vec<(TeamName, T)> {
    // A row that no version of Keelson could have written names no team.
    rows.iter().filter_map(|row| Some((attribute(row, PRIMARY.1).parse().ok()?, read(row)))).collect()
}

fn number(row: &Item, name: &str) -> i64 {
    row.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
