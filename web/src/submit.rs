//! Doing something that the user asked for: once at a time, with its problem beside the button.

use std::future::Future;

use api::Problem;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::state::{State, state};

/// Something that the user can ask for.
#[derive(Clone, Copy)]
pub(crate) struct Submission {
    /// Whether it is under way.
    pub(crate) busy: RwSignal<bool>,
    /// Why it did not work the last time.
    pub(crate) problem: RwSignal<Option<Problem>>,
    state: State,
    /// Whether doing it makes what is shown old.
    changes: bool,
}

impl Submission {
    /// Not asked for yet.
    pub(crate) fn new() -> Self {
        Self { busy: RwSignal::new(false), problem: RwSignal::new(None), state: state(), changes: true }
    }

    /// One that only reads more.
    pub(crate) fn quiet() -> Self {
        Self { changes: false, ..Self::new() }
    }

    /// Does it, unless it is under way, and then `done`; everything shown is asked for again if that may have changed.
    pub(crate) fn run<R: 'static>(
        self,
        doing: impl Future<Output = Result<R, Problem>> + 'static,
        done: impl FnOnce(R) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let outcome = doing.await;
            // The place it was asked for in may have been closed meanwhile; then there is nothing to show it in.
            self.busy.try_set(false);
            match outcome {
                Ok(value) => {
                    done(value);
                    if self.changes {
                        self.state.changed.notify();
                    }
                }
                Err(problem) => {
                    self.state.note(&problem);
                    self.problem.try_set(Some(problem));
                }
            }
        });
    }
}
