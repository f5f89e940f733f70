//! Keep what ended in production, in the transaction that ends it.

use domain::dora::Deployment;
use domain::lane::Track;
use domain::promotion::Promotion;
use store::StoreError;

use crate::{App, facts};

/// How many earlier deployments are looked through for commits that have arrived already.
const LOOKED_THROUGH: usize = 50;

/// What is kept of the promotions that this change of an environment ends; nothing unless it is production.
pub(crate) async fn ended(app: &App, before: &Track, after: &Track) -> Result<Vec<Deployment>, StoreError> {
    let is_over_now = |promotion: &&Promotion| {
        let was = before.promotions.get(&promotion.id);
        // One that never began is not kept, and nothing is read for it.
        promotion.is_finished() && !promotion.steps.is_empty() && was.is_none_or(|was| !was.is_finished())
    };
    let ended: Vec<&Promotion> = after.promotions.values().filter(is_over_now).collect();
    // Most changes end nothing, and read nothing here.
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let (name, environment) = (&after.lane.service, &after.lane.environment);
    let Some(service) = app.core.store.service(name).await? else { return Ok(Vec::new()) };
    if service.value.manifest.production().is_none_or(|production| production.name != *environment) {
        return Ok(Vec::new());
    }
    let history = facts::history(app, &service.value).await?;
    let now = app.core.now();
    let earlier = app.core.store.deployments_before(name, environment, now, LOOKED_THROUGH).await?.items;
    let stays = &before.lane.stays;
    Ok(ended.into_iter().filter_map(|one| Deployment::of(one, stays, &earlier, &history)).collect())
}
