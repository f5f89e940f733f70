//! How long whoever applies a request stays with it.

use std::time::Duration;

/// How often, and how many times, something that AWS does in its own time is looked at before giving up for now.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two looks.
    pub pause: Duration,
    /// How many looks at one thing.
    pub looks: u32,
}

impl Default for Pace {
    /// Thirty looks, a second apart: a function that has a minute for its event ends in time.
    fn default() -> Self {
        Self { pause: Duration::from_secs(1), looks: 30 }
    }
}

impl Pace {
    /// Waits until the next look.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(self.pause).await;
    }
}
