//! Doing something that the user asked for: once at a time, with its problem beside the button.

use std::any::Any;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::client::{Address, Call, Outgoing, Raw};
use crate::state::{State, state};
use crate::wire::{Problem, Wire};

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

/// What is done with the answer.
type Done = Box<dyn FnOnce(&Raw) -> Result<(), Problem>>;

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
    pub(crate) fn run<R: Wire>(self, call: Call<R>, done: impl FnOnce(R) + 'static) {
        let done = move |raw: &Raw| {
            done(Call::<R>::read(raw)?);
            Ok(())
        };
        self.send(call.request, Box::new(done));
    }

    /// Reads once what an address has, unless that is under way.
    pub(crate) fn read<R: Any + Send + Sync>(self, address: Address<R>, done: impl FnOnce(&R) + 'static) {
        let place = address.place();
        let request = place.once();
        let done = move |raw: &Raw| {
            let value = place.read(raw)?;
            if let Some(value) = value.downcast_ref() {
                done(value);
            }
            Ok(())
        };
        self.send(request, Box::new(done));
    }

    fn send(self, request: Outgoing, done: Done) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let answer = request.send().await;
            // The place it was asked for in may have been closed meanwhile; then there is nothing to show it in.
            self.busy.try_set(false);
            match answer.and_then(|raw| done(&raw)) {
                Ok(()) if self.changes => self.state.changed.notify(),
                Ok(()) => {}
                Err(problem) => {
                    self.state.note(&problem);
                    self.problem.try_set(Some(problem));
                }
            }
        });
    }
}
