//! The figures of delivery on the wire.

use domain::dora::{Metric, Point, Report, Row, Window};
use domain::{EnvironmentName, ServiceName};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The figures of one service's deliveries to production.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DoraView {
    /// The service.
    pub service: ServiceName,
    /// What counts as production: the last environment of its manifest.
    pub environment: EnvironmentName,
    /// How long the window is: 7, 30 or 90 days.
    pub days: u16,
    /// The first promotion to production known in the two windows; absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_since: Option<Timestamp>,
    /// Whether there were too many promotions to read them all: then the oldest are missing.
    pub truncated: bool,
    /// The window up to now.
    pub current: Report,
    /// The window of the same length before it.
    pub previous: Report,
    /// The window in pieces, oldest first.
    pub points: Vec<Point>,
    /// How each figure comes from its rows.
    pub formulas: Vec<FormulaView>,
}

/// How a figure comes from its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FormulaView {
    /// The figure.
    pub metric: Metric,
    /// In words.
    pub formula: String,
}

impl FormulaView {
    /// Those of every figure.
    pub fn all() -> Vec<Self> {
        Metric::ALL.map(|metric| Self { metric, formula: metric.formula().to_owned() }).into()
    }
}

/// What a figure is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DoraRows {
    /// The figure.
    pub metric: Metric,
    /// How it comes from these rows.
    pub formula: String,
    /// Of which time.
    pub window: Window,
    /// How many rows there are on all pages.
    pub rows: usize,
    /// The rows, newest first.
    pub items: Vec<Row>,
    /// What to pass as `after` for the next page; absent on the last one. Opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The figures of one of several services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceDora {
    /// The service.
    pub service: ServiceName,
    /// What counts as production: the last environment of its manifest.
    pub environment: EnvironmentName,
    /// Whether there were too many promotions to read them all: then the oldest are missing.
    pub truncated: bool,
    /// The window up to now.
    pub current: Report,
    /// The window of the same length before it.
    pub previous: Report,
}
