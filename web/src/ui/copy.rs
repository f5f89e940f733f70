//! Putting text on the clipboard.

use leptos::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::state::state;
use crate::ui::button::IconButton;
use crate::ui::icon::Icon;

/// A small button that copies a text and says so.
#[component]
pub(crate) fn Copy(
    /// What to copy.
    #[prop(into)]
    text: String,
    /// What it is, such as "the digest".
    what: &'static str,
) -> impl IntoView {
    let toasts = state().toasts;
    let copy = move || {
        let text = text.clone();
        leptos::task::spawn_local(async move {
            // Without a secure origin there is no clipboard; the browser then gives no object at all.
            let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
            let is_there = clipboard.is_ok_and(|clipboard| !clipboard.is_undefined());
            let copied =
                is_there && JsFuture::from(window().navigator().clipboard().write_text(&text)).await.is_ok();
            if copied {
                toasts.done(format!("Copied {what}"));
            } else {
                toasts.problem(
                    "The browser does not let the panel copy here. Select the text instead.".to_owned(),
                );
            }
        });
    };
    view! { <IconButton icon=Icon::Copy label=format!("Copy {what}") on_press=copy /> }
}

/// A line of text to copy as it is: a command, an address, a secret.
#[component]
pub(crate) fn CopyLine(
    /// The text.
    #[prop(into)]
    text: String,
    /// What it is, such as "the command".
    what: &'static str,
) -> impl IntoView {
    view! {
        <span class="copy-line">
            <code>{text.clone()}</code>
            <Copy text what />
        </span>
    }
}
