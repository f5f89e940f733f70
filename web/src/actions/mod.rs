//! What changes something: each asks first, and says what it will do.

mod approve;
mod cancel;
mod hold;
mod promote;
mod roll_back;

use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::reactive::dynamic;
use crate::state::state;
use crate::wire::{Hold, PromotionSummary, Release};

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
}

/// Where the question asked appears. One for the whole panel, so that fresh data under it does not close it.
#[component]
pub(crate) fn Asked() -> impl IntoView {
    let asked = state().asked;
    dynamic(move || match asked.get() {
        None => ().into_any(),
        Some(ask) => match ask {
            Ask::Promote { service, environment, candidate } => {
                view! { <promote::Promote service environment candidate /> }.into_any()
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
        },
    })
}
