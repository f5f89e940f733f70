//! Data that keeps itself fresh: asked for again and again while anybody looks, shown as it was until it changes.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use api::Problem;
use jiff::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;

use crate::client::{self, Address, Answer};
use crate::clock;
use crate::polling::{self, Pace};
use crate::state::{State, state};
use crate::ui::error_card::ErrorCard;

/// Data that keeps itself fresh.
pub(crate) struct Live<T: Send + Sync + 'static> {
    /// The newest data; absent until the first answer.
    pub(crate) data: RwSignal<Option<T>>,
    /// Why the last try failed, if it did.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// When the data was known to be so.
    pub(crate) fresh_at: RwSignal<Option<Timestamp>>,
    again: Trigger,
}

impl<T: Send + Sync + 'static> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Live<T> {}

/// What a [`Live`] may hold.
pub(crate) trait Value: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static {}

impl<T: DeserializeOwned + Clone + PartialEq + Send + Sync + 'static> Value for T {}

impl<T: Value> Live<T> {
    /// Follows what is at `address`, at the pace its newest value asks for, until the owner is gone.
    ///
    /// When the address changes, what was there before stays shown until the new answer is here.
    pub(crate) fn follow(
        address: impl Fn() -> Address<T> + Send + Sync + 'static,
        pace: fn(&T) -> Pace,
    ) -> Self {
        let live = Self {
            data: RwSignal::new(None),
            problem: RwSignal::new(None),
            fresh_at: RwSignal::new(None),
            again: Trigger::new(),
        };
        let state = state();
        let address = Memo::new(move |_| Same(address()));
        let round = Arc::new(AtomicU64::new(0));
        Effect::new(move |before: Option<Same<T>>| {
            let address = address.get();
            state.changed.track();
            live.again.track();
            let this_round = round.fetch_add(1, Ordering::Relaxed) + 1;
            let ended = Arc::clone(&round);
            on_cleanup(move || {
                ended.fetch_add(1, Ordering::Relaxed);
            });
            let moved = before.is_some_and(|before| before != address);
            if state.visible.get() {
                let still_wanted = {
                    let round = Arc::clone(&round);
                    move || round.load(Ordering::Relaxed) == this_round
                };
                let watch = Watch {
                    live,
                    state,
                    address: address.0.clone(),
                    pace,
                    still_wanted,
                    known: Mutex::default(),
                };
                Arc::new(watch).ask(0, moved);
            }
            address
        });
        live
    }

    /// Asks again now.
    pub(crate) fn refresh(self) {
        self.again.notify();
    }
}

/// An address as a memo compares it.
struct Same<T>(Address<T>);

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// One round of asking, which ends when the page is left, hidden, or asked to start afresh.
struct Watch<T: Send + Sync + 'static, F> {
    live: Live<T>,
    state: State,
    address: Address<T>,
    pace: fn(&T) -> Pace,
    still_wanted: F,
    /// The entity tag of the data shown.
    known: Mutex<Option<String>>,
}

impl<T: Value, F: Fn() -> bool + 'static> Watch<T, F> {
    fn ask(self: Arc<Self>, failures: u32, moved: bool) {
        spawn_local(async move {
            let known = self.known.lock().ok().and_then(|known| known.clone());
            let answer = client::read(&self.address, known.as_deref()).await;
            // The signals are gone with the page: nothing may touch them after this.
            if !(self.still_wanted)() {
                return;
            }
            let failures = self.take(answer, failures, moved);
            let pace = self.live.data.with_untracked(|data| data.as_ref().map_or(Pace::Still, self.pace));
            let wait = polling::wait(pace, failures);
            let next = Arc::clone(&self);
            set_timeout(
                move || {
                    if (next.still_wanted)() {
                        next.ask(failures, moved && failures > 0);
                    }
                },
                wait,
            );
        });
    }

    /// Shows what the answer says; returns how many times asking has failed in a row.
    fn take(&self, answer: Result<Answer<T>, Problem>, failures: u32, moved: bool) -> u32 {
        let Live { data, problem, fresh_at, .. } = self.live;
        match answer {
            Ok(answer) => {
                if let Answer::Fresh(value, etag) = answer {
                    if let Ok(mut known) = self.known.lock() {
                        *known = etag;
                    }
                    if data.with_untracked(|shown| shown.as_ref() != Some(&value)) {
                        data.set(Some(value));
                    }
                }
                fresh_at.set(Some(clock::now()));
                if problem.with_untracked(Option::is_some) {
                    problem.set(None);
                }
                0
            }
            Err(error) => {
                self.state.note(&error);
                // What is shown belongs to another address, so it must not stay beside this error.
                if moved {
                    fresh_at.set(None);
                }
                problem.set(Some(error));
                failures + 1
            }
        }
    }
}

/// Shows `skeleton` until the data is here, then `show` once: it gets a signal that changes with the data.
///
/// When there is no data because asking failed, the error is shown with a way to try again.
pub(crate) fn loaded<T: Value>(
    live: Live<T>,
    skeleton: impl Fn() -> AnyView + Send + 'static,
    show: impl Fn(Signal<T>) -> AnyView + Send + 'static,
) -> impl IntoView {
    let here = Memo::new(move |_| live.data.with(Option::is_some));
    let failed = Memo::new(move |_| live.problem.get());
    move || {
        if here.get() {
            let data = Signal::derive(move || live.data.get().expect("data stays once it is here"));
            return show(data);
        }
        match failed.get() {
            Some(problem) => view! { <ErrorCard problem on_retry=move || live.refresh() /> }.into_any(),
            None => skeleton(),
        }
    }
}
