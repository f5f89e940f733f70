//! Keep how a commit went through CI, once it has become an artifact.

use domain::CommitSha;
use domain::artifact::Artifact;
use domain::change::Push;
use domain::ci_path::{Run, jobs};
use domain::service::Service;
use jiff::Timestamp;
use store::{PageRequest, StoreError};

use crate::App;

/// How many pushes back the one that brought the commit is looked for.
const PUSHES: usize = 50;

/// Writes how a commit went through CI, as far as it is known now; nothing before it has an artifact.
///
/// It is made anew from what the git host reported whenever more of it comes in, so reports may be late, doubled or
/// out of order.
///
/// # Errors
/// [`StoreError::Conflict`] if it was written in the meantime from more than is known here: try again.
pub(crate) async fn record(app: &App, service: &Service, commit: &CommitSha) -> Result<(), StoreError> {
    let store = &app.core.store;
    let built = store.artifacts_of_commit(service.name(), commit).await?.into_iter().map(|one| one.value);
    let registered = |artifact: Artifact| Some((artifact.registered_at?, artifact.digest));
    let Some((registered_at, artifact)) = built.filter_map(registered).min() else { return Ok(()) };
    // Before what it is made of is read: so what is written over it was made of no less.
    let known = store.ci_run(service.name(), registered_at, commit).await?;
    let repository = &service.manifest.service.repository;
    let checks = store.checks(repository, commit).await?;
    let steps = store.job_steps(repository, commit).await?;
    let (pushed_at, title) = pushed(app, service, commit).await?.unzip();
    let run = Run {
        service: service.name().clone(),
        commit: commit.clone(),
        title: title.unwrap_or_default(),
        artifact,
        pushed_at,
        registered_at,
        jobs: jobs(&checks, &steps),
    };
    if known.as_ref().is_some_and(|known| known.value == run) {
        return Ok(());
    }
    let mut transaction = store.transaction(app.core.now());
    transaction.save(&run, known.map(|known| known.version));
    transaction.commit().await
}

/// When the commit came to the branch that ships, and its title.
async fn pushed(
    app: &App,
    service: &Service,
    commit: &CommitSha,
) -> Result<Option<(Timestamp, String)>, StoreError> {
    let section = &service.manifest.service;
    let page = PageRequest::first(PUSHES);
    let pushes = app.core.store.pushes(&section.repository, &section.branch, &page).await?.items;
    let found = pushes.iter().find_map(|push: &Push| {
        let own = push.commits.iter().find(|own| own.sha == *commit);
        let is_here = own.is_some() || push.after == *commit;
        is_here.then(|| (push.at, own.map_or_else(String::new, |own| own.title.chars().take(100).collect())))
    });
    Ok(found)
}
