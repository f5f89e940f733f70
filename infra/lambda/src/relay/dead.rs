//! What a queue gave up: kept as rows, which the panel lists as on one machine.

use edge::Core;
use store::{Retry, StoreError};

use crate::envelope;
use crate::invocation::Message;

/// How the name of a queue ends into which another gives what was tried too often: `STACK-SUBSCRIBER-dead`.
const SUFFIX: &str = "-dead";

/// Keeps what a queue gave up, as a dead letter of the queue's subscriber. Keeping it again is harmless.
///
/// # Errors
/// If the store does not answer, or the message comes from a queue that is no such; then it comes again.
pub(super) async fn keep(core: &Core, message: &Message) -> anyhow::Result<()> {
    let subscriber = subscriber(message.queue_name());
    let subscriber = subscriber
        .ok_or_else(|| anyhow::anyhow!("`{}` is no queue of dead letters", message.queue_name()))?;
    let Some(event) = envelope::event_id(&message.body) else {
        // Reports of CodeDeploy among it. What they would have told is found by the clock.
        tracing::error!(message.id, subscriber, "a message that is about no event of Keelson's was given up");
        return Ok(());
    };
    let now = core.now();
    let known = core.store.retry(subscriber, &event).await?;
    let letter = Retry {
        subscriber: subscriber.to_owned(),
        event,
        attempts: message.receives(),
        next_at: now,
        last_error: format!("the log of the function `{subscriber}` says why, under this event's id"),
        dead: true,
    };
    let mut transaction = core.store.transaction(now);
    transaction.save(&letter, known.map(|known| known.version));
    tracing::error!(event.id = %event, subscriber, attempts = letter.attempts, "an event is given up: see the dead letters");
    match transaction.commit().await {
        // Somebody keeps it at the same moment, or has it sent again.
        Ok(()) | Err(StoreError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whose queue gave it up: `promotions` for `keelson-promotions-dead`. No subscriber has a hyphen in its name.
fn subscriber(queue: &str) -> Option<&str> {
    let (_, subscriber) = queue.strip_suffix(SUFFIX)?.rsplit_once('-')?;
    (!subscriber.is_empty()).then_some(subscriber)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subscriber_is_in_the_name_of_the_queue() {
        assert_eq!(subscriber("keelson-promotions-dead"), Some("promotions"));
        assert_eq!(subscriber("my-own-keelson-webhooks-dead"), Some("webhooks"));
        for other in ["keelson-promotions", "dead", "-dead", "keelson--dead"] {
            assert_eq!(subscriber(other), None, "{other}");
        }
    }
}
