//! The scaffold of a page: where one is, its name, the one fact that matters, the actions.

use leptos::prelude::*;

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
    #[prop(optional, into)]
    fact: ViewFn,
    /// What can be done.
    #[prop(optional, into)]
    actions: ViewFn,
) -> impl IntoView {
    Effect::new(move || document().set_title(&format!("{} · Keelson", title.get())));
    view! {
        <header class="page-head">
            <Show when=move || trail.with(|trail| !trail.is_empty())>
                <nav class="trail" aria-label="Breadcrumb">
                    <ol>
                        {move || {
                            trail
                                .get()
                                .into_iter()
                                .map(|(href, text)| view! { <li><a href=href>{text}</a></li> })
                                .collect_view()
                        }}
                    </ol>
                </nav>
            </Show>
            <div class="page-title">
                // Focusable by script: after navigation the focus starts here, so that the page is announced.
                <h1 tabindex="-1">{move || title.get()}</h1>
                {fact.run()}
                <div class="page-actions">{actions.run()}</div>
            </div>
        </header>
    }
}
