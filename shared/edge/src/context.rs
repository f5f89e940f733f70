//! The request that something happens for: its id and its trace.

use axum::extract::FromRequestParts;
use domain::RequestId;
use domain::event::Event;
use http::request::Parts;

use crate::{ApiError, Ids};

/// The request that something happens for, from the edge to the last effect it causes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestContext {
    /// Its identifier, which is in its response and in every log line it causes. Absent for what Keelson does on its
    /// own.
    pub id: Option<RequestId>,
    /// The W3C `traceparent` under which work for it goes on.
    pub traceparent: Option<String>,
}

impl RequestContext {
    /// For what Keelson does on its own: timers.
    pub const fn internal() -> Self {
        Self { id: None, traceparent: None }
    }

    /// The request that led to an event, for what the event causes in turn.
    pub fn of_event(event: &Event) -> Self {
        Self { id: event.request, traceparent: event.traceparent.clone() }
    }

    /// A request that begins now. It goes on with the caller's trace, if that is well-formed, or begins one.
    pub(crate) fn begin(ids: &Ids, incoming: Option<&str>) -> Self {
        let span = hex::encode(ids.random::<8>());
        let traceparent = match incoming.and_then(trace) {
            Some((trace_id, flags)) => format!("00-{trace_id}-{span}-{flags}"),
            None => format!("00-{}-{span}-00", hex::encode(ids.random::<16>())),
        };
        Self { id: Some(ids.request()), traceparent: Some(traceparent) }
    }
}

/// Trace id and flags of a `traceparent` (W3C Trace Context, level 1; later versions may only add parts).
fn trace(header: &str) -> Option<(&str, &str)> {
    let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let is_id = |part: &str, length| part.len() == length && is_hex(part) && part.bytes().any(|b| b != b'0');
    let mut parts = header.split('-');
    let (version, trace_id, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_known = version.len() == 2 && is_hex(version) && version != "ff";
    let ends_well = version != "00" || parts.next().is_none();
    let is_well_formed = is_id(trace_id, 32) && is_id(parent, 16) && flags.len() == 2 && is_hex(flags);
    (is_known && ends_well && is_well_formed).then_some((trace_id, flags))
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let context = parts.extensions.get::<Self>().cloned();
        context.ok_or_else(|| {
            ApiError::internal(anyhow::anyhow!("`middleware::stack` is not around this router"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_well_formed_trace_is_gone_on_with() {
        assert_eq!(trace(GIVEN), Some(("4bf92f3577b34da6a3ce929d0e0e4736", "01")));
        assert!(trace(&GIVEN.replacen("00", "cc", 1)).is_some(), "a later version");
        assert!(trace(&format!("{}-more", GIVEN.replacen("00", "cc", 1))).is_some(), "with a part more");
    }

    #[test]
    fn a_malformed_trace_is_ignored() {
        for bad in [
            "",
            "00",
            &GIVEN.to_uppercase(),
            &GIVEN.replacen("00", "ff", 1),
            &format!("{GIVEN}-more"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace(bad), None, "{bad}");
        }
    }
}
