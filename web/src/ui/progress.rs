//! How far something is that takes a while.

use leptos::prelude::*;

use crate::reactive::text;

/// A bar that fills, with the same in words beside it.
pub(crate) fn progress(
    label: &'static str,
    done: impl Fn() -> (u64, u64) + Copy + Send + Sync + 'static,
    told: impl Fn() -> String + Send + 'static,
) -> AnyView {
    view! {
        <p class="progress">
            <progress
                aria-label=label
                max=text(move || done().1.max(1).to_string())
                value=text(move || done().0.to_string())
            ></progress>
            <span class="muted">{text(told)}</span>
        </p>
    }
    .into_any()
}
