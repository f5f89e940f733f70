//! Locking an environment for a while, and letting everybody in again.

use api::promotion::SetLock as SetLockRequest;
use api::routes;
use domain::{EnvironmentName, ServiceName};
use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;

use crate::client::Call;
use crate::reactive::derived;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form, Select};
use crate::ui::icon::Icon;
use crate::ui::time::{Countdown, Time};
use crate::wire::LockView;
use crate::words::sentence;

/// How long one can lock for: hours, and what they are called. No hours: until somebody unlocks.
const PERIODS: [(i64, &str); 6] = [
    (1, "1 hour"),
    (4, "4 hours"),
    (12, "12 hours"),
    (24, "1 day"),
    (7 * 24, "1 week"),
    (0, "Until somebody unlocks"),
];

/// When a lock that is set now ends, if it ends by itself.
fn ends(now: Timestamp, hours: &str) -> Option<Timestamp> {
    let hours = hours.parse().ok().filter(|hours| *hours > 0)?;
    now.checked_add(SignedDuration::from_hours(hours)).ok()
}

/// Asks why to lock, and for how long.
#[component]
pub(crate) fn SetLock(service: ServiceName, environment: EnvironmentName) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let reason = RwSignal::new(String::new());
    let hours = RwSignal::new(PERIODS[0].0.to_string());
    let refused = derived(move || {
        reason
            .with(|reason| reason.trim().is_empty())
            .then(|| "Say why, for whoever is kept away.".to_owned())
    });
    let periods: Vec<(String, String)> =
        PERIODS.iter().map(|(hours, name)| (hours.to_string(), (*name).to_owned())).collect();
    let title = format!("Lock {service} in {environment}");
    let done = format!("{environment} is locked.");
    let explanation = format!(
        "Nothing starts in {environment}, neither by itself nor by anybody, until the lock is over or you lift it. \
         What runs keeps running, and rolling back is still possible."
    );
    let lock = move || {
        let (service, environment, done) = (service.clone(), environment.clone(), done.clone());
        let until = ends(state.now.get_untracked(), &hours.get_untracked());
        let request = SetLockRequest { reason: reason.get_untracked().trim().to_owned(), until };
        let call = Call::of(routes::SET_LOCK, &[service.as_str(), environment.as_str()], &request);
        submission.run(call, move |()| {
            close_open();
            state.toasts.done(done);
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None)>
            <p>{explanation}</p>
            <Form on_submit=lock>
                <Field label="Why" value=reason required=true placeholder="Moving the database" />
                <Select
                    label="For how long"
                    value=hours
                    options=Signal::stored(periods)
                    on_choice=move |choice: String| hours.set(choice)
                />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Primary icon=Icon::Lock refused busy=submission.busy>"Lock"</Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}

/// Asks whether to unlock.
#[component]
pub(crate) fn Unlock(service: ServiceName, environment: EnvironmentName, lock: LockView) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let title = format!("Unlock {service} in {environment}");
    let done = format!("{environment} is unlocked.");
    let unlock = move || {
        let (service, environment, done) = (service.clone(), environment.clone(), done.clone());
        let call = Call::of(routes::LIFT_LOCK, &[service.as_str(), environment.as_str()], &());
        submission.run(call, move |()| {
            close_open();
            state.toasts.done(done);
        });
    };
    let until = lock.until.map(|until| {
        view! { <p>"It would end by itself in " <Countdown until over="a moment" /> "."</p> }.into_any()
    });
    view! {
        <Dialog title on_close=move || state.asked.set(None)>
            <p>"Locked by " {lock.owner} " " <Time at=lock.since /> ": " {sentence(&lock.reason)}</p>
            {until}
            <p>"What waits may start as soon as its other gates are open."</p>
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Keep the lock"</Button>
                <Button kind=Kind::Primary busy=submission.busy on_press=unlock>"Unlock"</Button>
            </DialogActions>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_ends_when_it_was_said_to_or_not_by_itself() {
        let hour = Timestamp::from_second(3_600).unwrap();
        assert_eq!(ends(Timestamp::UNIX_EPOCH, "1"), Some(hour));
        assert_eq!(ends(Timestamp::UNIX_EPOCH, "0"), None);
        assert_eq!(ends(Timestamp::UNIX_EPOCH, ""), None);
    }
}
