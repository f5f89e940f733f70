//! The query parameters of the endpoints that take some.

use crate::endpoint::{Parameter, Value};

const ENVIRONMENT: Parameter = Parameter::required("environment", Value::Environment, "The environment.");
const ARTIFACT: Parameter = Parameter::optional("artifact", Value::Digest, "This artifact alone.");
const AFTER: Parameter = Parameter::optional("after", Value::Text, "The `next` of the page before.");
const LIMIT: Parameter =
    Parameter::optional("limit", Value::Number(1, 100), "How many items; 50 unless given.");
const WINDOW: Parameter =
    Parameter::optional("window", Value::OneOf(&[7, 30, 90]), "How many days up to now; 30 unless given.");

pub(crate) const PAGE: &[Parameter] = &[AFTER, LIMIT];
pub(crate) const SERVICES: &[Parameter] = &[
    Parameter::optional(
        "q",
        Value::Text,
        "Only services whose name, team or repository contain each of these words.",
    ),
    AFTER,
    LIMIT,
];
pub(crate) const WINDOWED: &[Parameter] = &[WINDOW];
pub(crate) const WINDOWED_PAGE: &[Parameter] = &[WINDOW, AFTER, LIMIT];
pub(crate) const DORA_ROWS: &[Parameter] =
    &[Parameter::required("metric", Value::Metric, "The figure."), WINDOW, AFTER, LIMIT];
pub(crate) const SHIPS: &[Parameter] = &[
    ENVIRONMENT,
    Parameter::optional("artifact", Value::Digest, "What would ship; the candidate unless given."),
];
pub(crate) const PROMOTIONS: &[Parameter] =
    &[Parameter::optional("environment", Value::Environment, "This environment alone."), AFTER, LIMIT];
pub(crate) const LOGS: &[Parameter] = &[
    ENVIRONMENT,
    ARTIFACT,
    Parameter::optional("contains", Value::Text, "Only lines with this text."),
    Parameter::optional("after", Value::Number(0, u64::MAX), "The `next` of the lines before."),
    Parameter::optional("limit", Value::Number(1, 1_000), "How many lines; 1,000 unless given."),
];
pub(crate) const TRAFFIC: &[Parameter] = &[
    ENVIRONMENT,
    Parameter::optional("minutes", Value::Number(1, 1_440), "How far back; 60 unless given."),
    Parameter::optional("points", Value::Number(1, 500), "In how many pieces; 60 unless given."),
];
pub(crate) const OIDC: &[Parameter] =
    &[Parameter::optional("next", Value::Text, "Where in the panel to go afterwards; a path.")];
pub(crate) const OIDC_CALLBACK: &[Parameter] = &[
    Parameter::optional("code", Value::Text, "What the provider exchanges for the person's token."),
    Parameter::optional("state", Value::Text, "What the browser was sent with."),
    Parameter::optional(
        "error",
        Value::Text,
        "Why the provider signs nobody in (RFC 6749, section 4.1.2.1).",
    ),
    Parameter::optional("iss", Value::Text, "Who answers (RFC 9207)."),
];
pub(crate) const AUDIT: &[Parameter] = &[
    Parameter::optional("service", Value::Service, "This service alone."),
    Parameter::optional("kind", Value::EventKind, "This kind of event alone."),
    AFTER,
    LIMIT,
];
pub(crate) const AUDIT_CHECK: &[Parameter] = &[
    AFTER,
    Parameter::optional(
        "anchor",
        Value::Text,
        "On the first page: a `NUMBER:sha256:…` that was kept elsewhere.",
    ),
];
