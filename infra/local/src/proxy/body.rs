//! An answer on its way from a release to a client.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::connection::Connection;
use super::lanes::Visit;

/// What the proxy answers with: its own words, or a release's.
pub(super) type ProxyBody = Either<Full<Bytes>, ForwardedBody>;

type Polled = Poll<Option<Result<Frame<Bytes>, BodyError>>>;

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
    /// Gone once the answer has been read to its end.
    connection: Option<Connection>,
    is_event_stream: bool,
    /// Made only when there is something to wait for, which most answers never do.
    over: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    visit: Visit,
}

impl ForwardedBody {
    /// The body of an answer with these headers. A connection on which nothing more comes goes back at once.
    pub(super) async fn new(
        inner: Incoming,
        headers: &HeaderMap,
        connection: Connection,
        visit: Visit,
    ) -> Self {
        let content_type = headers.get(header::CONTENT_TYPE).map_or(&[] as &[u8], |value| value.as_bytes());
        let is_event_stream = content_type.starts_with(b"text/event-stream");
        let mut body = Self { inner, connection: Some(connection), is_event_stream, over: None, visit };
        if body.inner.is_end_stream() {
            let give_back = |context: &mut Context<'_>| {
                body.give_back(context);
                Poll::Ready(())
            };
            poll_fn(give_back).await;
        }
        body
    }

    fn give_back(&mut self, context: &mut Context<'_>) {
        if let Some(mut connection) = self.connection.take()
            && connection.is_idle(context)
        {
            self.visit.upstream.give_back(connection);
        }
    }

    /// Fires when this answer may go on no longer.
    fn over(&self) -> &CancellationToken {
        if self.is_event_stream { self.visit.upstream.streams_over() } else { self.visit.upstream.cut() }
    }

    /// An event stream has no end of its own, so it may end anywhere; anything else must not look whole.
    fn cut_off(&mut self) -> Polled {
        self.connection = None;
        Poll::Ready(if self.is_event_stream { None } else { Some(Err(BodyError::CutOff)) })
    }

    /// What there is of the answer, reading more of it if need be.
    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let ready @ Poll::Ready(_) = Pin::new(&mut self.inner).poll_frame(context) {
            return ready;
        }
        if let Some(connection) = &mut self.connection {
            connection.drive(context);
        }
        Pin::new(&mut self.inner).poll_frame(context)
    }
}

impl Body for ForwardedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        let this = &mut *self;
        if this.over().is_cancelled() {
            return this.cut_off();
        }
        match this.poll_answer(context) {
            Poll::Ready(Some(Err(error))) => {
                this.connection = None;
                this.visit.upstream.recorder().broke_off();
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(frame) => {
                // Now, since nobody asks again for what comes after the end.
                if frame.is_none() || this.inner.is_end_stream() {
                    this.give_back(context);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(BodyError::from)))
            }
            Poll::Pending => {
                let token = this.over().clone();
                let over = this.over.get_or_insert_with(|| Box::pin(token.cancelled_owned()));
                match over.as_mut().poll(context) {
                    Poll::Ready(()) => this.cut_off(),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
