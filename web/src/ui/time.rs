//! Moments, told from now.

use jiff::Timestamp;
use leptos::prelude::*;

use crate::format;
use crate::state::state;

/// A moment: how long ago it was, with the moment itself on hover and for machines.
#[component]
pub(crate) fn Time(
    /// The moment.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    let now = state().now;
    // A memo, so that the page changes when the text does and not every second.
    let text = Memo::new(move |_| format::relative(now.get(), at.get()));
    view! {
        <time datetime=move || at.get().to_string() title=move || format::absolute(at.get())>
            {move || text.get()}
        </time>
    }
}

/// How much time is left until a moment, counted down by the second.
#[component]
pub(crate) fn Countdown(
    /// The moment.
    #[prop(into)]
    until: Signal<Timestamp>,
    /// What to say when it has come.
    over: &'static str,
) -> impl IntoView {
    let now = state().now;
    let text =
        Memo::new(move |_| format::remaining(now.get(), until.get()).unwrap_or_else(|| over.to_owned()));
    view! {
        <time class="countdown" datetime=move || until.get().to_string() title=move || format::absolute(until.get())>
            {move || text.get()}
        </time>
    }
}
