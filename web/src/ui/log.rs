//! Lines that a program wrote.

use leptos::prelude::*;

/// Lines as they were written, oldest first.
#[component]
pub(crate) fn Log(
    /// What wrote them.
    label: &'static str,
    /// The lines.
    lines: Vec<String>,
) -> impl IntoView {
    let line = |line: String| view! { <span class="log-line">{line}"\n"</span> }.into_any();
    let lines: Vec<AnyView> = lines.into_iter().map(line).collect();
    // Reachable by keyboard, because it scrolls.
    view! { <pre class="log" tabindex="0" role="region" aria-label=label>{lines}</pre> }
}
