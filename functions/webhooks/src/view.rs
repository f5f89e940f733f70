//! Connections and deliveries as the wire has them.

use api::connection::{ConnectionDetail, ConnectionView, DeliveryView};
use api::routes::RECEIVE_HOOK;
use domain::ConnectionName;
use domain::connection::{Connection, Delivery, DeliveryCounts, DeliveryOutcome};
use domain::note::Note;
use edge::ApiError;
use store::PageRequest;

use crate::{App, watched};

/// How many of the last deliveries are shown.
const DELIVERIES: usize = 50;

pub(crate) async fn all(app: &App) -> Result<Vec<ConnectionView>, ApiError> {
    let mut views = Vec::new();
    for connection in app.core.store.connections().await? {
        views.push(one(app, &connection.value).await?);
    }
    Ok(views)
}

pub(crate) async fn detail(app: &App, name: &ConnectionName) -> Result<ConnectionDetail, ApiError> {
    let connection = app.core.store.connection(name).await?;
    let connection = connection.ok_or_else(|| ApiError::not_found("connection", name))?;
    let page = app.core.store.deliveries(name, &PageRequest::first(DELIVERIES), app.core.now()).await?;
    Ok(ConnectionDetail {
        connection: one(app, &connection.value).await?,
        deliveries: page.items.into_iter().map(delivery).collect(),
        repositories: watched::repositories(app, &connection.value).await?,
    })
}

pub(crate) async fn one(app: &App, connection: &Connection) -> Result<ConnectionView, ApiError> {
    let now = app.core.now();
    let activity = app.core.store.connection_activity(&connection.name).await?;
    let sum = |part: fn(&DeliveryCounts) -> u64| activity.counts.values().map(part).sum::<u64>();
    let active = connection.secrets.iter().filter(|secret| secret.is_active(now));
    Ok(ConnectionView {
        name: connection.name.clone(),
        kind: connection.kind.word().to_owned(),
        signing: connection.signing.word().to_owned(),
        hook_url: hook_url(app, &connection.name),
        created_at: connection.created_at,
        active_secrets: active.clone().count(),
        rotation_ends_at: active.filter_map(|secret| secret.expires_at).max(),
        last_delivery_at: activity.last_delivery_at,
        accepted: sum(|counts| counts.accepted),
        ignored: sum(|counts| counts.ignored),
        duplicates: sum(|counts| counts.repeated),
        rejected: sum(|counts| counts.rejected) + app.refused.of(&connection.name),
        api: watched::access(app, connection).await?,
    })
}

/// Where the git host sends a connection's webhooks.
pub(crate) fn hook_url(app: &App, connection: &ConnectionName) -> String {
    app.core.settings.public_url.join(&RECEIVE_HOOK.path(&[connection.as_str()]))
}

fn delivery(delivery: Delivery) -> DeliveryView {
    let noted = || Some(delivery.notes.iter().map(sentence).collect::<Vec<_>>().join("; "));
    let detail = delivery.reason.clone().or_else(|| noted().filter(|text| !text.is_empty()));
    let event = match &delivery.action {
        None => delivery.event.clone(),
        Some(action) => format!("{}.{action}", delivery.event),
    };
    DeliveryView {
        event,
        at: delivery.at,
        size: delivery.size,
        outcome: outcome_word(delivery.outcome).to_owned(),
        detail,
        id: delivery.id,
    }
}

fn outcome_word(outcome: DeliveryOutcome) -> &'static str {
    match outcome {
        DeliveryOutcome::Accepted => "recorded",
        DeliveryOutcome::Ignored => "ignored",
        DeliveryOutcome::Rejected => "rejected",
        DeliveryOutcome::Repeated => "repeated",
    }
}

fn sentence(note: &Note) -> String {
    match note {
        Note::PullRequest { repository, number, state, .. } => {
            format!("pull request {number} in {} is {state}", repository.path)
        }
        Note::MergeGroup { repository, branch, head } => {
            format!("merge queue of {branch} in {}: {}", repository.path, head.short())
        }
        Note::CheckSuite { repository, commit, app, status, conclusion } => {
            let state = conclusion.as_ref().or(status.as_ref()).map_or("unknown", String::as_str);
            format!("{app} on {} in {}: {state}", commit.short(), repository.path)
        }
        Note::Deployment { repository, environment, commit, .. } => {
            format!("deployment of {} in {} to {environment}", commit.short(), repository.path)
        }
        Note::DeploymentStatus { repository, environment, commit, state, .. } => {
            format!("deployment of {} in {} to {environment}: {state}", commit.short(), repository.path)
        }
        Note::Release { repository, tag, .. } => format!("release {tag} in {}", repository.path),
        Note::Installation { account, .. } => format!("app installation of {account}"),
    }
}
