//! A state in one word, with its icon and color.

use leptos::prelude::*;

use crate::ui::icon::Glyph;
use crate::words::Told;

/// A state in one word.
#[component]
pub(crate) fn Badge(
    /// The state.
    #[prop(into)]
    told: Signal<Told>,
) -> impl IntoView {
    view! {
        <span class=move || format!("badge {}", told.get().tone.class())>
            <Glyph icon=Signal::derive(move || told.get().icon) />
            {move || told.get().word}
        </span>
    }
}

/// A state as an icon, with its word for those who cannot see it.
#[component]
pub(crate) fn Mark(
    /// The state.
    #[prop(into)]
    told: Signal<Told>,
) -> impl IntoView {
    view! {
        <span class=move || format!("mark {}", told.get().tone.class()) title=move || told.get().word>
            <Glyph icon=Signal::derive(move || told.get().icon) />
            <span class="sr-only">{move || told.get().word}</span>
        </span>
    }
}
