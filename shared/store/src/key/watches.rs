//! Where it is kept how git hosts are looked after.

use domain::manifest::RepositoryRef;
use domain::{ConnectionName, PromotionId};
use jiff::Timestamp;

use super::{Key, Listing, Range, repository_of, text, time};
use crate::table::{Index, Table};

const WATCHES: &str = "watches";

impl Key {
    pub(crate) fn connection_watch(name: &ConnectionName) -> Self {
        Self::new(format!("connection#{name}"), "watch")
    }

    pub(crate) fn watch_due(at: Timestamp) -> Self {
        Self::new(WATCHES, time(at))
    }

    pub(crate) fn repository_watch(repository: &RepositoryRef) -> Self {
        Self::new(repository_of(repository), "watch")
    }

    pub(crate) fn repository_of_connection(repository: &RepositoryRef) -> Self {
        Self::new(repositories_of(&repository.connection), text(&repository.path))
    }

    pub(crate) fn report(promotion: &PromotionId) -> Self {
        Self::new(Self::promotion(promotion).pk, "report")
    }

    pub(crate) fn untold_report(connection: &ConnectionName, promotion: &PromotionId) -> Self {
        Self::new(untold_of(connection), promotion.to_string())
    }
}

impl Listing {
    pub(crate) fn watches_due(now: Timestamp) -> Self {
        Self { range: Range::UpTo(time(now)), ..Self::of_index(Table::Delivery, Index::Due, WATCHES) }
    }

    pub(crate) fn repositories_of(connection: &ConnectionName) -> Self {
        Self::of_index(Table::Delivery, Index::List, repositories_of(connection))
    }

    pub(crate) fn untold_of(connection: &ConnectionName) -> Self {
        Self::of_index(Table::Delivery, Index::List, untold_of(connection))
    }
}

fn repositories_of(connection: &ConnectionName) -> String {
    format!("connection#{connection}#repositories")
}

fn untold_of(connection: &ConnectionName) -> String {
    format!("connection#{connection}#untold")
}
