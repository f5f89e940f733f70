//! Bytes coming in.

use std::time::Duration;
use std::{fs, io};

use bytes::Bytes;
use domain::Digest;
use futures_util::{Stream, StreamExt};
use tokio::fs::OpenOptions;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::LocalArtifacts;
use crate::files;

/// A client that sends nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(60);

/// Why bytes were not, or not all, taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// Nobody announced this digest, or its bytes are complete already.
    #[error("No upload of this digest is expected: announce it first")]
    NotAnnounced,
    /// Another upload of the same digest is running.
    #[error("Another upload of this digest is running")]
    Busy,
    /// The bytes would leave a gap.
    #[error("The upload must continue after the {received} bytes that are here")]
    Gap {
        /// Bytes that are here.
        received: u64,
    },
    /// More bytes than were announced.
    #[error("These are more than the {announced} bytes announced")]
    TooLong {
        /// Bytes announced.
        announced: u64,
    },
    /// The client broke off; what arrived is kept.
    #[error("The upload broke off after {received} bytes; continue from there")]
    BrokenOff {
        /// Bytes that are here.
        received: u64,
    },
    /// The folder cannot be written.
    #[error("The artifact store cannot be written: {0}")]
    Unavailable(#[from] io::Error),
}

impl LocalArtifacts {
    /// Appends bytes to an announced upload, beginning at `offset`, and tells how many are here then.
    ///
    /// Whatever arrives is kept and durable even if the stream breaks off, so that the next try can continue.
    ///
    /// # Errors
    /// See [`ReceiveError`].
    pub async fn receive<S, E>(&self, digest: &Digest, offset: u64, bytes: S) -> Result<u64, ReceiveError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let _claim = self.claim(digest).ok_or(ReceiveError::Busy)?;
        let (this, wanted) = (self.clone(), *digest);
        let part = files::blocking(move || match this.part(&wanted) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => found.and_then(|part| part.map(|(path, size)| with_length(path, size)).transpose()),
        });
        let (path, announced, received) = part.await?.ok_or(ReceiveError::NotAnnounced)?;
        if offset > received {
            return Err(ReceiveError::Gap { received });
        }
        let mut file = OpenOptions::new().write(true).open(path).await?;
        // The client says where it continues: what it sends again replaces what came before.
        file.set_len(offset).await?;
        file.seek(io::SeekFrom::Start(offset)).await?;
        let written = append(&mut file, offset, announced, bytes).await;
        file.flush().await?;
        file.sync_all().await?;
        written
    }
}

fn with_length(path: std::path::PathBuf, announced: u64) -> io::Result<(std::path::PathBuf, u64, u64)> {
    let received = fs::metadata(&path)?.len();
    Ok((path, announced, received))
}

async fn append<S, E>(
    file: &mut tokio::fs::File,
    offset: u64,
    announced: u64,
    mut bytes: S,
) -> Result<u64, ReceiveError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let mut received = offset;
    loop {
        match tokio::time::timeout(SILENCE, bytes.next()).await {
            Ok(None) => return Ok(received),
            Ok(Some(Ok(chunk))) => {
                let length = chunk.len() as u64;
                if length > announced - received {
                    return Err(ReceiveError::TooLong { announced });
                }
                file.write_all(&chunk).await?;
                received += length;
            }
            Ok(Some(Err(_))) | Err(_) => return Err(ReceiveError::BrokenOff { received }),
        }
    }
}
