//! Buttons. One that may not be pressed says why.

use leptos::prelude::*;

use crate::reactive::{maybe, memo, text};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::unique_id;

/// What pressing a button means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// The one thing to do here.
    Primary,
    /// One of several things to do.
    #[default]
    Secondary,
    /// Something by the way.
    Quiet,
    /// Confirms harm.
    Danger,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// A button.
#[component]
pub(crate) fn Button(
    /// What pressing it means.
    #[prop(optional)]
    kind: Kind,
    /// An icon before the text.
    #[prop(optional)]
    icon: Option<Icon>,
    /// Why it may not be pressed now. It stays reachable, so that the reason can be read.
    #[prop(optional, into)]
    refused: Signal<Option<String>>,
    /// Whether what it does is under way.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// A fuller name, where the text alone does not tell what it acts on.
    #[prop(optional, into)]
    label: Option<String>,
    /// What pressing it does. Without it, the button submits the form it is in.
    #[prop(optional, into)]
    on_press: Option<Callback<()>>,
    /// Its text.
    children: Children,
) -> impl IntoView {
    let reason_id = unique_id("reason");
    let described_by = reason_id.clone();
    let is_refused = memo(move || refused.with(Option::is_some));
    let press = move |event: web_sys::MouseEvent| {
        if is_refused.get_untracked() || busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    let kind_of_button = if on_press.is_some() { "button" } else { "submit" };
    view! {
        <span class="button-place">
            <button
                type=kind_of_button
                class=kind.class()
                aria-disabled=maybe(move || is_refused.get().then_some("true"))
                aria-busy=maybe(move || busy.get().then_some("true"))
                aria-describedby=described_by
                aria-label=label
                on:click=press
            >
                {icon.map(|icon| view! { <Glyph icon /> })}
                <span>{children()}</span>
            </button>
            <span class="reason" role="tooltip" id=reason_id>{text(move || refused.get().unwrap_or_default())}</span>
        </span>
    }
}

/// A button that is an icon, with its name for those who cannot see it.
#[component]
pub(crate) fn IconButton(
    /// What it shows.
    icon: Icon,
    /// What it does.
    #[prop(into)]
    label: String,
    /// What pressing it does.
    #[prop(into)]
    on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=label.clone()
            title=label
            on:click=move |_| on_press.run(())
        >
            <Glyph icon />
        </button>
    }
}
