//! What changed on a service's branch: commits, what CI says of them, what was built, and where it runs.

use api::Page;
use api::service::ChangeView;
use domain::lane::Lane;
use domain::service::Service;
use edge::ApiError;

use crate::{App, facts};

/// How many changes are shown: the newest.
const SHOWN: usize = 50;

/// The newest changes, newest first.
pub(crate) async fn changes(app: &App, service: &Service) -> Result<Page<ChangeView>, ApiError> {
    let history = facts::history(app, service).await?;
    let lanes = app.core.store.lanes(service.name()).await?;
    let repository = &service.manifest.service.repository;
    let mut items = Vec::new();
    for commit in history.commits().into_iter().take(SHOWN) {
        let checks = app.core.store.checks(repository, &commit.sha).await?;
        let built = app.core.store.artifacts_of_commit(service.name(), &commit.sha).await?;
        let registered = built.into_iter().find(|artifact| artifact.value.registered_at.is_some());
        let runs = |lane: &Lane| lane.release().is_some_and(|release| release.commit == commit.sha);
        let runs_in = lanes.iter().filter(|lane| runs(&lane.value));
        items.push(ChangeView {
            commit: commit.clone(),
            pull_request: history.merged_by(&commit.sha).cloned(),
            checks,
            artifact: registered.map(|artifact| artifact.value.digest),
            runs_in: runs_in.map(|lane| lane.value.environment.clone()).collect(),
        });
    }
    Ok(Page { items, next: None })
}
