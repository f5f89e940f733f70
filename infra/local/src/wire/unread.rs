//! Requests that are answered before all of them has come.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CONNECTION, EXPECT};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;

/// How much of a body that nobody wants is read all the same.
const MOST: u64 = 256 * 1024;
/// How long it is waited for.
const LONGEST: Duration = Duration::from_secs(1);

/// Reads what a handler has left of a request before its answer goes out; where that is too much, the answer tells
/// the client that the connection ends.
///
/// hyper closes a connection on which a body is left, and says so to nobody: the client's next request on it would be
/// lost.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Who waits to be told to send a body does not send it when refused.
    let expects = request.headers().contains_key(EXPECT);
    let (back, mut left) = oneshot::channel();
    let lent = request.map(|body| Body::new(Lent { body, ended: false, back: Some(back) }));
    let mut response = next.run(lent).await;
    if let Ok(rest) = left.try_recv()
        && (expects || !is_read_to_its_end(rest).await)
    {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn is_read_to_its_end(mut rest: Body) -> bool {
    if rest.size_hint().lower() > MOST {
        return false;
    }
    let read = async {
        let mut so_far = 0;
        while let Some(frame) = rest.frame().await {
            let Ok(frame) = frame else { return false };
            so_far += frame.data_ref().map_or(0, |data| data.len() as u64);
            if so_far > MOST {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(LONGEST, read).await.unwrap_or(false)
}

/// A body that comes back if it is dropped before its end.
struct Lent {
    body: Body,
    ended: bool,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // A body that broke off is not to be read again.
        self.ended |= matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take()
            && !self.ended
            && !self.body.is_end_stream()
        {
            // Whoever lent it may be gone.
            let _ = back.send(std::mem::take(&mut self.body));
        }
    }
}
