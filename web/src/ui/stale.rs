//! Says quietly that what is shown may be old.

use leptos::prelude::*;

use crate::format;
use crate::live::News;
use crate::reactive::{dynamic, memo};
use crate::state::state;
use crate::ui::icon::{Glyph, Icon};

/// A bar that appears while the newest try to ask again has failed.
#[component]
pub(crate) fn Stale(
    /// How fresh what is shown is.
    news: News,
) -> impl IntoView {
    let now = state().now;
    let told = memo(move || {
        let (problem, since) = (news.problem.get()?, news.fresh_at.get()?);
        Some(format!("Stale since {}: {}", format::relative(now.get(), since), problem.detail))
    });
    let bar = move || match told.get() {
        Some(told) => view! { <p class="stale"><Glyph icon=Icon::Clock />{told}</p> }.into_any(),
        None => ().into_any(),
    };
    view! { <div class="stale-place" role="status">{dynamic(bar)}</div> }
}
