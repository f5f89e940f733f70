//! Data that keeps itself fresh: asked for again and again while anybody looks, shown as it was until it changes.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::{Address, Place, Raw, Shared};
use crate::clock;
use crate::polling::{self, Pace};
use crate::reactive::{Data, dynamic, effect, memo};
use crate::state::{State, state};
use crate::ui::error_card::ErrorCard;
use crate::wire::Problem;

/// Data that keeps itself fresh.
pub(crate) struct Live<T> {
    /// How fresh it is, whatever it is.
    pub(crate) news: News,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Live<T> {}

/// The newest data, and how fresh it is.
#[derive(Clone, Copy)]
pub(crate) struct News {
    /// The newest data; absent until the first answer.
    data: RwSignal<Option<Shared>>,
    /// Why the last try failed, if it did.
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// When the data was known to be so.
    pub(crate) fresh_at: RwSignal<Option<Timestamp>>,
    again: Trigger,
}

impl<T: Any + Send + Sync> Live<T> {
    /// Follows what is at `address`, at the pace its newest value asks for, until the owner is gone.
    ///
    /// When the address changes, what was there before stays shown until the new answer is here.
    pub(crate) fn follow(
        address: impl Fn() -> Address<T> + Send + Sync + 'static,
        pace: fn(&T) -> Pace,
    ) -> Self {
        let pace = move |shared: &Shared| shared.downcast_ref().map_or(Pace::Still, pace);
        let news = follow(Box::new(move || address().place()), Arc::new(pace));
        Self { news, of: PhantomData }
    }

    /// Looks at the newest value, if there is one, and again when it changes.
    pub(crate) fn with<R>(self, look: impl FnOnce(Option<&T>) -> R) -> R {
        let value = self.news.data.get();
        look(value.as_ref().and_then(|value| value.downcast_ref()))
    }
}

type PaceOf = Arc<dyn Fn(&Shared) -> Pace + Send + Sync>;

fn follow(place: Box<dyn Fn() -> Place + Send + Sync>, pace: PaceOf) -> News {
    let news = News {
        data: RwSignal::new(None),
        problem: RwSignal::new(None),
        fresh_at: RwSignal::new(None),
        again: Trigger::new(),
    };
    let state = state();
    let place = memo(place);
    let round = Arc::new(AtomicU64::new(0));
    let shown = Arc::new(Mutex::new(None));
    effect(move || {
        let place = place.get();
        state.changed.track();
        news.again.track();
        let this_round = round.fetch_add(1, Ordering::Relaxed) + 1;
        let ended = Arc::clone(&round);
        on_cleanup(move || {
            ended.fetch_add(1, Ordering::Relaxed);
        });
        if state.visible.get() {
            let (pace, shown, round) = (Arc::clone(&pace), Arc::clone(&shown), Arc::clone(&round));
            Arc::new(Watch { news, state, place, pace, shown, round, this_round }).ask(0);
        }
    });
    news
}

/// What is shown, and how the server tells whether it has changed.
struct Shown {
    place: Place,
    etag: Option<String>,
    body: String,
}

/// One round of asking, which ends when the page is left, hidden, or asked to start afresh.
struct Watch {
    news: News,
    state: State,
    place: Place,
    pace: PaceOf,
    shown: Arc<Mutex<Option<Shown>>>,
    round: Arc<AtomicU64>,
    this_round: u64,
}

impl Watch {
    fn ask(self: Arc<Self>, failures: u32) {
        spawn_local(async move {
            let known = self.shown(|shown| shown.filter(|shown| shown.place == self.place)?.etag.clone());
            let answer = self.place.ask(known.as_deref()).await;
            // The signals are gone with the page: nothing may touch them after this.
            if !self.is_wanted() {
                return;
            }
            let failures = match answer.and_then(|answer| self.take(answer)) {
                Ok(()) => 0,
                Err(problem) => {
                    self.fail(problem);
                    failures + 1
                }
            };
            let pace = self
                .news
                .data
                .with_untracked(|data| data.as_ref().map_or(Pace::Still, |data| (self.pace)(data)));
            let wait = polling::wait(pace, failures);
            let next = Arc::clone(&self);
            let again = move || {
                if next.is_wanted() {
                    next.ask(failures);
                }
            };
            set_timeout(again, wait);
        });
    }

    fn is_wanted(&self) -> bool {
        self.round.load(Ordering::Relaxed) == self.this_round
    }

    fn shown<R>(&self, look: impl FnOnce(Option<&Shown>) -> Option<R>) -> Option<R> {
        look(self.shown.lock().ok()?.as_ref())
    }

    /// Shows what the answer says, if it says something new.
    fn take(&self, answer: Option<Raw>) -> Result<(), Problem> {
        let News { data, problem, fresh_at, .. } = self.news;
        if let Some(raw) = answer {
            let is_new = self
                .shown(|shown| {
                    shown
                        .is_some_and(|shown| shown.place == self.place && shown.body == raw.body)
                        .then_some(())
                })
                .is_none();
            if is_new {
                data.set(Some(self.place.read(&raw)?));
            }
            if let Ok(mut shown) = self.shown.lock() {
                *shown = Some(Shown { place: self.place.clone(), etag: raw.etag, body: raw.body });
            }
        }
        fresh_at.set(Some(clock::now()));
        if problem.with_untracked(Option::is_some) {
            problem.set(None);
        }
        Ok(())
    }

    fn fail(&self, error: Problem) {
        self.state.note(&error);
        // What is shown belongs to another address, so its age must not stay beside this error.
        if self.shown(|shown| shown.filter(|shown| shown.place != self.place).map(|_| ())).is_some() {
            self.news.fresh_at.set(None);
        }
        self.news.problem.set(Some(error));
    }
}

/// Shows `skeleton` until the data is here, then `show` once: it gets the data, which changes by itself.
///
/// When there is no data because asking failed, the error is shown with a way to try again.
pub(crate) fn loaded<T: Any + Send + Sync>(
    live: Live<T>,
    skeleton: fn() -> AnyView,
    show: impl Fn(Data<T>) -> AnyView + Send + 'static,
) -> AnyView {
    loaded_or(live.news, skeleton, Box::new(move |data| show(Data::of(data))))
}

type Show = Box<dyn Fn(Signal<Option<Shared>>) -> AnyView + Send>;

fn loaded_or(news: News, skeleton: fn() -> AnyView, show: Show) -> AnyView {
    let here = memo(move || news.data.with(Option::is_some));
    dynamic(move || {
        if here.get() {
            return show(news.data.into());
        }
        match news.problem.get() {
            Some(problem) => view! { <ErrorCard problem on_retry=move || news.again.notify() /> }.into_any(),
            None => skeleton(),
        }
    })
}
