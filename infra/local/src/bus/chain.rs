//! The chain over the audit log, on one machine: reads the stream now and then and has chained what is new.

use std::time::Duration;

use domain::audit::{Batch, MOST_LINKS};
use tokio_util::sync::CancellationToken;

use super::EventStream;

/// How long events are gathered before they are chained together: two rows are written each time.
const GATHER: Duration = Duration::from_secs(2);
/// How long to wait when that fails. A chain that somebody broke stays broken, and must not fill the log.
const PAUSE: Duration = Duration::from_secs(30);

/// Chains what happens until told to stop, and then what is left.
pub(super) async fn run(app: panel::App, stream: EventStream, stop: CancellationToken) {
    let mut position = None;
    loop {
        let is_last = stop.is_cancelled();
        let wait = match chain(&app, &stream, &mut position).await {
            Ok(MOST_LINKS..) => continue,
            Ok(_) => GATHER,
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "what happened cannot be chained");
                PAUSE
            }
        };
        if is_last {
            return;
        }
        stop.run_until_cancelled(tokio::time::sleep(wait)).await;
    }
}

/// Chains what is new, and answers how many records were read. `position` is how far that is; read from the chain when
/// it is not known.
async fn chain(
    app: &panel::App,
    stream: &EventStream,
    position: &mut Option<String>,
) -> anyhow::Result<usize> {
    if position.is_none() {
        *position = panel::chain::position(&app.core).await?;
    }
    let records = stream.links(position.clone(), MOST_LINKS).await?;
    let Some((last, _)) = records.last() else { return Ok(0) };
    let (read, last) = (records.len(), last.clone());
    let links = records.into_iter().filter_map(|(_, link)| link).collect();
    panel::chain::chain(&app.core, Batch { links, position: Some(last.clone()) }).await?;
    *position = Some(last);
    Ok(read)
}
