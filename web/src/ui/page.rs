//! The scaffold of a page: where one is, its name, the one fact that matters, the actions.

use leptos::prelude::*;

use crate::reactive::{dynamic, effect, text, when};

/// Names the window after the page.
pub(crate) fn name_window(title: Signal<String>) {
    effect(move || document().set_title(&format!("{} · Keelson", title.get())));
}

/// The head of a page. It names the window too.
#[component]
pub(crate) fn PageHead(
    /// The name of the page.
    #[prop(into)]
    title: Signal<String>,
    /// Where it hangs: links from the outside in, each an address and a text.
    #[prop(optional, into)]
    trail: Signal<Vec<(String, String)>>,
    /// The one fact that matters.
    #[prop(optional)]
    fact: Option<AnyView>,
    /// What can be done.
    #[prop(optional)]
    actions: Option<AnyView>,
) -> impl IntoView {
    name_window(title);
    let links = move || {
        let link = |(href, text): (String, String)| view! { <li><a href=href>{text}</a></li> }.into_any();
        trail.get().into_iter().map(link).collect_view().into_any()
    };
    view! {
        <header class="page-head">
            {when(
                move || trail.with(|trail| !trail.is_empty()),
                move || view! { <nav class="trail" aria-label="Breadcrumb"><ol>{dynamic(links)}</ol></nav> }.into_any(),
            )}
            <div class="page-title">
                // Focusable by script: after navigation the focus starts here, so that the page is announced.
                <h1 tabindex="-1">{text(move || title.get())}</h1>
                {fact}
                <div class="page-actions">{actions}</div>
            </div>
        </header>
    }
}
