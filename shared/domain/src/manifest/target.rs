//! What runs in an environment, and what of it Keelson moves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Period;

/// What runs in an environment.
///
/// Where Keelson itself runs decides which kinds it can reach: `process` on one machine, the others on AWS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A process on this machine, behind Keelson's proxy.
    Process(ProcessTarget),
    /// An alias of an AWS Lambda function.
    Lambda(LambdaTarget),
    /// A service of Amazon ECS behind a load balancer.
    Ecs(EcsTarget),
    /// Servers that AWS CodeDeploy installs releases on.
    ///
    /// The artifact is a `.zip` with an `appspec.yml` at its root.
    Server(CodeDeployGroup),
}

impl Target {
    /// The word for it in a manifest.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Process(_) => "process",
            Self::Lambda(_) => "lambda",
            Self::Ecs(_) => "ecs",
            Self::Server(_) => "server",
        }
    }

    /// The process, if it is one.
    pub const fn process(&self) -> Option<&ProcessTarget> {
        match self {
            Self::Process(process) => Some(process),
            Self::Lambda(_) | Self::Ecs(_) | Self::Server(_) => None,
        }
    }

    /// How long it may take until a request is brought about, whatever the target says.
    ///
    /// CodeDeploy takes its time as its configuration says: at most 48 hours from the first shift to the last, and 50
    /// for a deployment as a whole.
    pub const fn settles_within(&self) -> Period {
        match self.codedeploy() {
            Some(_) => Period::seconds(51 * 3_600),
            None => Period::seconds(15 * 60),
        }
    }

    /// The CodeDeploy deployment group that moves its traffic; `None` where Keelson does, step by step.
    pub const fn codedeploy(&self) -> Option<&CodeDeployGroup> {
        match self {
            Self::Process(_) => None,
            Self::Lambda(lambda) => lambda.codedeploy.as_ref(),
            Self::Ecs(ecs) => ecs.codedeploy.as_ref(),
            Self::Server(server) => Some(server),
        }
    }
}

/// A process on this machine, behind Keelson's proxy.
///
/// The process gets the port to listen on as `PORT`, and its artifact's digest as `KEELSON_ARTIFACT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcessTarget {
    /// The program and its arguments, relative to the unpacked artifact.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
    /// A program and its arguments that say whether a release may start beside what runs, with which it may share a
    /// database: run in the release's folder with its environment, before it starts, each time. Unless it ends with
    /// code 0 within `start_timeout` the release is not started, and everything stays as it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub check: Vec<String>,
    /// The port on which the proxy serves this environment. Without one, Keelson picks a free port and keeps it.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub port: Option<u16>,
    /// The path that answers 2xx once the process can serve requests.
    #[serde(default = "readyz")]
    #[schemars(regex(pattern = "^/"))]
    pub ready: String,
    /// How many 2xx answers in a row make a process ready.
    #[serde(default = "two")]
    #[schemars(range(min = 1, max = 20))]
    pub ready_successes: u32,
    /// How long a new process may take until it is ready, counted from its start; at most 1h.
    #[serde(default = "thirty_seconds")]
    pub start_timeout: Period,
    /// How long requests in flight may take when a process is replaced; at most 1h.
    #[serde(default = "thirty_seconds")]
    pub drain: Period,
    /// How long an event stream may go on, and within how long every WebSocket is closed, when a process is replaced:
    /// neither has an end of its own. At most 1h, and never longer than `drain`.
    #[serde(default = "five_seconds")]
    pub drain_streams: Period,
    /// Environment variables for the process, beside the two it gets from Keelson.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

pub(super) fn readyz() -> String {
    "/readyz".to_owned()
}

pub(super) fn two() -> u32 {
    2
}

pub(super) fn five_seconds() -> Period {
    Period::seconds(5)
}

pub(super) fn thirty_seconds() -> Period {
    Period::seconds(30)
}

/// An alias of an AWS Lambda function.
///
/// The artifact is the function's `.zip`. Each release is a published version of it, and the alias shares the
/// requests between two: by the environment's steps, or as CodeDeploy does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LambdaTarget {
    /// The function's name, in Keelson's own account and region.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,64}$"))]
    pub function: String,
    /// The alias that users' requests go through. It is made if it is not there.
    #[serde(default = "live")]
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*$"), length(max = 128))]
    pub alias: String,
    /// The CodeDeploy deployment group that moves the alias, instead of Keelson itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codedeploy: Option<CodeDeployGroup>,
}

pub(super) fn live() -> String {
    "live".to_owned()
}

/// A service of Amazon ECS behind a load balancer.
///
/// The artifact is the manifest of a container image, so that its digest is the image's; the image itself lies in
/// the repository. ECS replaces the service's tasks blue/green, or with a canary if there are two steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EcsTarget {
    /// The cluster's name.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,255}$"))]
    pub cluster: String,
    /// The service's name.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,255}$"))]
    pub service: String,
    /// The container of the service's task definition whose image a release replaces.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,255}$"))]
    pub container: String,
    /// The container's port that the load balancer sends requests to.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// The image's repository, without a tag or a digest.
    #[schemars(length(min = 1, max = 255))]
    pub image: String,
    /// The CodeDeploy deployment group that moves the service, where its deployment controller is `CODE_DEPLOY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codedeploy: Option<CodeDeployGroup>,
}

/// A deployment group of AWS CodeDeploy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeDeployGroup {
    /// The application's name.
    #[schemars(regex(pattern = "^[A-Za-z0-9+=,.@_-]{1,100}$"))]
    pub application: String,
    /// The deployment group's name.
    #[schemars(regex(pattern = "^[A-Za-z0-9+=,.@_-]{1,100}$"))]
    pub group: String,
    /// The deployment configuration's name, such as `CodeDeployDefault.LambdaCanary10Percent5Minutes`: how fast
    /// traffic moves.
    #[schemars(regex(pattern = "^[A-Za-z0-9+=,.@_-]{1,100}$"))]
    pub config: String,
}
