//! Stopping a train, and taking back what it promoted: says what goes back, in which order.

use api::routes;
use api::train::{CarPhase, RollBackTrain};
use leptos::prelude::*;

use crate::client::Call;
use crate::paths;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form};
use crate::ui::icon::Icon;
use crate::ui::note::{items, paragraph};
use crate::wire::{Car, Train};

/// What becomes of each service when a train goes back: the last that was promoted goes first.
fn consequences(train: &Train) -> (Vec<String>, Vec<String>) {
    let (mut back, mut never) = (Vec::new(), Vec::new());
    for car in train.cars.iter().rev() {
        let (service, what) = (&car.service, car.release.artifact.short());
        match car.phase {
            CarPhase::Promoted | CarPhase::Stays => back.push(match &car.replaces {
                Some(old) => format!("{service} goes back from {what} to {}", old.artifact.short()),
                None => format!("{service}: {what} is taken out, nothing ran before"),
            }),
            CarPhase::Rolling => {
                back.push(format!("{service}: the rollout of {what} is stopped and goes back"))
            }
            CarPhase::Waiting => never.push(format!("{service} never starts")),
            CarPhase::Ended | CarPhase::GoingBack | CarPhase::Back => {}
        }
    }
    // Those that never start are told in the order in which they would have.
    never.reverse();
    (back, never)
}

fn told(train: &Train) -> AnyView {
    let (back, never) = consequences(train);
    let back = (!back.is_empty()).then(|| {
        view! {
            <div class="consequence">
                <p>"What goes back, in this order:"</p>
                <ol aria-label="What goes back">{items(back)}</ol>
            </div>
            <p>{format!("Afterwards each of them is held in {}, until somebody resumes it.", train.environment)}</p>
        }
        .into_any()
    });
    let never = (!never.is_empty()).then(|| {
        view! { <ul class="consequence" aria-label="What never starts">{items(never)}</ul> }.into_any()
    });
    let nothing = (back.is_none()).then(|| paragraph("", "Nothing that runs changes.".to_owned()));
    view! { {back}{never}{nothing} }.into_any()
}

/// Asks whether to stop it.
#[component]
pub(crate) fn Cancel(train: Train) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let title = format!("Cancel {}", train.title());
    let told = told(&train);
    let cancel = move || {
        let call = Call::of(routes::CANCEL_TRAIN, &[&train.id.to_string()], &());
        submission.run(call, move |train: Train| {
            close_open();
            state.toasts.done(format!("Cancelled {}.", train.title()));
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None)>
            {told}
            <InlineProblem problem=submission.problem />
            <DialogActions>
                <Button on_press=close_open>"Keep it"</Button>
                <Button kind=Kind::Danger busy=submission.busy on_press=cancel>"Cancel the train"</Button>
            </DialogActions>
        </Dialog>
    }
}

/// Asks whether to take everything back.
#[component]
pub(crate) fn RollBack(train: Train) -> impl IntoView {
    let state = state();
    let submission = Submission::new();
    let reason = RwSignal::new(String::new());
    let title = format!("Roll back {}", train.title());
    let told = told(&train);
    let is_promoted =
        |car: &&Car| matches!(car.phase, CarPhase::Promoted | CarPhase::Stays | CarPhase::Rolling);
    let count = train.cars.iter().filter(is_promoted).count();
    let verb =
        if count == 1 { "Roll 1 service back".to_owned() } else { format!("Roll {count} services back") };
    let roll_back = move || {
        let reason = reason.get_untracked().trim().to_owned();
        let request = RollBackTrain { reason: (!reason.is_empty()).then_some(reason) };
        let call = Call::of(routes::ROLL_BACK_TRAIN, &[&train.id.to_string()], &request);
        submission.run(call, move |train: Train| {
            close_open();
            let text = format!("{} goes back.", train.title());
            state.toasts.done_with(text, paths::train(&train.id), "Watch it");
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None)>
            <p>"It starts at once: no gate and no running rollout stands in its way."</p>
            {told}
            <Form on_submit=roll_back>
                <Field
                    label="Why"
                    value=reason
                    hint="It goes back without waiting for this; you can tell it later."
                />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Danger icon=Icon::RollBack busy=submission.busy>{verb}</Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Action, Release};

    fn car(service: &str, phase: CarPhase) -> Car {
        let release = |byte| Release {
            artifact: domain::Digest::from_bytes([byte; 32]),
            commit: format!("{byte:040x}").parse().unwrap(),
        };
        Car {
            service: service.parse().unwrap(),
            release: release(2),
            replaces: Some(release(1)),
            phase,
            promotion: None,
            rollback: None,
            waits_for: Vec::new(),
            reason: None,
        }
    }

    #[test]
    fn what_was_promoted_last_goes_back_first() {
        let train = Train {
            id: "trn_0190163d8694739b81d8ed6b0cc6de50".parse().unwrap(),
            name: None,
            environment: "production".parse().unwrap(),
            by: "ada".to_owned(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            phase: api::train::TrainPhase::Going,
            reason: None,
            finished_at: None,
            cars: vec![
                car("api", CarPhase::Promoted),
                car("pay", CarPhase::Rolling),
                car("mail", CarPhase::Waiting),
                car("site", CarPhase::Waiting),
            ],
            cancel: Action { refused: None },
            roll_back: Action { refused: None },
        };
        let (back, never) = consequences(&train);
        assert_eq!(
            back,
            [
                "pay: the rollout of 02020202 is stopped and goes back",
                "api goes back from 02020202 to 01010101"
            ]
        );
        assert_eq!(never, ["mail never starts", "site never starts"]);
    }
}
