//! Holding an environment, and letting it go on.

use api::promotion::SetHold as SetHoldRequest;
use api::routes;
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::client::Call;
use crate::reactive::derived;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form};
use crate::ui::time::Time;
use crate::wire::Hold;

/// Asks why to hold.
#[component]
pub(crate) fn SetHold(service: ServiceName, environment: EnvironmentName) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let reason = RwSignal::new(String::new());
    let refused = derived(move || {
        reason
            .with(|reason| reason.trim().is_empty())
            .then(|| "Say why, for whoever wonders later.".to_owned())
    });
    let title = format!("Hold {service} in {environment}");
    let done = format!("{environment} is held.");
    let explanation = format!(
        "Nothing starts in {environment} by itself until somebody resumes it. What runs keeps running, and rolling \
         back is still possible."
    );
    let hold = move || {
        let (service, environment, done) = (service.clone(), environment.clone(), done.clone());
        let request = SetHoldRequest { reason: reason.get_untracked().trim().to_owned() };
        let call = Call::of(routes::SET_HOLD, &[service.as_str(), environment.as_str()], &request);
        submission.run(call, move |()| {
            close_open();
            state.toasts.done(done);
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None)>
            <p>{explanation}</p>
            <Form on_submit=hold>
                <Field label="Why" value=reason required=true placeholder="Looking into slow checkouts" />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Primary refused busy=submission.busy>"Hold"</Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}

/// Asks whether to resume.
#[component]
pub(crate) fn Resume(service: ServiceName, environment: EnvironmentName, hold: Hold) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let title = format!("Resume {service} in {environment}");
    let done = format!("{environment} goes on.");
    let resume = move || {
        let (service, environment, done) = (service.clone(), environment.clone(), done.clone());
        let call = Call::of(routes::LIFT_HOLD, &[service.as_str(), environment.as_str()], &());
        submission.run(call, move |()| {
            close_open();
            state.toasts.done(done);
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None)>
            <p>"Held by " {hold.by.label()} " " <Time at=hold.since /> ": " {hold.reason}</p>
            <p>"What waits may start as soon as its gates are open."</p>
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Keep the hold"</Button>
                <Button kind=Kind::Primary busy=submission.busy on_press=resume>"Resume"</Button>
            </DialogActions>
        </Dialog>
    }
}
