//! What the records of the events table's stream tell.

use domain::audit::Link;
use domain::event::Event;

use crate::invocation::StreamRecord;

/// How the stream calls a row that was not there before.
const WRITTEN: &str = "INSERT";

/// A record of the stream.
#[derive(Debug)]
pub(super) struct Streamed {
    /// Where it is.
    pub(super) position: String,
    /// The event's link in the audit log's chain; none for what does not belong there.
    pub(super) link: Option<Link>,
    /// The event; none for what this version cannot read.
    pub(super) event: Option<Event>,
}

impl Streamed {
    /// Only the first writing of an event counts; whatever changes one later has nothing to do with Keelson.
    pub(super) fn of(record: StreamRecord) -> Self {
        let StreamRecord { what, dynamodb } = record;
        let position = dynamodb.sequence_number;
        if what != WRITTEN {
            tracing::error!(
                position,
                "somebody changed an event that was written: `keelson audit verify` tells which"
            );
            return Self { position, link: None, event: None };
        }
        let Some(image) = dynamodb.new_image else {
            tracing::error!(
                position,
                "the stream does not tell what was written: it must have the view NEW_IMAGE"
            );
            return Self { position, link: None, event: None };
        };
        let link = store::link_of_image(image.clone());
        let link =
            link.inspect_err(|error| tracing::error!(%error, position, "an event cannot be chained")).ok();
        // An event of a later version, after going back to this one. It stays in the log, and nothing here can act on
        // it; to stop at it would stop everything behind it.
        let event = store::event_of_image(image);
        let event =
            event.inspect_err(|error| tracing::error!(%error, position, "an event cannot be read")).ok();
        Self { position, link, event }
    }
}
