//! A git host is told of promotions: a status on the commit, and a deployment where hosts have those.
//!
//! What is told follows from where the promotion is now, never from what woke this. The row with what was told is
//! written before and after each step, so that nothing is told twice and nothing is made twice. What a host refuses is
//! kept in that row, shown, and tried again by the clock.

use domain::PromotionId;
use domain::connection::Connection;
use domain::promotion::Promotion;
use domain::report::{CommitStatus, DeploymentState, Report};
use domain::service::Service;
use domain::watch::{ConnectionWatch, Trouble};
use integrations::git_api::{self, DeploymentStatus, NewDeployment, StatusToSet};
use store::{PageRequest, StoreError, Versioned};

use crate::host::{self, Host};
use crate::repair::{Stopped, is_about_this_alone, trouble_of};
use crate::{App, Error};

/// How many promotions of an environment are looked at, to know which is the newest of a commit and what it replaced.
const PROMOTIONS: usize = 20;

/// Who wants it told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Try {
    /// Something happened. While the host is in trouble, it is only noted.
    Now,
    /// The clock: the host answers again.
    Again,
}

/// Whether the host knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// It does, or nobody may tell it.
    Yes,
    /// It refused this, and that is written down.
    Refused,
    /// It does not answer, or takes nothing, and that is written down.
    NotNow,
}

/// Tells the git host where a promotion is.
///
/// # Errors
/// If the store does not answer, or somebody else tells it at the same moment.
pub(crate) async fn tell(app: &App, id: PromotionId, when: Try) -> Result<Told, Error> {
    let store = &app.core.store;
    let Some(promotion) = store.promotion(&id).await?.map(|known| known.value) else { return Ok(Told::Yes) };
    let Some(service) = store.service(&promotion.service).await?.map(|known| known.value) else {
        return Ok(Told::Yes);
    };
    let name = &service.manifest.service.repository.connection;
    let Some(connection) = store.connection(name).await?.map(|known| known.value) else {
        return Ok(Told::Yes);
    };
    let Some(host) = host::of(app, &connection).await? else { return Ok(Told::Yes) };
    let report = report_of(app, &promotion, &service).await?;
    let mut telling = Telling { app, host: &host, service: &service, promotion: &promotion, report };
    let watch = store.connection_watch(name).await?.map(|watch| watch.value);
    if let Some(reason) = put_off(app, watch.as_ref(), when) {
        telling.note(Some(reason)).await?;
        return Ok(Told::NotNow);
    }
    match telling.tell().await {
        Ok(()) => {
            telling.note(None).await?;
            told(app, &connection, watch.as_ref()).await?;
            Ok(Told::Yes)
        }
        Err(Stopped::Host(error)) => {
            tracing::warn!(promotion.id = %id, %error, "a git host could not be told of {id}");
            telling.note(Some(error.reason.clone())).await?;
            let told = if is_about_this_alone(error.kind) { Told::Refused } else { Told::NotNow };
            not_told(app, &connection, error).await?;
            Ok(told)
        }
        Err(Stopped::Own(error)) => Err(error),
    }
}

/// Why the host is not to be asked now. What it refused of another promotion says nothing of this one.
fn put_off(app: &App, watch: Option<&ConnectionWatch>, when: Try) -> Option<String> {
    let troubles = match when {
        Try::Again => return None,
        Try::Now => watch.map(|watch| [watch.untold.as_ref(), watch.trouble.as_ref()])?,
    };
    let lasts = |trouble: &&Trouble| trouble.until > app.core.now() && !is_about_this_alone(trouble.kind);
    let lasting = troubles.into_iter().flatten().find(lasts)?;
    Some(lasting.reason.clone())
}

/// What was told of a promotion so far. That something will be is written before anything is.
async fn report_of(app: &App, promotion: &Promotion, service: &Service) -> Result<Versioned<Report>, Error> {
    let store = &app.core.store;
    if let Some(known) = store.report(&promotion.id).await? {
        return Ok(known);
    }
    let section = &service.manifest.service;
    let beside = store.services_of_branch(&section.repository, &section.branch).await?;
    let report = Report::begin(promotion, section.repository.clone(), beside.len() > 1);
    let mut transaction = store.transaction(app.core.now());
    transaction.put_new(&report);
    transaction.commit().await?;
    store.report(&promotion.id).await?.ok_or(Error::Store(StoreError::Conflict))
}

/// One promotion that is told of.
struct Telling<'a> {
    app: &'a App,
    host: &'a Host,
    service: &'a Service,
    promotion: &'a Promotion,
    report: Versioned<Report>,
}

impl Telling<'_> {
    async fn tell(&mut self) -> Result<(), Stopped> {
        let others = self.others().await?;
        let newer_of_commit = others
            .iter()
            .find(|other| other.release.commit == self.promotion.release.commit)
            .is_some_and(|newest| newest.id != self.promotion.id);
        if !newer_of_commit {
            self.status().await?;
        }
        if git_api::takes_deployments(self.host.kind)
            && let Some(state) = DeploymentState::of(self.promotion)
        {
            self.deployment(state, &others).await?;
        }
        Ok(())
    }

    /// The last promotions into the environment, newest first.
    async fn others(&self) -> Result<Vec<Promotion>, Error> {
        let Promotion { service, environment, .. } = self.promotion;
        let page = PageRequest::first(PROMOTIONS);
        let found = self.app.core.store.promotions_of_environment(service, environment, &page).await?;
        Ok(found.items.into_iter().map(|found| found.value).collect())
    }

    async fn status(&mut self) -> Result<(), Stopped> {
        let status = CommitStatus::of(self.promotion);
        if self.report.value.status.as_ref() == Some(&status) {
            return Ok(());
        }
        let url = self.url();
        let Report { commit, context, repository, .. } = &self.report.value;
        let set = StatusToSet { commit, context, status: &status, target_url: &url };
        self.host.api.set_status(self.host.access(repository), set).await?;
        Ok(self.save(|report| report.status = Some(status)).await?)
    }

    async fn deployment(&mut self, state: DeploymentState, others: &[Promotion]) -> Result<(), Stopped> {
        let id = match self.report.value.deployment.clone() {
            Some(id) => id,
            None => match self.make().await? {
                Some(id) => id,
                None => return Ok(()),
            },
        };
        if self.report.value.deployment_state != Some(state) {
            self.set(&self.report.value, &id, state).await?;
            self.save(|report| report.deployment_state = Some(state)).await?;
        }
        if state == DeploymentState::Success && git_api::retires_deployments(self.host.kind) {
            self.retire(others).await?;
        }
        Ok(())
    }

    /// Makes the deployment, unless an earlier try has made it and could not say so.
    async fn make(&mut self) -> Result<Option<String>, Stopped> {
        let tried_since = self.report.value.deploying_since;
        let since = tried_since.unwrap_or_else(|| self.app.core.now());
        if tried_since.is_none() {
            self.save(|report| report.deploying_since = Some(since)).await?;
        }
        let (promotion, branch) = (self.promotion.id.to_string(), &self.service.manifest.service.branch);
        let last = self.service.manifest.environments.last();
        let Report { repository, commit, environment, .. } = &self.report.value;
        let description = format!("{} by Keelson", self.promotion.service);
        let new = NewDeployment {
            promotion: &promotion,
            commit,
            branch,
            environment: environment.as_str(),
            is_production: last.is_some_and(|last| last.name == *environment),
            description: &description,
            since,
        };
        let access = self.host.access(repository);
        let found = match tried_since {
            Some(_) => self.host.api.find_deployment(access, new).await?,
            None => None,
        };
        let id = match found {
            Some(id) => Some(id),
            None => self.host.api.create_deployment(access, new).await?,
        };
        if let Some(id) = id.clone() {
            self.save(|report| report.deployment = Some(id)).await?;
        }
        Ok(id)
    }

    /// Says of what served before that it does not any more.
    async fn retire(&self, others: &[Promotion]) -> Result<(), Stopped> {
        let earlier = others.iter().skip_while(|other| other.id != self.promotion.id).skip(1);
        for promotion in earlier {
            let Some(known) = self.app.core.store.report(&promotion.id).await? else { continue };
            let report = known.value;
            let (Some(id), Some(DeploymentState::Success)) = (&report.deployment, report.deployment_state)
            else {
                continue;
            };
            self.set(&report, id, DeploymentState::Inactive).await?;
            let told = Report { deployment_state: Some(DeploymentState::Inactive), ..report.clone() };
            let mut transaction = self.app.core.store.transaction(self.app.core.now());
            transaction.replace(&told, known.version);
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn set(&self, report: &Report, id: &str, state: DeploymentState) -> Result<(), Stopped> {
        let description = match state {
            DeploymentState::Inactive => "Serves no more".to_owned(),
            DeploymentState::InProgress | DeploymentState::Success | DeploymentState::Failure => {
                CommitStatus::of(self.promotion).description
            }
        };
        let status = DeploymentStatus {
            state,
            environment: report.environment.as_str(),
            description: &description,
            log_url: &self.app.core.settings.public_url.join(&page(report.promotion)),
        };
        Ok(self.host.api.set_deployment(self.host.access(&report.repository), id, status).await?)
    }

    fn url(&self) -> String {
        self.app.core.settings.public_url.join(&page(self.promotion.id))
    }

    async fn note(&mut self, problem: Option<String>) -> Result<(), Error> {
        if self.report.value.problem == problem {
            return Ok(());
        }
        self.save(|report| report.problem = problem).await
    }

    async fn save(&mut self, change: impl FnOnce(&mut Report)) -> Result<(), Error> {
        change(&mut self.report.value);
        let store = &self.app.core.store;
        let mut transaction = store.transaction(self.app.core.now());
        transaction.replace(&self.report.value, self.report.version);
        transaction.commit().await?;
        self.report = store.report(&self.promotion.id).await?.ok_or(StoreError::Conflict)?;
        Ok(())
    }
}

/// Where the panel shows a promotion.
fn page(promotion: PromotionId) -> String {
    format!("/promotions/{promotion}")
}

async fn told(app: &App, connection: &Connection, watch: Option<&ConnectionWatch>) -> Result<(), Error> {
    let had_trouble = watch.is_some_and(|watch| watch.untold.is_some());
    if had_trouble && app.core.store.untold_reports(&connection.name, 1).await?.is_empty() {
        return change_watch(app, connection, |watch| ConnectionWatch { untold: None, ..watch }).await;
    }
    Ok(())
}

async fn not_told(app: &App, connection: &Connection, error: git_api::ApiError) -> Result<(), Error> {
    let now = app.core.now();
    change_watch(app, connection, |watch| {
        let trouble = trouble_of(watch.untold.as_ref(), error.clone(), now);
        watch.not_told(trouble)
    })
    .await
}

async fn change_watch(
    app: &App,
    connection: &Connection,
    change: impl Fn(ConnectionWatch) -> ConnectionWatch,
) -> Result<(), Error> {
    let store = &app.core.store;
    let Some(known) = store.connection_watch(&connection.name).await? else { return Ok(()) };
    let mut transaction = store.transaction(app.core.now());
    transaction.replace(&change(known.value), known.version);
    Ok(transaction.commit().await?)
}
