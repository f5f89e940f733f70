//! A share as a bar.

use leptos::prelude::*;

use crate::words::Tone;

/// A share as a bar, with the number for those who cannot see it.
#[component]
pub(crate) fn Meter(
    /// What it is the share of.
    label: &'static str,
    /// The share in percent.
    percent: u8,
    /// What its color stands for.
    tone: Tone,
) -> impl IntoView {
    view! {
        <svg
            class=format!("meter {}", tone.class())
            viewBox="0 0 100 4"
            preserveAspectRatio="none"
            role="img"
            aria-label=format!("{label}: {percent} %")
        >
            <rect class="meter-all" width="100" height="4" />
            <rect class="meter-part" width=percent.min(100).to_string() height="4" />
        </svg>
    }
}
