//! Components.
use leptos::prelude::*;
/// Components.
#[component]
pub(crate) fn ComponentsPage() -> impl IntoView {
    view! { <h1>"Components"</h1> }
}
