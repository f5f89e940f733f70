//! The envelope in which the bus hands over what happened: EventBridge's.

use domain::EventId;
use domain::event::{Event, EventKind};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use store::{Store, StoreError};

/// Who Keelson is on the bus.
pub(crate) const SOURCE: &str = "keelson";
/// Who tells that a deployment of CodeDeploy changed.
const CODEDEPLOY: &str = "aws.codedeploy";
/// How many bytes of an event go over the bus. EventBridge takes 256 KiB with everything around it; what is larger is
/// named, and read from the store.
pub(crate) const MOST_BYTES: usize = 224 * 1024;

/// What the bus told.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Something happened in Keelson.
    Event(Box<Event>),
    /// Something happened in Keelson that is too large for the bus.
    Reference(EventId),
    /// A deployment of CodeDeploy changed.
    Deployment(Deployment),
}

/// What CodeDeploy tells of a deployment that changed. Where it stands is asked, not believed: such messages come late
/// and out of order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    /// The application.
    pub(crate) application: String,
    /// Its deployment group.
    pub(crate) deployment_group: String,
}

/// Why a message is no notice.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It is not in an envelope, or what is in it is not what the envelope says.
    #[error("it is not what the bus hands over: {0}")]
    Json(#[from] serde_json::Error),
    /// Nothing here listens to that.
    #[error("nothing here listens to `{0}`")]
    Source(String),
}

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    source: std::borrow::Cow<'a, str>,
    #[serde(rename = "detail-type")]
    detail_type: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    detail: std::borrow::Cow<'a, RawValue>,
}

/// An event that is only named.
#[derive(Serialize, Deserialize)]
struct Reference {
    reference: EventId,
}

/// What identifies an event, whatever else there is in it: also of a later version.
#[derive(Deserialize)]
#[serde(untagged)]
enum Identified {
    Event { id: EventId },
    Reference(Reference),
}

impl Notice {
    /// Reads the body of a message.
    pub(crate) fn read(body: &str) -> Result<Self, Unreadable> {
        let envelope: Envelope<'_> = serde_json::from_str(body)?;
        let detail = envelope.detail.get();
        match &*envelope.source {
            SOURCE => match serde_json::from_str::<Reference>(detail) {
                Ok(named) => Ok(Self::Reference(named.reference)),
                Err(_) => Ok(Self::Event(serde_json::from_str(detail)?)),
            },
            CODEDEPLOY => Ok(Self::Deployment(serde_json::from_str(detail)?)),
            other => Err(Unreadable::Source(other.to_owned())),
        }
    }

    /// The event, read from the store if it was only named; none if this is not about one of Keelson's.
    pub(crate) async fn event(self, store: &Store) -> Result<Option<Event>, StoreError> {
        match self {
            Self::Event(event) => Ok(Some(*event)),
            Self::Reference(id) => store.event(&id).await,
            Self::Deployment(_) => Ok(None),
        }
    }
}

/// The event that a message is about, if it is about one of Keelson's: also of one that cannot be read further.
pub(crate) fn event_id(body: &str) -> Option<EventId> {
    let envelope: Envelope<'_> = serde_json::from_str(body).ok()?;
    if envelope.source != SOURCE {
        return None;
    }
    match serde_json::from_str(envelope.detail.get()).ok()? {
        Identified::Event { id } | Identified::Reference(Reference { reference: id }) => Some(id),
    }
}

/// What goes into an envelope for an event: the word for its kind, and the event, or its name if it is too large.
pub(crate) fn detail(event: &Event) -> serde_json::Result<(String, Box<RawValue>)> {
    let whole = to_raw_value(event)?;
    let detail = if whole.get().len() <= MOST_BYTES {
        whole
    } else {
        to_raw_value(&Reference { reference: event.id })?
    };
    Ok((word(event.body.kind())?, detail))
}

/// The word for a kind of events, by which the bus sorts them.
pub(crate) fn word(kind: EventKind) -> serde_json::Result<String> {
    Ok(serde_json::to_value(kind)?.as_str().unwrap_or_default().to_owned())
}

/// A whole envelope, for a message that does not come from the bus.
pub(crate) fn sealed(event: &Event) -> serde_json::Result<String> {
    let (detail_type, detail) = detail(event)?;
    let detail = std::borrow::Cow::Owned(detail);
    serde_json::to_string(&Envelope { source: SOURCE.into(), detail_type: detail_type.into(), detail })
}
