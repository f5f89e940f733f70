//! A verified webhook comes in: what it says is written once, whatever comes how often and in which order.

use domain::ConnectionName;
use domain::connection::{Delivery, DeliveryOutcome};
use edge::{ApiError, RequestContext};
use integrations::git_host::{Content, Fact, Unreadable};
use jiff::Timestamp;
use store::{StoreError, Version};

use crate::App;
use crate::hook::VerifiedHook;
use crate::record::{Record, Recorded};

/// How often everything is read and decided again when others write at the same time.
const MOST_TRIES: usize = 10;

/// Takes a webhook. One that cannot be read is kept as that, and taken too: hosts stop sending to whoever refuses what
/// they send, and then nothing comes any more.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn receive(
    app: &App,
    request: &RequestContext,
    hook: &VerifiedHook,
) -> Result<(), ApiError> {
    let reading = hook.read();
    let (action, content) = match &reading {
        Ok(reading) => (reading.action.clone(), Ok(&reading.content)),
        Err(unreadable) => (None, Err(unreadable)),
    };
    let delivery = Delivery {
        connection: hook.connection().clone(),
        id: hook.delivery().to_owned(),
        event: hook.event().to_owned(),
        action,
        outcome: DeliveryOutcome::Accepted,
        reason: None,
        notes: Vec::new(),
        at: hook.received_at(),
        size: hook.size(),
    };
    let outcome = take(app, request, &delivery, content).await?;
    count(app, &delivery.connection, &delivery.event, outcome, delivery.at).await;
    if let (Err(unreadable), DeliveryOutcome::Rejected) = (&reading, outcome) {
        let (connection, delivery) = (&delivery.connection, &delivery.id);
        tracing::warn!(%connection, delivery, %unreadable, "a webhook could not be read");
    }
    Ok(())
}

/// Writes the delivery and what it says, unless that was done before.
async fn take(
    app: &App,
    request: &RequestContext,
    delivery: &Delivery,
    content: Result<&Content, &Unreadable>,
) -> Result<DeliveryOutcome, ApiError> {
    let store = &app.core.store;
    for _ in 0..MOST_TRIES {
        let known = store.delivery(&delivery.connection, &delivery.id, delivery.at).await?;
        let rejected_before = match known {
            Some(known) if known.value.outcome != DeliveryOutcome::Rejected => {
                return Ok(DeliveryOutcome::Repeated);
            }
            // What could not be read before may be readable now.
            known => known.map(|known| known.version),
        };
        match write(app, request, delivery.clone(), rejected_before, content).await {
            Err(StoreError::Conflict) => {}
            written => return Ok(written?),
        }
    }
    Err(ApiError::unavailable(anyhow::anyhow!("others wrote first, {MOST_TRIES} times")))
}

async fn write(
    app: &App,
    request: &RequestContext,
    mut delivery: Delivery,
    known: Option<Version>,
    content: Result<&Content, &Unreadable>,
) -> Result<DeliveryOutcome, StoreError> {
    let connection = delivery.connection.clone();
    let mut record = Record::begin(app, request, &connection, delivery.at);
    (delivery.outcome, delivery.reason) = match content {
        Err(unreadable) => (DeliveryOutcome::Rejected, Some(unreadable.to_string())),
        Ok(Content::Nothing(reason)) => (DeliveryOutcome::Ignored, Some(reason.clone())),
        Ok(Content::Facts(facts)) => {
            let mut late = None;
            for fact in facts {
                match (record.add(fact).await?, fact) {
                    (Recorded::NothingNew(reason), _) => late = Some(reason.to_owned()),
                    (Recorded::Written, Fact::Note(note)) => delivery.notes.push(note.clone()),
                    (Recorded::Written, _) => {}
                }
            }
            match late {
                Some(reason) if facts.len() == 1 => (DeliveryOutcome::Ignored, Some(reason)),
                _ => (DeliveryOutcome::Accepted, None),
            }
        }
    };
    let outcome = delivery.outcome;
    record.end_with(&delivery, known).await?;
    Ok(outcome)
}

/// Shows that something too large came, once a minute at most: the signature of what is not read is not known, so
/// anybody can send it, and say what delivery it is.
///
/// # Errors
/// If the store does not answer.
pub(crate) async fn too_large(
    app: &App,
    connection: &ConnectionName,
    now: Timestamp,
) -> Result<(), ApiError> {
    let delivery = Delivery {
        connection: connection.clone(),
        id: format!("too-large-at-{}", now.strftime("%Y-%m-%dT%H:%MZ")),
        event: "unknown".to_owned(),
        action: None,
        outcome: DeliveryOutcome::Rejected,
        reason: Some(
            "the body was larger than 25 MiB and was not read, so it is not known who sent it".to_owned(),
        ),
        notes: Vec::new(),
        at: now,
        size: crate::MOST_BYTES as u64,
    };
    let mut transaction = app.core.store.transaction(now);
    transaction.put_new(&delivery);
    match transaction.commit().await {
        Ok(()) => {
            count(app, connection, &delivery.event, delivery.outcome, now).await;
            Ok(())
        }
        Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Counts for the connection's page. The delivery itself is written by then, so a lost count loses nothing else.
async fn count(app: &App, connection: &ConnectionName, event: &str, outcome: DeliveryOutcome, at: Timestamp) {
    if let Err(error) = app.core.store.count_delivery(connection, event, outcome, at).await {
        tracing::warn!(%connection, %error, "a webhook was taken but not counted");
    }
}
