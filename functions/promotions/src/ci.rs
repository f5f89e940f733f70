//! How long commits take from push to artifact, beside what the manifest allows.

use api::ci::{CiRunView, CiView};
use domain::Period;
use domain::ci_path::{FORMULA, summarize};
use domain::service::Service;
use edge::ApiError;

use crate::App;
use crate::dora::Asked;

/// How long CI may take where the manifest says nothing: people turn to something else after that.
const USUAL_BUDGET: Period = Period::seconds(5 * 60);
/// How many runs are read at most, the newest.
const MOST: usize = 300;

/// The runs of a window, added up, and the newest in full.
pub(crate) async fn view(app: &App, service: &Service, asked: &Asked) -> Result<CiView, ApiError> {
    let runs = app.core.store.ci_runs_since(service.name(), asked.window.from, MOST).await?;
    let declared = service.manifest.ci.critical_path;
    let budget = declared.unwrap_or(USUAL_BUDGET);
    let budget = u64::try_from(budget.as_millis() / 1_000).unwrap_or(0);
    let summary = summarize(&runs.items, budget);
    Ok(CiView {
        service: service.name().clone(),
        days: asked.days,
        window: asked.window,
        budget,
        budget_is_default: declared.is_none(),
        truncated: runs.truncated,
        summary,
        last: runs.items.into_iter().next().map(CiRunView::from),
        formula: FORMULA.to_owned(),
    })
}
