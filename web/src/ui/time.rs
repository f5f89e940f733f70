//! Moments, told from now.

use jiff::Timestamp;
use leptos::prelude::*;

use crate::format;
use crate::reactive::{memo, text};
use crate::state::state;

/// A moment: how long ago it was, with the moment itself on hover and for machines.
#[component]
pub(crate) fn Time(
    /// The moment.
    at: Timestamp,
) -> impl IntoView {
    let now = state().now;
    // A memo, so that the page changes when the text does and not every second.
    let told = memo(move || format::relative(now.get(), at));
    view! { <time datetime=format::machine(at) title=format::absolute(at)>{text(move || told.get())}</time> }
}

/// How much time is left until a moment, counted down by the second.
#[component]
pub(crate) fn Countdown(
    /// The moment.
    until: Timestamp,
    /// What to say when it has come.
    over: &'static str,
) -> impl IntoView {
    let now = state().now;
    let told = memo(move || format::remaining(now.get(), until).unwrap_or_else(|| over.to_owned()));
    view! {
        <time class="countdown" datetime=format::machine(until) title=format::absolute(until)>
            {text(move || told.get())}
        </time>
    }
}
