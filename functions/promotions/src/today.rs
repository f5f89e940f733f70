//! What came to its end today, counted in the transaction that ends it.

use domain::lane::Track;
use domain::promotion::{Outcome, Promotion, State};
use domain::standing::Day;
use domain::{ServiceName, TeamName};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use store::StoreError;

use crate::App;

/// The day that it is, in UTC.
pub(crate) fn date(app: &App) -> Date {
    app.core.now().to_zoned(TimeZone::UTC).date()
}

/// What this change of an environment brings to its end, by which service and for which team; nothing, for most.
pub(crate) async fn ended(
    app: &App,
    before: &Track,
    after: &Track,
) -> Result<Option<(ServiceName, TeamName, Day)>, StoreError> {
    let is_over_now = |promotion: &&Promotion| {
        before.promotions.get(&promotion.id).is_none_or(|before| !before.is_finished())
    };
    let day = count(after.promotions.values().filter(is_over_now));
    if day == Day::default() {
        return Ok(None);
    }
    let service = app.core.store.service(&after.lane.service).await?;
    Ok(service.map(|service| {
        let section = service.value.manifest.service;
        (section.name, section.team, day)
    }))
}

/// What these promotions are, of those that are over.
pub(crate) fn count<'a>(promotions: impl Iterator<Item = &'a Promotion>) -> Day {
    let mut day = Day::default();
    for promotion in promotions {
        let State::Finished { outcome, .. } = promotion.state else { continue };
        match outcome {
            Outcome::Done if promotion.kind.is_rollback() => day.rollbacks += 1,
            Outcome::Done => day.deploys += 1,
            // A rollback by command ends what it pre-empts, and is counted itself.
            Outcome::RolledBack if promotion.pre_empted_by.is_none() => day.rollbacks += 1,
            Outcome::RolledBack | Outcome::Failed | Outcome::Cancelled | Outcome::Superseded => {}
        }
    }
    day
}
