//! Rolling back: says what un-ships, and goes at once.

use api::promotion::RollBackRequest;
use api::routes;
use domain::{Digest, EnvironmentName, ServiceName};
use jiff::Timestamp;
use leptos::prelude::*;

use crate::actions::promote::{ships, what_ships};
use crate::client::{Address, Call};
use crate::format;
use crate::live::Live;
use crate::paths;
use crate::polling::Pace;
use crate::reactive::{derived, dynamic, text};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form, Select};
use crate::ui::icon::Icon;
use crate::wire::{ArtifactView, Page, PromotionSummary, Release};

/// Asks where to go back to.
#[component]
pub(crate) fn RollBack(
    service: ServiceName,
    environment: EnvironmentName,
    previous: Option<Release>,
) -> impl IntoView {
    let previous = previous.map(|previous| previous.artifact);
    let chosen = RwSignal::new(previous);
    let reason = RwSignal::new(String::new());
    let artifacts = artifacts(&service);
    let state = state();
    let submission = Submission::new();
    let options = derived(move || {
        artifacts.with(|page| {
            let kept = page.map(|page| page.items.as_slice()).unwrap_or_default();
            options(kept, previous, state.now.get_untracked())
        })
    });
    let refused = derived(move || chosen.get().is_none().then(|| "Choose what to go back to.".to_owned()));
    let title = format!("Roll back {service} in {environment}");
    let explanation = format!(
        "It starts at once: no gate and no running rollout stands in its way. Afterwards {environment} is held, so \
         that nothing is promoted there until somebody resumes it."
    );
    let consequence = {
        let (service, environment) = (service.clone(), environment.clone());
        dynamic(move || match chosen.get() {
            Some(to) => what_ships(ships(&service, &environment, Some(&to))),
            None => ().into_any(),
        })
    };
    let roll_back = move || {
        let (service, environment) = (service.clone(), environment.clone());
        let reason = reason.get_untracked().trim().to_owned();
        let request =
            RollBackRequest { to: chosen.get_untracked(), reason: (!reason.is_empty()).then_some(reason) };
        let call = Call::of(routes::ROLL_BACK, &[service.as_str(), environment.as_str()], &request);
        submission.run(call, move |promotion: PromotionSummary| {
            close_open();
            let (what, place) = (promotion.release.artifact.short(), promotion.environment);
            let text = format!("{place} goes back to {what}.");
            state.toasts.done_with(text, paths::promotion(&promotion.id), "Watch it");
        });
    };
    view! {
        <Dialog title on_close=move || state.asked.set(None) class="dialog-wide">
            <p>{explanation}</p>
            <Form on_submit=roll_back>
                <Select
                    label="Go back to"
                    value=derived(move || chosen.get().map(|chosen| chosen.to_string()).unwrap_or_default())
                    options
                    on_choice=move |digest: String| chosen.set(digest.parse().ok())
                />
                {consequence}
                <Field
                    label="Why"
                    value=reason
                    hint="It goes back without waiting for this; you can tell it later."
                />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Danger icon=Icon::RollBack refused busy=submission.busy>
                        {text(move || match chosen.get() {
                            Some(to) => format!("Roll back to {}", to.short()),
                            None => "Roll back".to_owned(),
                        })}
                    </Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}

fn artifacts(service: &ServiceName) -> Live<Page<ArtifactView>> {
    let address = Address::of(routes::LIST_ARTIFACTS, &[service.as_str()]).with("limit", 100);
    Live::follow(move || address.clone(), |_| Pace::Slow)
}

/// What there is to go back to: what ran before first, then every artifact whose bytes are here.
fn options(kept: &[ArtifactView], previous: Option<Digest>, now: Timestamp) -> Vec<(String, String)> {
    let mut options = Vec::new();
    match previous {
        Some(previous) => {
            options.push((previous.to_string(), format!("{} · what ran before", previous.short())))
        }
        None => options.push((String::new(), "Choose an artifact".to_owned())),
    }
    let others = kept.iter().filter(|kept| kept.registered_at.is_some() && Some(kept.digest) != previous);
    options.extend(others.map(|kept| {
        let (digest, commit) = (kept.digest, kept.commit.short());
        let pushed = format::relative(now, kept.announced_at);
        (digest.to_string(), format!("{} · commit {commit} · pushed {pushed}", digest.short()))
    }));
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(byte: u8, registered: bool) -> ArtifactView {
        ArtifactView {
            digest: Digest::from_bytes([byte; 32]),
            commit: format!("{byte:040x}").parse().unwrap(),
            announced_at: Timestamp::UNIX_EPOCH,
            registered_at: registered.then_some(Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn what_ran_before_comes_first_and_only_once() {
        let kept = [artifact(1, true), artifact(2, true), artifact(3, false)];
        let options = options(&kept, Some(Digest::from_bytes([2; 32])), Timestamp::UNIX_EPOCH);
        let texts: Vec<&str> = options.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["02020202 · what ran before", "01010101 · commit 0000000 · pushed just now"]);
    }

    #[test]
    fn without_something_before_one_has_to_choose() {
        assert_eq!(options(&[artifact(1, true)], None, Timestamp::UNIX_EPOCH)[0].0, "");
    }
}
