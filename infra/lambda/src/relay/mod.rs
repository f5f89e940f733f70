//! The function that reads the stream of the events table: it chains the audit log and hands every event to the bus.
//! And what the bus could not have handled, it keeps.

mod bus;
mod dead;
mod queues;
mod records;
mod redrive;

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::audit::Batch;
use domain::event::EventBody;
use edge::Core;
use panel::chain::Unchained;

use crate::config::{BUS, QUEUES, Start};
use crate::function::Program;
use crate::invocation::{Message, StreamRecord};
use crate::messages::Budget;
pub(crate) use bus::Bus;
pub(crate) use queues::Queues;
use records::Streamed;

/// The function that chains what happened, hands it to the bus, and keeps the dead letters.
#[derive(Debug, Clone)]
pub struct Relay {
    pub(crate) core: Core,
    pub(crate) bus: Bus,
    pub(crate) queues: Queues,
}

impl Relay {
    /// Makes it of what it is configured with.
    ///
    /// # Errors
    /// None of its own: what is missing or wrong is noted in `start`.
    pub fn start(start: &mut Start) -> anyhow::Result<Self> {
        let (bus, queues) = (start.required(&BUS), start.required(&QUEUES));
        let bus = Bus::new(&start.connection, &bus);
        let queues = Queues::read(&start.connection, &queues);
        let queues = queues.unwrap_or_else(|why| {
            start.refuse(&QUEUES, why);
            Queues::none(&start.connection)
        });
        Ok(Self { core: start.core.clone(), bus, queues })
    }

    /// Chains the events of a batch, and answers whether the batch is to be told again for it.
    ///
    /// A chain that somebody broke stays broken, and must not keep the bus from what happens after: `keelson audit
    /// verify` tells which, and that the log is not whole from there on.
    async fn chain(&self, streamed: &[Streamed]) -> bool {
        let links = streamed.iter().filter_map(|record| record.link).collect();
        match panel::chain::chain(&self.core, Batch { links, position: None }).await {
            Ok(_) => false,
            Err(error) => {
                tracing::error!(%error, "what happened cannot be chained");
                match error {
                    Unchained::Store(_) => true,
                    Unchained::Broken => false,
                }
            }
        }
    }

    /// Sends again what people asked to be sent again, and answers the records for which that could not be done.
    async fn redrive(&self, streamed: &[Streamed]) -> Vec<String> {
        let mut failed = Vec::new();
        for Streamed { position, event, .. } in streamed {
            let Some(EventBody::DeadLetterRedriven { event, subscriber }) =
                event.as_ref().map(|event| &event.body)
            else {
                continue;
            };
            if let Err(error) = redrive::redrive(&self.core, &self.queues, subscriber, event).await {
                tracing::warn!(event.id = %event, subscriber, error = format!("{error:#}"), "an event could not be sent again");
                failed.push(position.clone());
            }
        }
        failed
    }
}

#[async_trait(?Send)]
impl Program for Relay {
    const NAME: &'static str = "relay";

    fn core(&self) -> &Core {
        &self.core
    }

    async fn on_records(&self, records: Vec<StreamRecord>) -> anyhow::Result<Vec<String>> {
        let streamed: Vec<Streamed> = records.into_iter().map(Streamed::of).collect();
        // First what others wait for.
        let mut failed: BTreeSet<String> = self.bus.put(&streamed).await.into_iter().collect();
        failed.extend(self.redrive(&streamed).await);
        if self.chain(&streamed).await {
            failed.extend(streamed.first().map(|first| first.position.clone()));
        }
        // In the order of the stream: Lambda goes on from the first.
        Ok(streamed
            .into_iter()
            .map(|record| record.position)
            .filter(|position| failed.contains(position))
            .collect())
    }

    async fn on_messages(&self, messages: Vec<Message>, _budget: Budget) -> anyhow::Result<Vec<String>> {
        let mut failed = Vec::new();
        for message in messages {
            if let Err(error) = dead::keep(&self.core, &message).await {
                tracing::warn!(
                    message.id,
                    error = format!("{error:#}"),
                    "a dead letter could not be kept, and comes again"
                );
                failed.push(message.id);
            }
        }
        Ok(failed)
    }
}
