//! Reading: one row, several rows, a page of a list.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use jiff::Timestamp;

use crate::connect::{Store, refused};
use crate::error::failed;
use crate::key::{Key, Listing, Order, Range};
use crate::page::{Cursor, LONGEST_PAGE, Page, PageRequest, Position};
use crate::row::{Item, Record, Row, Versioned};
use crate::table::PRIMARY;
use crate::{StoreError, Table};

/// How often rows that the store left out of a batch are asked for again.
const BATCH_ATTEMPTS: u32 = 6;

impl Store {
    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if not, [`StoreError::Refused`] if its tables are missing.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let nowhere = Key { pk: "ping".to_owned(), sk: "ping".to_owned() };
        self.item(Table::Delivery, nowhere).await.map(drop)
    }

    /// One row, as of the last completed write. `now` is needed for rows that expire.
    pub(crate) async fn row<T: Record>(
        &self,
        key: Key,
        now: Timestamp,
    ) -> Result<Option<Versioned<T>>, StoreError> {
        let Some(item) = self.item(T::TABLE, key).await? else { return Ok(None) };
        let row = Row::<T>::from_item(item)?;
        Ok((!row.is_expired(now)).then(|| row.into_versioned()))
    }

    /// One row of a kind that does not expire.
    pub(crate) async fn lasting_row<T: Record>(&self, key: Key) -> Result<Option<Versioned<T>>, StoreError> {
        self.row(key, Timestamp::MIN).await
    }

    pub(crate) async fn item(&self, table: Table, key: Key) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(self.table_name(table))
            .set_key(Some(key_attributes(PRIMARY, key)))
            .consistent_read(true);
        let item = request.send().await.map_err(failed)?.item;
        self.note_read(usize::from(item.is_some()));
        Ok(item)
    }

    /// The rows at these places, in this order, as of the last completed write; those that are missing are left out.
    pub(crate) async fn rows<T: Record>(
        &self,
        keys: Vec<Key>,
        now: Timestamp,
    ) -> Result<Vec<Versioned<T>>, StoreError> {
        let mut found = HashMap::with_capacity(keys.len());
        for some in keys.chunks(LONGEST_PAGE) {
            for item in self.batch(T::TABLE, some).await? {
                let row = Row::<T>::from_item(item)?;
                found.insert(Key { pk: row.pk.clone(), sk: row.sk.clone() }, row);
            }
        }
        let in_order = keys.iter().filter_map(|key| found.remove(key));
        Ok(in_order.filter(|row| !row.is_expired(now)).map(Row::into_versioned).collect())
    }

    pub(crate) async fn batch(&self, table: Table, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let name = self.table_name(table);
        let mut items = Vec::with_capacity(keys.len());
        let mut wanted = KeysAndAttributes::builder().consistent_read(true);
        for key in unique(keys) {
            wanted = wanted.keys(key_attributes(PRIMARY, key.clone()));
        }
        let mut wanted = wanted.build().map_err(refused)?;
        for attempt in 0..BATCH_ATTEMPTS {
            let request = self.client.batch_get_item().request_items(&name, wanted);
            let answer = request.send().await.map_err(failed)?;
            items.extend(answer.responses.unwrap_or_default().remove(&name).unwrap_or_default());
            match answer.unprocessed_keys.unwrap_or_default().remove(&name) {
                None => {
                    self.note_read(items.len());
                    return Ok(items);
                }
                Some(left_out) => wanted = left_out,
            }
            // The store says it is busy by leaving rows out; the SDK does not see that.
            tokio::time::sleep(Duration::from_millis(20 << attempt)).await;
        }
        Err(StoreError::Unavailable("rows were left out of a batch again and again".into()))
    }

    /// A page of a list. What has expired is left out, so a page may be short before the list ends.
    pub(crate) async fn page<T: Record>(
        &self,
        listing: &Listing,
        request: &PageRequest,
        now: Timestamp,
    ) -> Result<Page<Versioned<T>>, StoreError> {
        let limit = request.clamped_limit();
        let after = request.after.as_ref().map(|cursor| cursor.open(listing)).transpose()?;
        // One more than asked for tells whether there is a next page.
        let mut items = self.items(listing, after, limit + 1).await?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_more).map(|last| Cursor::at(listing, position(listing, last)));
        let items = match listing.index {
            Some(_) => self.rows(items.iter().map(row_key).collect(), now).await?,
            None => {
                let rows = items.into_iter().map(Row::<T>::from_item).collect::<Result<Vec<_>, _>>()?;
                rows.into_iter().filter(|row| !row.is_expired(now)).map(Row::into_versioned).collect()
            }
        };
        Ok(Page { items, next })
    }

    /// The newest rows of a list that lies in its table, up to so many, in as few queries as the store allows.
    pub(crate) async fn newest<T: Record>(
        &self,
        listing: &Listing,
        most: usize,
    ) -> Result<Newest<T>, StoreError> {
        let mut items = self.items(listing, None, most + 1).await?;
        let truncated = items.len() > most;
        items.truncate(most);
        let rows = items.into_iter().map(Row::<T>::from_item).collect::<Result<Vec<_>, _>>()?;
        Ok(Newest { items: rows.into_iter().map(|row| row.body).collect(), truncated })
    }

    /// A whole list. For lists that people keep short, such as the services of an installation.
    pub(crate) async fn all<T: Record>(&self, listing: &Listing) -> Result<Vec<Versioned<T>>, StoreError> {
        let mut all = Vec::new();
        let mut request = PageRequest::first(LONGEST_PAGE);
        loop {
            let page = self.page(listing, &request, Timestamp::MIN).await?;
            all.extend(page.items);
            match page.next {
                None => return Ok(all),
                next => request.after = next,
            }
        }
    }

    /// The places of the first rows of an index.
    pub(crate) async fn keys(&self, listing: &Listing, limit: usize) -> Result<Vec<Key>, StoreError> {
        Ok(self.items(listing, None, limit).await?.iter().map(row_key).collect())
    }

    pub(crate) async fn items(
        &self,
        listing: &Listing,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = after.map(|position| start_key(listing, position));
        loop {
            let left = i32::try_from(limit - items.len()).unwrap_or(i32::MAX);
            let answer = self.query(listing, start, left).await?;
            items.extend(answer.0);
            start = answer.1;
            // The store ends an answer early when it grows beyond 1 MB.
            if start.is_none() || items.len() >= limit {
                return Ok(items);
            }
        }
    }

    async fn query(
        &self,
        listing: &Listing,
        start: Option<Item>,
        limit: i32,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let (pk, sk) = listing.attributes();
        let mut request = self
            .client
            .query()
            .table_name(self.table_name(listing.table))
            .set_index_name(listing.index.map(|index| index.name().to_owned()))
            .expression_attribute_names("#pk", pk)
            .expression_attribute_values(":pk", AttributeValue::S(listing.pk.clone()))
            .scan_index_forward(listing.order == Order::Rising)
            .set_exclusive_start_key(start)
            .limit(limit)
            // An index cannot be read consistently.
            .consistent_read(listing.index.is_none());
        let (condition, bound) = match &listing.range {
            Range::All => ("#pk = :pk", None),
            Range::StartingWith(prefix) => {
                ("#pk = :pk AND begins_with(#sk, :sk)", Some((*prefix).to_owned()))
            }
            Range::From(first) => ("#pk = :pk AND #sk >= :sk", Some(first.clone())),
            Range::UpTo(last) => ("#pk = :pk AND #sk <= :sk", Some(last.clone())),
            Range::After(first) => ("#pk = :pk AND #sk > :sk", Some(first.clone())),
        };
        if let Some(bound) = bound {
            request = request
                .expression_attribute_names("#sk", sk)
                .expression_attribute_values(":sk", AttributeValue::S(bound));
        }
        let answer = request.key_condition_expression(condition).send().await.map_err(failed)?;
        let items = answer.items.unwrap_or_default();
        self.note_read(items.len());
        Ok((items, answer.last_evaluated_key))
    }
}

/// The newest rows of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest<T> {
    /// The values, newest first.
    pub items: Vec<T>,
    /// Whether there are more, older ones.
    pub truncated: bool,
}

impl Listing {
    fn attributes(&self) -> (&'static str, &'static str) {
        self.index.map_or(PRIMARY, |index| index.attributes())
    }
}

pub(crate) fn key_attributes((pk, sk): (&str, &str), key: Key) -> Item {
    HashMap::from([(pk.to_owned(), AttributeValue::S(key.pk)), (sk.to_owned(), AttributeValue::S(key.sk))])
}

fn start_key(listing: &Listing, position: Position) -> Item {
    let in_list = Key { pk: listing.pk.clone(), sk: position.sk };
    let mut start = key_attributes(listing.attributes(), in_list);
    if let Some(row) = position.row {
        start.extend(key_attributes(PRIMARY, row));
    }
    start
}

fn position(listing: &Listing, item: &Item) -> Position {
    let sk = attribute(item, listing.attributes().1);
    Position { sk, row: listing.index.is_some().then(|| row_key(item)) }
}

pub(crate) fn row_key(item: &Item) -> Key {
    Key { pk: attribute(item, PRIMARY.0), sk: attribute(item, PRIMARY.1) }
}

/// A key attribute, which every item has.
pub(crate) fn attribute(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

/// DynamoDB refuses a batch that names a row twice.
fn unique(keys: &[Key]) -> Vec<&Key> {
    let mut keys: Vec<&Key> = keys.iter().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
