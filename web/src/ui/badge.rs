//! A state in one word, with its icon and color.

use leptos::prelude::*;

use crate::ui::icon::Glyph;
use crate::words::Told;

/// A state in one word.
#[component]
pub(crate) fn Badge(
    /// The state.
    told: Told,
) -> impl IntoView {
    view! {
        <span class=format!("badge {}", told.tone.class())>
            <Glyph icon=told.icon />
            {told.word}
        </span>
    }
}

/// A state as an icon, with its word for those who cannot see it.
#[component]
pub(crate) fn Mark(
    /// The state.
    told: Told,
) -> impl IntoView {
    view! {
        <span class=format!("mark {}", told.tone.class()) title=told.word>
            <Glyph icon=told.icon />
            <span class="sr-only">{told.word}</span>
        </span>
    }
}
