//! What runs is not what was promoted, or is again.

use super::*;

impl Track {
    /// Takes note of what was read back. The same again changes nothing.
    pub(super) fn read_back(&mut self, truth: Truth, events: &mut Vec<EventBody>) {
        if !truth.is_news(self.lane.drift.as_ref()) {
            return;
        }
        let (service, environment) = (self.lane.service.clone(), self.lane.environment.clone());
        match truth {
            Truth::NotKnown => {}
            Truth::AsPromoted => {
                if let Some(Drift { artifact, .. }) = self.lane.drift.take() {
                    events.push(EventBody::DriftResolved { service, environment, artifact });
                }
            }
            Truth::Departs(found) => {
                let known = self.lane.drift.take();
                let Drift { artifact, findings, more, .. } = found.clone();
                events.push(EventBody::DriftFound { service, environment, artifact, findings, more });
                let since = known.filter(|known| known.artifact == found.artifact).map(|known| known.since);
                self.lane.drift = Some(Drift { since: since.unwrap_or(found.since), ..found });
            }
        }
    }
}

impl Lane {
    /// Whether bringing an artifact here replaces files that were tampered with by those of the same artifact.
    pub fn is_repaired_by(&self, artifact: &Digest) -> bool {
        // A finding about what ran before says nothing about what runs now.
        self.drift.as_ref().is_some_and(|drift| drift.artifact == *artifact)
            && self.release().is_some_and(|running| running.artifact == *artifact)
    }
}
