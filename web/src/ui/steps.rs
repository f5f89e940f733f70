//! The steps of a rollout as a vertical rail.

use leptos::prelude::*;

use crate::ui::icon::Glyph;
use crate::words::Told;

/// A vertical rail; its children are [`RailItem`]s.
#[component]
pub(crate) fn StepRail(
    /// What it is the way of.
    label: &'static str,
    /// The items.
    children: Children,
) -> impl IntoView {
    view! { <ol class="rail-steps" aria-label=label>{children()}</ol> }
}

/// One item of a [`StepRail`]: a mark on the rail, a title and what there is to say.
#[component]
pub(crate) fn RailItem(
    /// How it is.
    told: Told,
    /// What it is.
    #[prop(into)]
    title: String,
    /// Whether it is what goes on now.
    #[prop(optional)]
    current: bool,
    /// More beside the title.
    #[prop(optional)]
    aside: Option<AnyView>,
    /// What there is to say.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <li class=format!("rail-step {}", told.tone.class()) aria-current=current.then_some("step")>
            <span class="rail-mark"><Glyph icon=told.icon /></span>
            <div class="rail-body">
                <div class="rail-head">
                    <span class="rail-title">{title}</span>
                    <span class="rail-word">{told.word}</span>
                    <span class="rail-aside">{aside}</span>
                </div>
                {children.map(|children| children())}
            </div>
        </li>
    }
}
