//! What changes something: each asks first, and says what it will do.

mod approve;
mod cancel;
mod create_train;
mod emergency;
mod hold;
mod lock;
mod promote;
mod roll_back;
mod train;

use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::reactive::dynamic;
use crate::state::state;
use crate::wire::{Hold, LockView, PromotionSummary, Release, Train};

pub(crate) use emergency::Emergency;

/// Something to confirm.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ask {
    /// Bring an artifact into an environment.
    Promote {
        /// The service.
        service: ServiceName,
        /// Where to.
        environment: EnvironmentName,
        /// What is suggested; without it the server picks the newest.
        candidate: Option<Release>,
        /// Whether it runs there already, but not as it was promoted.
        repairs: bool,
    },
    /// Agree to a promotion.
    Approve(Box<PromotionSummary>),
    /// Stop a promotion.
    Cancel(Box<PromotionSummary>),
    /// Take an environment back.
    RollBack {
        /// The service.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// What is suggested.
        previous: Option<Release>,
    },
    /// Keep automation away.
    Hold {
        /// The service.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
    },
    /// Let automation go on.
    Resume {
        /// The service.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// What keeps it away now.
        hold: Hold,
    },
    /// Keep everybody away.
    Lock {
        /// The service.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
    },
    /// Let everybody in again.
    Unlock {
        /// The service.
        service: ServiceName,
        /// Where.
        environment: EnvironmentName,
        /// What keeps them away now.
        lock: LockView,
    },
    /// Ask to let a promotion pass its gates.
    Override(Box<Emergency>),
    /// As a second person, let it.
    ConfirmOverride(Box<Emergency>),
    /// Put a train together.
    CreateTrain,
    /// Stop a train.
    CancelTrain(Box<Train>),
    /// Take back what a train promoted.
    RollBackTrain(Box<Train>),
}

/// Where the question asked appears. One for the whole panel, so that fresh data under it does not close it.
#[component]
pub(crate) fn Asked() -> impl IntoView {
    let asked = state().asked;
    dynamic(move || match asked.get() {
        None => ().into_any(),
        Some(ask) => match ask {
            Ask::Promote { service, environment, candidate, repairs } => {
                view! { <promote::Promote service environment candidate repairs /> }.into_any()
            }
            Ask::Approve(promotion) => view! { <approve::Approve promotion=*promotion /> }.into_any(),
            Ask::Cancel(promotion) => view! { <cancel::Cancel promotion=*promotion /> }.into_any(),
            Ask::RollBack { service, environment, previous } => {
                view! { <roll_back::RollBack service environment previous /> }.into_any()
            }
            Ask::Hold { service, environment } => view! { <hold::SetHold service environment /> }.into_any(),
            Ask::Resume { service, environment, hold } => {
                view! { <hold::Resume service environment hold /> }.into_any()
            }
            Ask::Lock { service, environment } => view! { <lock::SetLock service environment /> }.into_any(),
            Ask::Unlock { service, environment, lock } => {
                view! { <lock::Unlock service environment lock /> }.into_any()
            }
            Ask::Override(emergency) => view! { <emergency::Ask emergency=*emergency /> }.into_any(),
            Ask::ConfirmOverride(emergency) => {
                view! { <emergency::Confirm emergency=*emergency /> }.into_any()
            }
            Ask::CreateTrain => view! { <create_train::CreateTrain /> }.into_any(),
            Ask::CancelTrain(train) => view! { <train::Cancel train=*train /> }.into_any(),
            Ask::RollBackTrain(train) => view! { <train::RollBack train=*train /> }.into_any(),
        },
    })
}
