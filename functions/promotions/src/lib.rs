#![doc = include_str!("../README.md")]

use std::sync::Arc;

use axum::Router;
use domain::event::EventKind;
use edge::{Core, Routes};
use ports::{Artifacts, Deployer, Signals};

mod advance;
mod announce_artifact;
mod apply_service;
mod approve;
mod cancel;
mod changes;
mod ci;
mod ci_record;
mod ci_verifier;
mod complete_artifact;
mod consider;
mod dora;
mod dora_record;
mod emergency;
mod error;
mod facts;
mod hold;
mod http;
mod lanes;
mod lock;
mod logs;
mod on_event;
mod overview;
mod promote;
mod read_back;
mod roll_back;
mod services;
mod ships;
mod standings;
mod timeline;
mod today;
mod track;
mod traffic;
mod train;
mod upload_artifact;
mod view;

#[cfg(test)]
mod tests;

pub use advance::on_tick;
pub use ci_verifier::ci_verifier;
pub use error::Error;
pub use on_event::on_event;
pub use upload_artifact::may_upload;

/// What this function needs: the shared core, and the ports to what differs between the runtimes.
#[derive(Clone)]
pub struct App {
    /// Store, clock, ids, settings.
    pub core: Core,
    /// Where releases run.
    pub deployer: Arc<dyn Deployer>,
    /// What users of a service experience.
    pub signals: Arc<dyn Signals>,
    /// Where the bytes of artifacts are.
    pub artifacts: Arc<dyn Artifacts>,
}

/// The events this function acts on.
pub const SUBSCRIBES: &[EventKind] = &[
    EventKind::PushRecorded,
    EventKind::PushCompleted,
    EventKind::CheckRecorded,
    EventKind::ServiceApplied,
    EventKind::ArtifactRegistered,
    EventKind::PromotionProposed,
    EventKind::PromotionApproved,
    EventKind::PromotionFinished,
    EventKind::StepPassed,
    EventKind::OverrideConfirmed,
    EventKind::HoldLifted,
    EventKind::LockLifted,
    EventKind::TrainCreated,
    EventKind::TrainDeparted,
    EventKind::TrainReverting,
    EventKind::DriftResolved,
    EventKind::RolloutStarted,
    EventKind::StepReached,
    EventKind::DecisionAsked,
    EventKind::RolloutReverting,
    EventKind::GatesOverridden,
    EventKind::HoldSet,
    EventKind::LockSet,
    EventKind::DriftFound,
    EventKind::TargetRequested,
    EventKind::TargetChanged,
];

/// The routes of this function.
pub fn router(app: App) -> Router {
    use api::routes;
    Routes::<App>::new(&app.core)
        .on(&routes::GET_OVERVIEW, http::overview)
        .on(&routes::LIST_SERVICES, http::services::list)
        .on(&routes::GET_SERVICE, http::services::get)
        .on(&routes::PUT_SERVICE, http::services::put)
        .on(&routes::LIST_CHANGES, http::services::changes)
        .on(&routes::GET_SHIPS, http::services::ships)
        .on(&routes::GET_TIMELINE, http::services::timeline)
        .on(&routes::GET_LOGS, http::services::logs)
        .on(&routes::GET_TRAFFIC, http::services::traffic)
        .on(&routes::GET_DORA, http::measures::dora)
        .on(&routes::LIST_DORA_ROWS, http::measures::dora_rows)
        .on(&routes::LIST_DORA, http::measures::dora_of_services)
        .on(&routes::GET_CI, http::measures::ci)
        .on(&routes::LIST_ARTIFACTS, http::artifacts::list)
        .on(&routes::ANNOUNCE_ARTIFACT, http::artifacts::announce)
        .on(&routes::COMPLETE_ARTIFACT, http::artifacts::complete)
        .on(&routes::LIST_PROMOTIONS, http::promotions::list)
        .on(&routes::CREATE_PROMOTION, http::promotions::create)
        .on(&routes::GET_PROMOTION, http::promotions::get)
        .on(&routes::APPROVE_PROMOTION, http::promotions::approve)
        .on(&routes::CANCEL_PROMOTION, http::promotions::cancel)
        .on(&routes::ROLL_BACK, http::promotions::roll_back)
        .on(&routes::SET_HOLD, http::promotions::set_hold)
        .on(&routes::LIFT_HOLD, http::promotions::lift_hold)
        .on(&routes::SET_LOCK, http::gates::set_lock)
        .on(&routes::LIFT_LOCK, http::gates::lift_lock)
        .on(&routes::ASK_OVERRIDE, http::gates::ask_override)
        .on(&routes::CONFIRM_OVERRIDE, http::gates::confirm_override)
        .on(&routes::LIST_TRAINS, http::trains::list)
        .on(&routes::CREATE_TRAIN, http::trains::create)
        .on(&routes::GET_TRAIN, http::trains::get)
        .on(&routes::CANCEL_TRAIN, http::trains::cancel)
        .on(&routes::ROLL_BACK_TRAIN, http::trains::roll_back)
        .build(app)
}
