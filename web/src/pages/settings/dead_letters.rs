//! Events that could not be handled, to be sent again when what was in the way is gone.

use api::overview::DeadLetterView;
use api::routes;
use leptos::prelude::*;

use crate::client::{self, Address};
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::Button;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::time::Time;
use crate::words::sentence;

/// The dead letters.
#[component]
pub(super) fn DeadLetters() -> impl IntoView {
    let live = Live::follow(|| Address::of(routes::LIST_DEAD_LETTERS, &[]), |_| Pace::Still);
    view! {
        <Stale live />
        <section class="card" aria-labelledby="dead-letters">
            <header class="card-head"><h2 id="dead-letters">"Events that could not be handled"</h2></header>
            {loaded(
                live,
                || view! { <Skeleton rows=4 /> }.into_any(),
                |letters| view! { <List letters /> }.into_any(),
            )}
        </section>
    }
}

#[component]
fn List(letters: Signal<Vec<DeadLetterView>>) -> impl IntoView {
    view! {
        <Show
            when=move || letters.with(|letters| !letters.is_empty())
            fallback=|| view! { <Empty title="None" text="Every event that happened was handled." /> }
        >
            <ul class="letters">
                <For
                    each=move || letters.get()
                    key=|letter| (letter.event.id, letter.subscriber.clone(), letter.attempts)
                    let(letter)
                >
                    <Letter letter />
                </For>
            </ul>
        </Show>
    }
}

#[component]
fn Letter(letter: DeadLetterView) -> impl IntoView {
    let toasts = state().toasts;
    let submission = Submission::new();
    let DeadLetterView { event, subscriber, attempts, last_error } = letter;
    let id = event.id;
    let label = format!("Send again: {}", event.title);
    let told = format!("{subscriber} tried {attempts} times: {}", sentence(&last_error));
    let send = move || {
        let subscriber = subscriber.clone();
        submission.run(
            async move { client::call(routes::REDRIVE_DEAD_LETTER, &[&subscriber, &id.to_string()], &()).await },
            move |()| toasts.done("Sent again.".to_owned()),
        );
    };
    view! {
        <li class="letter">
            <div>
                <p><strong>{event.title}</strong> " " <span class="muted"><Time at=event.at /></span></p>
                <p class="muted">{told}</p>
                <InlineProblem problem=submission.problem />
            </div>
            <Button busy=submission.busy label=Signal::stored(label) on_press=send>"Send again"</Button>
        </li>
    }
}
