//! Lines that a program wrote.

use leptos::prelude::*;

/// Lines as they were written, oldest first.
#[component]
pub(crate) fn Log(
    /// What wrote them.
    #[prop(into)]
    label: String,
    /// The lines.
    #[prop(into)]
    lines: Signal<Vec<String>>,
) -> impl IntoView {
    view! {
        // Reachable by keyboard, because it scrolls.
        <pre class="log" tabindex="0" role="region" aria-label=label>
            {move || lines.get().into_iter().map(|line| view! { <span class="log-line">{line}"\n"</span> }).collect_view()}
        </pre>
    }
}
