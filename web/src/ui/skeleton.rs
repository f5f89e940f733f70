//! What keeps the layout while the first answer is on its way.

use leptos::prelude::*;

/// Rows in the place of what is loading. They appear only after a moment, since most answers are faster.
#[component]
pub(crate) fn Skeleton(
    /// How many rows.
    rows: usize,
    /// A class for their height.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    view! {
        <div class=format!("skeleton {class}") role="status" aria-label="Loading">
            {(0..rows).map(|_| view! { <span class="skeleton-row"></span> }).collect_view()}
        </div>
    }
}
