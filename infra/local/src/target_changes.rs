//! What the process host reports, as events: many reports of one environment in a moment are one event.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::access::Actor;
use domain::event::EventBody;
use domain::{EnvironmentName, ServiceName};
use edge::{Core, RequestContext};
use store::StoreError;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::OnChange;
use crate::wake::Wake;

/// How many events are written in one transaction.
const AT_ONCE: usize = 50;
/// How long to wait when the store does not answer.
const STORE_PAUSE: Duration = Duration::from_secs(1);

type Place = (ServiceName, EnvironmentName);

/// The environments that have changed and whose event is not written yet. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct TargetChanges(Arc<Waiting>);

#[derive(Default)]
struct Waiting {
    places: Mutex<BTreeSet<Place>>,
    some: Notify,
}

impl TargetChanges {
    /// For the process host to call.
    pub(crate) fn on_change(&self) -> OnChange {
        let this = self.clone();
        Arc::new(move |service, environment| this.add([(service.clone(), environment.clone())]))
    }

    fn add(&self, places: impl IntoIterator<Item = Place>) {
        self.0.places.lock().unwrap_or_else(PoisonError::into_inner).extend(places);
        self.0.some.notify_one();
    }

    fn take(&self) -> Vec<Place> {
        let mut waiting = self.0.places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        while taken.len() < AT_ONCE
            && let Some(place) = waiting.pop_first()
        {
            taken.push(place);
        }
        taken
    }

    /// Writes the events until told to stop. What is lost by a crash is found out after the next start, when the
    /// process host looks at every environment anew.
    pub(crate) async fn run(self, core: Core, wake: Wake, stop: CancellationToken) {
        while stop.run_until_cancelled(self.0.some.notified()).await.is_some() {
            loop {
                let places = self.take();
                if places.is_empty() {
                    break;
                }
                match write(&core, &places).await {
                    Ok(()) => wake.wake(),
                    Err(error) => {
                        tracing::error!(%error, "a change of a deploy target cannot be written down");
                        self.add(places);
                        tokio::time::sleep(STORE_PAUSE).await;
                        break;
                    }
                }
            }
        }
    }
}

async fn write(core: &Core, places: &[Place]) -> Result<(), StoreError> {
    let mut transaction = core.store.transaction(core.now());
    for (service, environment) in places.iter().cloned() {
        let body = EventBody::TargetChanged { service, environment };
        transaction.event(&core.event(&RequestContext::internal(), &Actor::Keelson, body));
    }
    transaction.commit().await
}

#[cfg(test)]
mod tests {
    use testkit::{World, eventually};

    use super::*;

    #[tokio::test]
    async fn many_reports_of_one_environment_are_one_event() {
        let world = World::new().await;
        let changes = TargetChanges::default();
        let report = changes.on_change();
        for environment in ["staging", "production", "staging", "staging"] {
            report(&"shop".parse().unwrap(), &environment.parse().unwrap());
        }
        let stop = CancellationToken::new();
        let writer = tokio::spawn(changes.run(world.core.clone(), Wake::new(), stop.clone()));
        let events = eventually("they are written", async || {
            let events = world.all_events().await;
            (!events.is_empty()).then_some(events)
        });
        let sentences: Vec<_> = events.await.iter().map(|event| event.body.sentence()).collect();
        assert_eq!(sentences, ["shop in production reports a change", "shop in staging reports a change"]);
        stop.cancel();
        writer.await.unwrap();
    }
}
