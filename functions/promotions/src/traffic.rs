//! The traffic of an environment over time, with the deploys and rollbacks in it.

use api::service::{Mark, Traffic, TrafficPointView};
use domain::Period;
use domain::promotion::{Outcome, Promotion, State};
use domain::service::Service;
use edge::ApiError;
use jiff::Timestamp;
use store::PageRequest;

use crate::http::services::TrafficQuery;
use crate::{App, Error, facts};

/// A day, which is as far back as one machine keeps measurements.
const MOST_MINUTES: u32 = 24 * 60;
const MOST_POINTS: usize = 500;

/// The requests of the last minutes, in equal spans.
pub(crate) async fn traffic(app: &App, service: &Service, asked: TrafficQuery) -> Result<Traffic, ApiError> {
    let environment = &facts::environment(service, &asked.environment)?.name;
    let minutes = asked.minutes.unwrap_or(60).clamp(1, MOST_MINUTES);
    let points = asked.points.unwrap_or(60).clamp(1, MOST_POINTS);
    let span = Period::seconds(minutes * 60);
    let since = app.core.now().checked_sub(span.duration()).unwrap_or(Timestamp::UNIX_EPOCH);
    let measured =
        app.signals.traffic(service.name(), environment, since, points).await.map_err(Error::from)?;
    let newest = PageRequest::first(store::LONGEST_PAGE);
    let promotions = app.core.store.promotions_of_environment(service.name(), environment, &newest).await?;
    let marks =
        promotions.items.iter().filter_map(|found| mark(&found.value)).filter(|mark| mark.at >= since);
    let seconds = u64::try_from(span.as_millis()).unwrap_or(0) / 1_000 / u64::try_from(points).unwrap_or(1);
    Ok(Traffic {
        seconds: seconds.max(1),
        points: measured
            .into_iter()
            .map(|ports::TrafficPoint { at, measured, saturation }| TrafficPointView {
                at,
                measured,
                saturation,
            })
            .collect(),
        marks: marks.collect(),
    })
}

fn mark(promotion: &Promotion) -> Option<Mark> {
    let State::Finished { outcome, at, .. } = promotion.state else { return None };
    let what = promotion.release.artifact.short();
    let (kind, label) = match outcome {
        Outcome::Done if promotion.kind.is_rollback() => ("rollback", format!("back to {what}")),
        Outcome::Done => ("deploy", what),
        Outcome::RolledBack => ("rollback", format!("{what} rolled back")),
        Outcome::Failed => ("failed", format!("{what} did not start")),
        Outcome::Cancelled | Outcome::Superseded => return None,
    };
    Some(Mark { at, kind: kind.to_owned(), label })
}
