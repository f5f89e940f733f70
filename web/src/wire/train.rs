//! Trains: several services that promote together.

use api::train::{CarPhase, TrainPhase};
use domain::{EnvironmentName, PromotionId, ServiceName, TrainId};
use jiff::Timestamp;

use crate::wire::{Action, Release, wire};

wire! {
    /// One service of a train.
    Car = api::train::CarView {
        /// The service.
        service: ServiceName,
        /// What it gets.
        release: Release,
        /// What it replaces, or replaced.
        replaces: Option<Release>,
        /// Where it is.
        phase: CarPhase,
        /// Its promotion; absent until it is made.
        promotion: Option<PromotionId>,
        /// The promotion that takes it back.
        rollback: Option<PromotionId>,
        /// "Why not yet": one sentence for each closed gate of its own; or the decision a person is asked for.
        waits_for: Vec<String>,
        /// Why it ended, or could not be taken back.
        reason: Option<String>,
    }

    /// A train.
    Train = api::train::TrainView {
        /// Its identifier.
        id: TrainId,
        /// What people call it.
        name: Option<String>,
        /// Where to.
        environment: EnvironmentName,
        /// Who put it together, for people.
        by: String,
        /// When.
        created_at: Timestamp,
        /// Where it is.
        phase: TrainPhase,
        /// Why it goes back or ended, unless all went well.
        reason: Option<String>,
        /// When it ended.
        finished_at: Option<Timestamp>,
        /// Its services, in the order in which they promote.
        cars: Vec<Car>,
        /// Whether the caller may stop it, or why not.
        cancel: Action,
        /// Whether the caller may take everything back, or why not.
        roll_back: Action,
    }
}

impl Train {
    /// What people call it, or else where it goes.
    pub(crate) fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("Train to {}", self.environment))
    }
}
