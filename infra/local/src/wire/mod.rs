//! What HTTP/1.1 asks for beyond what hyper does by itself, so that every client gets its answer.

mod explain;
mod goodbye;
mod unread;

pub(crate) use explain::Explained;
pub(crate) use goodbye::Goodbye;
pub(crate) use unread::finish;
