//! How many webhooks are taken in at once: what is beyond is answered at once, and never dropped.
//!
//! A git host that is told to come again can, or shows the delivery as failed and is asked for it later. One that hears
//! nothing until it gives up counts that against Keelson, and one that is told "taken" never sends it again.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many webhooks are read, or wait for a place at work: so few that the last of them is still answered in the time
/// that hosts wait, of which Gitea's is the shortest with five seconds.
const MOST_INSIDE: usize = 256;
/// How many large ones of these, so that their bodies never fill the memory, and never keep small ones out.
const MOST_LARGE: usize = 8;
/// How many are checked and written at the same time. More do not go faster: the store writes one after the other, and
/// those that write the same row keep each other from it.
const MOST_AT_WORK: usize = 16;
/// From how many bytes on a body is large.
const LARGE: u64 = 1024 * 1024;

/// Places for webhooks. Clones share them.
#[derive(Debug, Clone)]
pub struct Room {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    work: Arc<Semaphore>,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Room,
    _inside: OwnedSemaphorePermit,
}

/// A place at work, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct AtWork {
    _inside: OwnedSemaphorePermit,
    _work: OwnedSemaphorePermit,
}

impl Default for Room {
    fn default() -> Self {
        Self::of(MOST_INSIDE, MOST_LARGE, MOST_AT_WORK)
    }
}

impl Room {
    /// A room for so many small and large webhooks, and so many at work.
    pub(crate) fn of(small: usize, large: usize, work: usize) -> Self {
        let places = |n_places| Arc::new(Semaphore::new(n_places));
        Self { small: places(small), large: places(large), work: places(work) }
    }

    /// A place for a body of that size; one whose size is not told counts as large. `None` if there is none left.
    pub(crate) fn enter(&self, size: Option<u64>) -> Option<Place> {
        let is_small = size.is_some_and(|size| size < LARGE);
        let places = if is_small { &self.small } else { &self.large };
        let inside = places.clone().try_acquire_owned().ok()?;
        Some(Place { room: self.clone(), _inside: inside })
    }
}

impl Place {
    /// Waits for a place at work, behind those who asked before. The wait is short, as those inside are few.
    pub(crate) async fn work(self) -> Option<AtWork> {
        let work = self.room.work.acquire_owned().await.ok()?;
        Some(AtWork { _inside: self._inside, _work: work })
    }
}
