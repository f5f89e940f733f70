//! Short messages about what was done, which go away by themselves.

use std::time::Duration;

use leptos::prelude::*;

use crate::reactive::{each, row};
use crate::ui::button::IconButton;
use crate::ui::icon::{Glyph, Icon};
use crate::words::Tone;

/// How long a message stays: long enough to be read twice.
const SHOWN: Duration = Duration::from_secs(8);
/// How many messages are shown at once.
const MOST: usize = 3;

#[derive(Debug, Clone, PartialEq)]
struct Toast {
    id: u32,
    tone: Tone,
    text: String,
    link: Option<(String, &'static str)>,
}

/// The messages shown now.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: RwSignal<u32>,
}

impl Toasts {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self { shown: RwSignal::new(Vec::new()), next: RwSignal::new(0) }
    }

    /// Says that something was done.
    pub(crate) fn done(self, text: String) {
        self.push(Tone::Ok, text, None);
    }

    /// Says that something was done, with a link to where it goes on.
    pub(crate) fn done_with(self, text: String, href: String, link: &'static str) {
        self.push(Tone::Ok, text, Some((href, link)));
    }

    /// Says that something did not work.
    pub(crate) fn problem(self, text: String) {
        self.push(Tone::Bad, text, None);
    }

    fn push(self, tone: Tone, text: String, link: Option<(String, &'static str)>) {
        let id = self.next.get_untracked();
        self.next.set(id + 1);
        self.shown.update(|shown| {
            shown.push(Toast { id, tone, text, link });
            let surplus = shown.len().saturating_sub(MOST);
            shown.drain(..surplus);
        });
        set_timeout(move || self.dismiss(id), SHOWN);
    }

    fn dismiss(self, id: u32) {
        self.shown.update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Where the messages appear. Always there, so that screen readers notice what comes into it.
#[component]
pub(crate) fn ToastRegion(
    /// The messages.
    toasts: Toasts,
) -> impl IntoView {
    let rows = move || {
        toasts.shown.with(|shown| {
            let one = |toast: &Toast| {
                let toast = toast.clone();
                row(toast.id, move || told(toast, toasts))
            };
            shown.iter().map(one).collect()
        })
    };
    view! { <div class="toasts" role="status" aria-live="polite">{each(rows)}</div> }
}

fn told(toast: Toast, toasts: Toasts) -> AnyView {
    let Toast { id, tone, text, link } = toast;
    let link = link.map(|(href, text)| view! { " " <a href=href>{text}</a> }.into_any());
    view! {
        <div class=format!("toast {}", tone.class())>
            <Glyph icon=if tone == Tone::Bad { Icon::Warning } else { Icon::Check } />
            <p>{text}{link}</p>
            <IconButton icon=Icon::Close label="Dismiss" on_press=move || toasts.dismiss(id) />
        </div>
    }
    .into_any()
}
