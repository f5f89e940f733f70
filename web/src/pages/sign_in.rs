//! Sign in.
use leptos::prelude::*;
/// Sign in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    view! { <h1>"Sign in"</h1> }
}
