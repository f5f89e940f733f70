//! Events that could not be handled, to be sent again when what was in the way is gone.

use api::routes;
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, each, either, row};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::Button;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::time::Time;
use crate::wire::DeadLetterView;
use crate::words::sentence;

/// The dead letters.
pub(super) fn dead_letters() -> AnyView {
    let live = Live::follow(|| Address::of(routes::LIST_DEAD_LETTERS, &[]), |_| Pace::Still);
    view! {
        <Stale news=live.news />
        <section class="card" aria-labelledby="dead-letters">
            <header class="card-head"><h2 id="dead-letters">"Events that could not be handled"</h2></header>
            {loaded(live, || view! { <Skeleton rows=4 /> }.into_any(), list)}
        </section>
    }
    .into_any()
}

fn list(letters: Data<Vec<DeadLetterView>>) -> AnyView {
    let rows = move || {
        letters.with(|letters| {
            let one = |letter: &DeadLetterView| {
                let letter = letter.clone();
                let key = format!("{} {} {}", letter.event.id, letter.subscriber, letter.attempts);
                row(key, move || told(letter))
            };
            letters.iter().map(one).collect()
        })
    };
    either(
        move || letters.with(Vec::is_empty),
        || view! { <Empty title="None" text="Every event that happened was handled." /> }.into_any(),
        move || view! { <ul class="letters">{each(rows)}</ul> }.into_any(),
    )
}

fn told(letter: DeadLetterView) -> AnyView {
    let toasts = state().toasts;
    let submission = Submission::new();
    let DeadLetterView { event, subscriber, attempts, last_error } = letter;
    let id = event.id.to_string();
    let label = format!("Send again: {}", event.title);
    let tried = format!("{subscriber} tried {attempts} times: {}", sentence(&last_error));
    let send = move || {
        let call = Call::of(routes::REDRIVE_DEAD_LETTER, &[&subscriber, &id], &());
        submission.run(call, move |()| toasts.done("Sent again.".to_owned()));
    };
    view! {
        <li class="letter">
            <div>
                <p><strong>{event.title}</strong> " " <span class="muted"><Time at=event.at /></span></p>
                <p class="muted">{tried}</p>
                <InlineProblem problem=submission.problem />
            </div>
            <Button busy=submission.busy label on_press=send>"Send again"</Button>
        </li>
    }
    .into_any()
}
