//! How services stand: a row for each, in the order of their urgency, and the totals of their teams.

use domain::standing::{Counts, Day, Standing, Sweep};
use domain::{ServiceName, TeamName};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::key::{Key, Listing, SHARDS};
use crate::read::{attribute, row_key};
use crate::row::{Entries, Item, Kind, Record};
use crate::table::PRIMARY;
use crate::{LONGEST_PAGE, PageRequest, Store, StoreError, Table, Transaction, Versioned};

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

    /// The totals of every team, by name: a row for each, so for whoever cannot do with those of all.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn totals(&self) -> Result<Vec<(TeamName, Counts)>, StoreError> {
        let rows = self.items(&Listing::totals(), None, MOST_TEAMS).await?;
        // A row that no version of Keelson could have written names no team.
        let named =
            rows.iter().filter_map(|row| Some((attribute(row, PRIMARY.1).parse().ok()?, counts(row))));
        Ok(named.collect())
    }

    /// The totals of some teams, added up.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn totals_of_teams(&self, teams: &[TeamName]) -> Result<Counts, StoreError> {
        let keys: Vec<Key> = teams.iter().map(Key::totals).collect();
        Ok(self.raw_rows(&keys).await?.iter().map(counts).sum())
    }

    /// The totals of all services, in a few rows whatever there is; absent until every service was counted in them, as
    /// after an update from a version that kept totals by team only.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn totals_of_all(&self) -> Result<Option<Counts>, StoreError> {
        let rows = self.items(&Listing::totals_of_all(), None, SHARDS + 1).await?;
        let is_complete = rows.iter().any(|row| row_key(row).says_complete());
        Ok(is_complete.then(|| rows.iter().map(counts).sum()))
    }

    /// What some teams brought to its end on a day.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn totals_of_day(&self, teams: &[TeamName], day: Date) -> Result<Day, StoreError> {
        let keys: Vec<Key> = teams.iter().map(|team| Key::totals_of_day(day, team)).collect();
        Ok(self.raw_rows(&keys).await?.iter().map(day_of).sum())
    }

    /// What everybody brought to its end on a day.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn totals_of_all_on(&self, day: Date) -> Result<Day, StoreError> {
        let rows = self.items(&Listing::totals_of_all_on(day), None, SHARDS).await?;
        Ok(rows.iter().map(day_of).sum())
    }

    async fn raw_rows(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut rows = Vec::with_capacity(keys.len());
        for some in keys.chunks(LONGEST_PAGE) {
            rows.extend(self.batch(Table::Delivery, some).await?);
        }
        Ok(rows)
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

    /// Adds to the totals of all services what one of them changes in them. They lie in a few rows, and a service
    /// always counts in the same one, so a transaction may do this for one service only.
    pub fn count_of_all(&mut self, service: &ServiceName, by: Counts) -> &mut Self {
        let parts = by.parts().into_iter().filter(|(_, by)| *by != 0).collect();
        self.add(Table::Delivery, Key::totals_of_all(service), parts, None)
    }

    /// Notes that the totals of all count every service from now on.
    pub fn complete_totals_of_all(&mut self) -> &mut Self {
        self.mark(Table::Delivery, Key::totals_of_all_are_complete())
    }

    /// Adds to what a team, and everybody, brought to its end on a day, by a service.
    pub fn count_day(&mut self, service: &ServiceName, team: &TeamName, day: Date, by: Day) -> &mut Self {
        let begins = day.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |day| day.timestamp().as_second());
        for key in [Key::totals_of_day(day, team), Key::totals_of_all_on(day, service)] {
            let parts = [(DEPLOYS, by.deploys.into()), (ROLLBACKS, by.rollbacks.into())];
            let parts = parts.into_iter().filter(|(_, by)| *by != 0).collect();
            self.add(Table::Delivery, key, parts, Some(begins + DAYS * 86_400));
        }
        self
    }
}

fn counts(row: &Item) -> Counts {
    Counts::from_parts(|name| number(row, name))
}

fn day_of(row: &Item) -> Day {
    let count = |name| u32::try_from(number(row, name)).unwrap_or(0);
    Day { deploys: count(DEPLOYS), rollbacks: count(ROLLBACKS) }
}

fn number(row: &Item, name: &str) -> i64 {
    row.get(name).and_then(|value| value.as_n().ok()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
