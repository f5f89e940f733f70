//! Says quietly that what is shown may be old.

use leptos::prelude::*;

use crate::format;
use crate::live::{Live, Value};
use crate::state::state;
use crate::ui::icon::{Glyph, Icon};

/// A bar that appears while the newest try to ask again has failed.
#[component]
pub(crate) fn Stale<T: Value>(
    /// What is shown.
    live: Live<T>,
) -> impl IntoView {
    let now = state().now;
    let text = Memo::new(move |_| {
        let problem = live.problem.get()?;
        let since = live.fresh_at.get()?;
        Some(format!("Stale since {}: {}", format::relative(now.get(), since), problem.detail))
    });
    view! {
        <div class="stale-place" role="status">
            {move || text.get().map(|text| view! { <p class="stale"><Glyph icon=Icon::Clock />{text}</p> })}
        </div>
    }
}
