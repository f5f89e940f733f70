//! Facts about one thing: a name and a value each.

use leptos::prelude::*;

/// A list of facts.
#[component]
pub(crate) fn Properties(
    /// Each a [`Property`].
    children: Children,
) -> impl IntoView {
    view! { <dl class="properties">{children()}</dl> }
}

/// One fact.
#[component]
pub(crate) fn Property(
    /// Its name.
    name: &'static str,
    /// Its value.
    children: Children,
) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
