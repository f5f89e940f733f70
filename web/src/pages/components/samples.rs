//! What the components of Keelson's own things show on the components page: read as the API would send it.

use domain::access::Actor;

use crate::reactive::Data;
use crate::wire::{Check, EventView, LaneView, Ships, Wire, read_text};

/// A lane in which a rollout is under way and another promotion waits.
pub(super) fn lane() -> Option<Data<LaneView>> {
    sample(include_str!("samples/lane.json")).map(Data::fixed)
}

/// The checks of a commit: passed, failed, running, queued.
pub(super) fn checks() -> Vec<Check> {
    sample(include_str!("samples/checks.json")).unwrap_or_default()
}

/// Some of what happens.
pub(super) fn events() -> Data<Vec<EventView>> {
    Data::fixed(sample(include_str!("samples/events.json")).unwrap_or_default())
}

/// What ships, of which not all may be known.
pub(super) fn ships() -> Option<Ships> {
    sample(include_str!("samples/ships.json"))
}

/// Everybody and everything that does something.
pub(super) fn actors() -> Vec<Actor> {
    sample(include_str!("samples/actors.json")).unwrap_or_default()
}

fn sample<T: Wire>(text: &str) -> Option<T> {
    read_text(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_what_the_panel_reads() {
        read_text::<LaneView>(include_str!("samples/lane.json")).unwrap();
        read_text::<LaneView>(include_str!("samples/lane-blocked.json")).unwrap();
        read_text::<Vec<EventView>>(include_str!("samples/events.json")).unwrap();
        assert!(ships().is_some() && checks().len() == 4 && actors().len() == 5);
    }
}
