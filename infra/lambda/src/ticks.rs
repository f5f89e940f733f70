//! What happens by the clock. Lambda's clock rings once a minute.

/// How often is looked again at once, because what was done has made more due.
const MOST_ROUNDS: usize = 10;

/// Looks at what is due until nothing is, and answers how much that was.
///
/// # Errors
/// When the store does not answer; what was done until then is done.
pub(crate) async fn ticks(tick: impl AsyncFn() -> anyhow::Result<usize>) -> anyhow::Result<usize> {
    let mut done = 0;
    for _ in 0..MOST_ROUNDS {
        match tick().await? {
            0 => break,
            some => done += some,
        }
    }
    Ok(done)
}
