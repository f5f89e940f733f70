//! A place with nothing in it yet, which teaches the next step.

use leptos::prelude::*;

use crate::ui::copy::CopyLine;

/// Says that there is nothing yet, why, and what to do.
#[component]
pub(crate) fn Empty(
    /// What there is none of.
    #[prop(into)]
    title: String,
    /// Why, and what would change that.
    #[prop(into)]
    text: String,
    /// A command to do it with.
    #[prop(optional, into)]
    command: Option<String>,
    /// A button or a link to do it with.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            <p class="muted">{text}</p>
            {command.map(|command| view! { <CopyLine text=command what="the command" /> })}
            {children.map(|children| children())}
        </div>
    }
}
