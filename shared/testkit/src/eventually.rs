//! Waiting for what happens beside the test, without guessing how long that takes.

use std::time::{Duration, Instant};

/// How long anything may take. Reached only when something is broken.
const DEADLINE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(2);

/// Looks again and again until there is something to see, and gives that.
///
/// # Panics
/// After ten seconds, with `what` was waited for.
pub async fn eventually<T, F, Look>(what: &str, mut look: F) -> T
where
    F: FnMut() -> Look,
    Look: Future<Output = Option<T>>,
{
    let start = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(start.elapsed() < DEADLINE, "waited in vain until {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
