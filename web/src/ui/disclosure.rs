//! Something that opens below its summary, and is made only then.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::reactive::when;

/// What opens below its summary. Closed at first.
pub(crate) fn disclosure(
    class: &'static str,
    summary: AnyView,
    content: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let is_open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        let details = event.current_target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        is_open.set(details.is_some_and(|details| details.has_attribute("open")));
    };
    view! {
        <details class=class on:toggle=toggled>
            {summary}
            {when(move || is_open.get(), content)}
        </details>
    }
    .into_any()
}
