//! What must be looked at by the clock.

use domain::{EnvironmentName, PromotionId, ServiceName, TrainId};
use jiff::Timestamp;

use crate::key::{Key, Listing};
use crate::{Store, StoreError};

/// Something whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// A promotion that is not over.
    Promotion(PromotionId),
    /// A train that is not over.
    Train(TrainId),
    /// An environment whose lock is over.
    Lane(ServiceName, EnvironmentName),
}

impl Due {
    fn of(key: &Key) -> Option<Self> {
        let promotion = key.promotion_id().map(Self::Promotion);
        let train = || key.train_id().map(Self::Train);
        let lane = || key.lane_place().map(|(service, environment)| Self::Lane(service, environment));
        promotion.or_else(train).or_else(lane)
    }
}

impl Store {
    /// What must be looked at now, the longest overdue first.
    ///
    /// Looking at one ends with a write that names the version read. So if it is looked at twice at once, one of
    /// the two changes nothing.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<Due>, StoreError> {
        let keys = self.keys(&Listing::due(now), limit).await?;
        Ok(keys.iter().filter_map(Due::of).collect())
    }
}
