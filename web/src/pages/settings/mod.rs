//! Settings.
use leptos::prelude::*;
/// Settings.
#[component]
pub(crate) fn SettingsPage() -> impl IntoView {
    view! { <h1>"Settings"</h1> }
}
