//! What went wrong, in the place where the answer would have been.

use leptos::prelude::*;

use crate::reactive::dynamic;
use crate::ui::button::Button;
use crate::ui::icon::{Glyph, Icon};
use crate::wire::{FieldError, Problem};
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
            {problem.instance.map(|instance| view! { <p class="muted">"Request " <code>{instance}</code></p> }.into_any())}
            <Button on_press=on_retry>"Try again"</Button>
        </div>
    }
}

fn told(problem: Problem) -> AnyView {
    let error =
        |error: FieldError| view! { <li><code>{error.pointer}</code>" "{error.detail}</li> }.into_any();
    let errors: Vec<AnyView> = problem.errors.into_iter().map(error).collect();
    let errors = (!errors.is_empty()).then(|| view! { <ul>{errors}</ul> }.into_any());
    view! {
        <p class="tone-bad"><Glyph icon=Icon::Warning /><span>{sentence(&problem.detail)}</span></p>
        {errors}
    }
    .into_any()
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
            {dynamic(move || problem.get().map_or_else(|| ().into_any(), told))}
        </div>
    }
}
