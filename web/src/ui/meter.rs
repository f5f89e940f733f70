//! A share as a bar.

use leptos::prelude::*;

use crate::words::Tone;

/// A share as a bar, with the number for those who cannot see it.
#[component]
pub(crate) fn Meter(
    /// What it is the share of.
    #[prop(into)]
    label: Signal<String>,
    /// The share in percent.
    #[prop(into)]
    percent: Signal<f64>,
    /// What its color stands for.
    #[prop(optional, into)]
    tone: Signal<Tone>,
) -> impl IntoView {
    view! {
        <svg
            class=move || format!("meter {}", tone.get().class())
            viewBox="0 0 100 4"
            preserveAspectRatio="none"
            role="img"
            aria-label=move || format!("{}: {:.0} %", label.get(), percent.get())
        >
            <rect class="meter-all" width="100" height="4" />
            <rect class="meter-part" width=move || format!("{:.1}", percent.get().clamp(0.0, 100.0)) height="4" />
        </svg>
    }
}
