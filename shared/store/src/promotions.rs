//! Promotions, and when each must be looked at again.

use domain::promotion::Promotion;
use domain::{EnvironmentName, PromotionId, ServiceName};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::row::{Entries, Kind, Record};
use crate::{Page, PageRequest, Store, StoreError, Table, Versioned};

impl Record for Promotion {
    const KIND: Kind = Kind::Promotion;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::promotion(&self.id)
    }

    fn entries(&self, now: Timestamp) -> Entries {
        Entries {
            list: Some(Key::promotion_of_service(&self.service, &self.id)),
            within: Some(Key::promotion_of_environment(&self.service, &self.environment, &self.id)),
            due: self.due(now).map(Key::due),
        }
    }
}

impl Store {
    /// A promotion.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn promotion(&self, id: &PromotionId) -> Result<Option<Versioned<Promotion>>, StoreError> {
        self.lasting_row(Key::promotion(id)).await
    }

    /// Several promotions, in that order; those that do not exist are left out.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn promotions(&self, ids: &[PromotionId]) -> Result<Vec<Versioned<Promotion>>, StoreError> {
        self.rows(ids.iter().map(Key::promotion).collect(), Timestamp::MIN).await
    }

    /// The promotions of a service, newest first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn promotions_of_service(
        &self,
        service: &ServiceName,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Promotion>>, StoreError> {
        self.page(&Listing::promotions_of(service), page, Timestamp::MIN).await
    }

    /// The promotions into one environment, newest first.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] for a cursor of another list, or if the store does not answer.
    pub async fn promotions_of_environment(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Promotion>>, StoreError> {
        self.page(&Listing::promotions_within(service, environment), page, Timestamp::MIN).await
    }
}
