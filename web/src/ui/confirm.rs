//! A question with one consequence, asked before something is taken away.

use leptos::prelude::*;

use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;

/// Asks whether to do something that cannot be undone.
#[component]
pub(crate) fn Confirm(
    /// The question.
    #[prop(into)]
    title: String,
    /// What will be so afterwards.
    #[prop(into)]
    consequence: String,
    /// What the button says.
    verb: &'static str,
    /// How far doing it is.
    submission: Submission,
    /// Does it.
    #[prop(into)]
    on_confirm: Callback<()>,
    /// Called when the question is closed.
    #[prop(into)]
    on_close: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog title on_close>
            <p>{consequence}</p>
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Not now"</Button>
                <Button kind=Kind::Danger busy=submission.busy on_press=on_confirm>{verb}</Button>
            </DialogActions>
        </Dialog>
    }
}
