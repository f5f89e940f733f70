//! What is kept of every promotion into production, for the figures of delivery.

use domain::dora::Deployment;
use domain::{EnvironmentName, ServiceName};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::read::Newest;
use crate::row::{Kind, Record};
use crate::{Store, StoreError, Table};

impl Record for Deployment {
    const KIND: Kind = Kind::Deployment;
    const TABLE: Table = Table::Delivery;

    fn key(&self) -> Key {
        Key::deployment(&self.service, &self.environment, self.at(), &self.promotion)
    }
}

impl Store {
    /// The deployments to an environment from a moment on, newest first, up to so many.
    ///
    /// They lie beside one another in the order of their times: a query reads 1 MB of them.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn deployments_since(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        since: Timestamp,
        most: usize,
    ) -> Result<Newest<Deployment>, StoreError> {
        self.newest(&Listing::deployments_since(service, environment, since), most).await
    }

    /// The newest deployments to an environment before a moment, newest first, up to so many.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn deployments_before(
        &self,
        service: &ServiceName,
        environment: &EnvironmentName,
        before: Timestamp,
        most: usize,
    ) -> Result<Newest<Deployment>, StoreError> {
        self.newest(&Listing::deployments_before(service, environment, before), most).await
    }
}
