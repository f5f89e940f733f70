//! What the whole panel shares: where it is, the time, whether anybody looks, who is signed in, what was just done.

use std::time::Duration;

use api::ProblemKind;
use jiff::Timestamp;
use leptos::prelude::*;

use crate::actions::Ask;
use crate::clock;
use crate::location::Location;
use crate::reactive::effect;
use crate::ui::toast::Toasts;
use crate::wire::{Me, Problem};

/// What the whole panel shares. Cheap to copy: all of it are handles.
#[derive(Clone, Copy)]
pub(crate) struct State {
    /// Where the panel is.
    pub(crate) location: Location,
    /// The time, to the second, while anybody looks.
    pub(crate) now: RwSignal<Timestamp>,
    /// Whether the page can be seen.
    pub(crate) visible: RwSignal<bool>,
    /// Who is signed in, once that is known.
    pub(crate) me: RwSignal<Option<Me>>,
    /// Whether the server has said that nobody is.
    pub(crate) signed_out: RwSignal<bool>,
    /// Notified when something was done that makes what is shown old.
    pub(crate) changed: Trigger,
    /// Short messages about what was done.
    pub(crate) toasts: Toasts,
    /// What the user is being asked to confirm.
    pub(crate) asked: RwSignal<Option<Ask>>,
    /// Whether the command palette is open.
    pub(crate) palette: RwSignal<bool>,
    /// The environments that the services shown have, in order.
    pub(crate) environments: RwSignal<Vec<String>>,
}

impl State {
    /// Makes the state and starts its clock.
    pub(crate) fn provide() -> Self {
        let state = Self {
            location: Location::follow(),
            now: RwSignal::new(clock::now()),
            visible: RwSignal::new(true),
            me: RwSignal::new(None),
            signed_out: RwSignal::new(false),
            changed: Trigger::new(),
            toasts: Toasts::new(),
            asked: RwSignal::new(None),
            palette: RwSignal::new(false),
            environments: RwSignal::new(Vec::new()),
        };
        provide_context(state);
        state.follow_visibility();
        state.keep_time();
        state
    }

    /// Takes note of a problem wherever it came up: without a session, one has to sign in.
    pub(crate) fn note(self, problem: &Problem) {
        if problem.status == ProblemKind::Unauthenticated.status() {
            self.me.set(None);
            self.signed_out.set(true);
        }
    }

    /// Takes note of who is signed in.
    pub(crate) fn sign_in(self, me: Me) {
        self.me.set(Some(me));
        self.signed_out.set(false);
    }

    fn follow_visibility(self) {
        let look = move || self.visible.set(!document().hidden());
        look();
        let listener = window_event_listener_untyped("visibilitychange", move |_| look());
        on_cleanup(move || listener.remove());
    }

    fn keep_time(self) {
        let tick = move || {
            if self.visible.get_untracked() {
                self.now.set(clock::now());
            }
        };
        effect(move || {
            // Coming back to the page after a while must not show old times until the next tick.
            if self.visible.get() {
                self.now.set(clock::now());
            }
        });
        if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    }
}

/// The state that [`State::provide`] made.
pub(crate) fn state() -> State {
    expect_context::<State>()
}
