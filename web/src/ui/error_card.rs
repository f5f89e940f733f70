//! What went wrong, in the place where the answer would have been.

use api::Problem;
use leptos::prelude::*;

use crate::ui::button::Button;
use crate::ui::icon::{Glyph, Icon};
use crate::words::sentence;

/// A problem in the place of what could not be shown; the rest of the page stays.
#[component]
pub(crate) fn ErrorCard(
    /// The problem.
    problem: Problem,
    /// What trying again does.
    #[prop(into)]
    on_retry: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="card error-card tone-bad" role="alert">
            <p class="error-title"><Glyph icon=Icon::Warning />{problem.title.clone()}</p>
            <p>{sentence(&problem.detail)}</p>
            {problem.instance.map(|instance| view! { <p class="muted">"Request " <code>{instance}</code></p> })}
            <Button on_press=on_retry>"Try again"</Button>
        </div>
    }
}

/// A problem beside the form or dialog that caused it.
#[component]
pub(crate) fn InlineProblem(
    /// The problem, if there is one.
    #[prop(into)]
    problem: Signal<Option<Problem>>,
) -> impl IntoView {
    view! {
        // Always there, so that screen readers notice what comes into it.
        <div class="inline-problem" role="alert">
            {move || problem.get().map(|problem| {
                let errors = problem.errors.clone();
                view! {
                    <p class="tone-bad"><Glyph icon=Icon::Warning /><span>{sentence(&problem.detail)}</span></p>
                    {(!errors.is_empty()).then(|| view! {
                        <ul>
                            {errors.into_iter().map(|error| view! { <li><code>{error.pointer}</code>" "{error.detail}</li> }).collect_view()}
                        </ul>
                    })}
                }
            })}
        </div>
    }
}
