//! Writes rows into the database of a Keelson that does not run, many at once: as the `store` crate would have them,
//! past the store's interface and without a stream of what was written.

use std::path::Path;

use anyhow::{Context, Result};
use domain::event::Event;
use dynoxide::{Database, ImportOptions};
use jiff::Timestamp;
use store::{Record, Table};

/// How many rows one transaction of the database takes.
const AT_ONCE: usize = 10_000;
/// What the names of Keelson's tables begin with on one machine.
const PREFIX: &str = "keelson";

/// Fills a database.
pub(super) struct Filler {
    database: Database,
    now: Timestamp,
    delivery: Vec<dynoxide::types::Item>,
    events: Vec<dynoxide::types::Item>,
    rows: usize,
}

impl Filler {
    /// Opens the database in Keelson's folder, which Keelson has made.
    pub(super) fn open(folder: &Path, now: Timestamp) -> Result<Self> {
        let file = folder.join(".keelson/keelson.db");
        let database = Database::new(&file.to_string_lossy())?;
        database.enable_bulk_loading()?;
        Ok(Self { database, now, delivery: Vec::new(), events: Vec::new(), rows: 0 })
    }

    /// Writes a row of the table of deliveries.
    pub(super) fn delivery<T: Record>(&mut self, value: &T) -> Result<()> {
        let item = self.item(value)?;
        self.delivery.push(item);
        if self.delivery.len() >= AT_ONCE { self.flush() } else { Ok(()) }
    }

    /// Writes an event.
    pub(super) fn event(&mut self, event: &Event) -> Result<()> {
        let item = self.item(event)?;
        self.events.push(item);
        if self.events.len() >= AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn item<T: Record>(&mut self, value: &T) -> Result<dynoxide::types::Item> {
        self.rows += 1;
        serde_json::from_value(store::image_of(value, self.now)?).context("a row is no item")
    }

    fn flush(&mut self) -> Result<()> {
        for (table, items) in [(Table::Delivery, &mut self.delivery), (Table::Events, &mut self.events)] {
            let items = std::mem::take(items);
            self.database.import_items(&table.name(PREFIX), items, ImportOptions::default())?;
        }
        Ok(())
    }

    /// Writes what is left, and answers how many rows there are.
    pub(super) fn finish(mut self) -> Result<usize> {
        self.flush()?;
        self.database.disable_bulk_loading()?;
        Ok(self.rows)
    }
}
