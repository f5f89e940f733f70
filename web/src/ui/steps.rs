//! The steps of a rollout as a vertical rail.

use leptos::prelude::*;

use crate::ui::icon::Glyph;
use crate::words::Told;

/// A vertical rail; its children are [`RailItem`]s.
#[component]
pub(crate) fn StepRail(
    /// What it is the way of.
    #[prop(into)]
    label: String,
    /// The items.
    children: Children,
) -> impl IntoView {
    view! { <ol class="rail-steps" aria-label=label>{children()}</ol> }
}

/// One item of a [`StepRail`]: a mark on the rail, a title and what there is to say.
#[component]
pub(crate) fn RailItem(
    /// How it is.
    #[prop(into)]
    told: Signal<Told>,
    /// What it is.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it is what goes on now.
    #[prop(optional, into)]
    current: Signal<bool>,
    /// More beside the title.
    #[prop(optional, into)]
    aside: ViewFn,
    /// What there is to say.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <li class=move || format!("rail-step {}", told.get().tone.class()) aria-current=move || current.get().then_some("step")>
            <span class="rail-mark"><Glyph icon=Signal::derive(move || told.get().icon) /></span>
            <div class="rail-body">
                <div class="rail-head">
                    <span class="rail-title">{move || title.get()}</span>
                    <span class="rail-word">{move || told.get().word}</span>
                    <span class="rail-aside">{aside.run()}</span>
                </div>
                {children.map(|children| children())}
            </div>
        </li>
    }
}
