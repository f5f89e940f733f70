//! An answer on its way from a release to a client.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::lanes::Visit;

/// What the proxy answers with: its own words, or a release's.
pub(super) type ProxyBody = Either<Full<Bytes>, ForwardedBody>;

/// Why an answer ended before its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the release broke off: {0}")]
    BrokeOff(#[from] hyper::Error),
    #[error("the time for draining is over")]
    CutOff,
}

/// A release's answer, streamed as it comes. The request stays counted on the release until the last byte.
pub(super) struct ForwardedBody {
    inner: Incoming,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    is_event_stream: bool,
    visit: Visit,
}

impl ForwardedBody {
    pub(super) fn new(inner: Incoming, headers: &HeaderMap, visit: Visit) -> Self {
        let content_type = headers.get(header::CONTENT_TYPE).map_or(&[] as &[u8], |value| value.as_bytes());
        let is_event_stream = content_type.starts_with(b"text/event-stream");
        let cut = Box::pin(visit.upstream.cut().clone().cancelled_owned());
        Self { inner, cut, is_event_stream, visit }
    }

    /// An event stream has no end of its own, so it may end anywhere; anything else must not look whole.
    fn cut_off(&self) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Poll::Ready(if self.is_event_stream { None } else { Some(Err(BodyError::CutOff)) })
    }
}

impl Body for ForwardedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.visit.upstream.cut().is_cancelled() {
            return self.cut_off();
        }
        match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Ready(Some(Err(error))) => {
                self.visit.upstream.recorder().broke_off();
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(frame) => Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from))),
            Poll::Pending => match self.cut.as_mut().poll(context) {
                Poll::Ready(()) => self.cut_off(),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
