//! Requests that are no HTTP are told so the way every other mistake is told.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use api::{Problem, ProblemKind};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How hyper begins its own answer to a head that it cannot read; it has no hook for another.
const REFUSAL: &[u8] = b"HTTP/1.1 4";
/// What its answer has, and none of Keelson's: those to mistakes have a body.
const EMPTY: &[u8] = b"\r\ncontent-length: 0\r\n";

/// A connection on which hyper's empty answers to what is no HTTP become problem details.
///
/// The status becomes 400 whatever it was: an address tells every status it may answer with, and 431 and 414 would be
/// those of all of them.
pub(crate) struct Explained<S> {
    stream: S,
    /// What is written in place of such an answer.
    instead: Option<Instead>,
}

struct Instead {
    bytes: Vec<u8>,
    written: usize,
    /// How many bytes hyper believes to have written then.
    stands_for: usize,
}

impl<S> Explained<S> {
    /// The connection.
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, instead: None }
    }
}

impl<S: AsyncWrite + Unpin> Explained<S> {
    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(instead) = &mut self.instead else { return Poll::Ready(Ok(0)) };
        while instead.written < instead.bytes.len() {
            let rest = &instead.bytes[instead.written..];
            match ready!(Pin::new(&mut self.stream).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => instead.written += written,
            }
        }
        let stands_for = instead.stands_for;
        self.instead = None;
        Poll::Ready(Ok(stands_for))
    }
}

/// What to say in place of an answer, if it is one that needs explaining.
fn explanation(answer: &[u8]) -> Option<Vec<u8>> {
    if !answer.starts_with(REFUSAL) || !answer.ends_with(b"\r\n\r\n") {
        return None;
    }
    answer.windows(EMPTY.len()).find(|window| *window == EMPTY)?;
    let detail = match answer.get(REFUSAL.len()..REFUSAL.len() + 2)? {
        b"00" => {
            "The request is no HTTP: look for control characters in its headers, and for spaces in its path."
        }
        b"14" => "The address is too long.",
        b"31" => "The headers are too many, or too long.",
        _ => return None,
    };
    let body = serde_json::to_vec(&Problem::new(ProblemKind::InvalidRequest, detail)).ok()?;
    let mut bytes = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend(body);
    Some(bytes)
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.instead.is_none()
            && let Some(explanation) = explanation(bytes)
        {
            self.instead = Some(Instead { bytes: explanation, written: 0, stands_for: bytes.len() });
        }
        if self.instead.is_some() {
            return self.poll_instead(context);
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match pieces {
            // An answer without a body is one piece.
            [only] => self.poll_write(context, only),
            _ if self.instead.is_some() => self.poll_instead(context),
            _ => Pin::new(&mut self.stream).poll_write_vectored(context, pieces),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
