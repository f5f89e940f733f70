//! What every command has at hand.

use jiff::Timestamp;

use crate::cli::Global;
use crate::client::{Client, DEFAULT_SERVER, Server, TokenFile, find_local, find_token};
use crate::exit::Failure;
use crate::output::Output;
use crate::surroundings::Surroundings;

/// A client, a place to print to, and the time.
pub(crate) struct Context<'a> {
    /// The server, as the caller.
    pub(crate) client: Client,
    /// Where results go.
    pub(crate) output: &'a mut Output,
    /// The clock on the wall.
    pub(crate) now: fn() -> Timestamp,
}

impl<'a> Context<'a> {
    /// Finds the server and the token for it.
    ///
    /// # Errors
    /// When the server's address is none, or a token cannot be read.
    pub(crate) async fn new(
        global: &Global,
        surroundings: &Surroundings,
        output: &'a mut Output,
    ) -> Result<Self, Failure> {
        let named = global.token_file.as_deref().map(TokenFile::read).transpose()?;
        let local = find_local(surroundings.directory());
        let of_file = named.as_ref().and_then(|named| named.url.as_deref());
        let server = server(global, of_file.or(local.as_ref().map(|local| local.url.as_str())))?;
        let found = find_token(&server, named.as_ref(), local.as_ref(), surroundings)?;
        let credential = match found {
            Some(credential) => Some(credential),
            None => Client::job_token(&server, surroundings).await?,
        };
        let client = Client::new(server, credential)?;
        Ok(Self { client, output, now: system_now })
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        (self.now)()
    }
}

/// The server that is meant: the one that was named, then the one that the token's file or this folder belongs to.
///
/// # Errors
/// When the address is none.
pub(crate) fn server(global: &Global, local: Option<&str>) -> Result<Server, Failure> {
    global.server.as_deref().or(local).unwrap_or(DEFAULT_SERVER).parse().map_err(Failure::Usage)
}

/// The time of this machine.
#[expect(clippy::disallowed_methods, reason = "the one place of this program where the clock is read")]
pub(crate) fn system_now() -> Timestamp {
    Timestamp::now()
}
