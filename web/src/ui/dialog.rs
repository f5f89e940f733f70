//! The browser's own modal dialog: it keeps the focus inside, closes by Escape and gives the focus back.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::ui::button::IconButton;
use crate::ui::icon::Icon;
use crate::ui::unique_id;

/// A modal dialog, open for as long as it is rendered.
#[component]
pub(crate) fn Dialog(
    /// What it is about.
    #[prop(into)]
    title: String,
    /// Called when it closes, by whatever means.
    #[prop(into)]
    on_close: Callback<()>,
    /// A class for its size.
    #[prop(optional)]
    class: &'static str,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    let title_id = unique_id("dialog");
    let labelled_by = title_id.clone();
    element.on_load(|dialog| {
        // It can only be shown once it is in the document, which is after this turn.
        request_animation_frame(move || {
            dialog.show_modal().ok();
        });
    });
    let close = move || {
        if let Some(dialog) = element.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog
            class=format!("dialog {class}")
            node_ref=element
            aria-labelledby=labelled_by
            on:close=move |_| on_close.run(())
        >
            <header class="dialog-head">
                <h2 id=title_id>{title}</h2>
                <IconButton icon=Icon::Close label="Close" on_press=close />
            </header>
            {children()}
        </dialog>
    }
}

/// The row of buttons at the end of a dialog.
#[component]
pub(crate) fn DialogActions(
    /// The buttons, the one that goes on last.
    children: Children,
) -> impl IntoView {
    view! { <footer class="dialog-actions">{children()}</footer> }
}

/// Whether a dialog is open.
pub(crate) fn is_open() -> bool {
    open_dialog().is_some()
}

/// Closes the open dialog, which tells its place so and gives the focus back to where it was.
pub(crate) fn close_open() {
    if let Some(dialog) = open_dialog() {
        dialog.close();
    }
}

fn open_dialog() -> Option<web_sys::HtmlDialogElement> {
    document().query_selector("dialog[open]").ok().flatten()?.dyn_into().ok()
}
