//! Every spelling of a key: where each row is, and under which lists it is found.
//!
//! The access patterns they serve are listed in the crate's README, and in a snapshot.

use domain::access_records::SecretHash;
use domain::check::CheckSource;
use domain::manifest::RepositoryRef;
use domain::sign_in::Identity;
use domain::{
    CommitPrefix, CommitSha, ConnectionName, Digest, EnvironmentName, EventId, Login, PromotionId,
    ServiceName, TokenId, TrainId,
};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::table::{Index, Table};

mod listings;
mod standings;
mod watches;

pub(crate) use standings::SHARDS;

/// A partition key and a sort key: of a row in its table, or of its entry in an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn into_parts(self) -> (String, String) {
        (self.pk, self.sk)
    }
}

/// Rows, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) table: Table,
    /// The index to read; the table itself if none.
    pub(crate) index: Option<Index>,
    /// The partition.
    pub(crate) pk: String,
    /// Which of its sort keys.
    pub(crate) range: Range,
    pub(crate) order: Order,
}

/// Which sort keys of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Range {
    All,
    StartingWith(&'static str),
    UpTo(String),
    From(String),
    After(String),
}

/// In which direction of their sort keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Rising,
    Falling,
}

impl Listing {
    fn of_table(table: Table, pk: impl Into<String>) -> Self {
        Self { table, index: None, pk: pk.into(), range: Range::All, order: Order::Rising }
    }

    fn of_index(table: Table, index: Index, pk: impl Into<String>) -> Self {
        Self { index: Some(index), ..Self::of_table(table, pk) }
    }

    fn starting_with(self, prefix: &'static str) -> Self {
        Self { range: Range::StartingWith(prefix), ..self }
    }

    fn newest_first(self) -> Self {
        Self { order: Order::Falling, ..self }
    }
}

/// Connections and their deliveries.
impl Key {
    pub(crate) fn connection(name: &ConnectionName) -> Self {
        Self::new("connections", name.as_str())
    }

    pub(crate) fn connection_counters(name: &ConnectionName) -> Self {
        Self::new(format!("connection#{name}"), "counters")
    }

    pub(crate) fn delivery(connection: &ConnectionName, id: &str) -> Self {
        Self::new(format!("delivery#{connection}#{}", text(id)), "delivery")
    }

    pub(crate) fn delivery_of_connection(connection: &ConnectionName, at: Timestamp, id: &str) -> Self {
        Self::new(deliveries_of(connection), format!("{}#{}", time(at), text(id)))
    }
}

/// What git hosts said.
impl Key {
    pub(crate) fn push(repository: &RepositoryRef, branch: &str, at: Timestamp, after: &CommitSha) -> Self {
        Self::new(branch_of(repository, branch), format!("push#{}#{after}", time(at)))
    }

    pub(crate) fn pull_request(repository: &RepositoryRef, merge_commit: &CommitPrefix) -> Self {
        Self::new(repository_of(repository), format!("pull#{merge_commit}"))
    }

    pub(crate) fn pull_request_of_repository(repository: &RepositoryRef, at: Timestamp, number: u64) -> Self {
        Self::new(pulls_of(repository), format!("{}#{number}", time(at)))
    }

    pub(crate) fn check(
        repository: &RepositoryRef,
        commit: &CommitSha,
        source: CheckSource,
        name: &str,
        workflow: Option<&str>,
    ) -> Self {
        let source = match source {
            CheckSource::CheckRun => "check-run",
            CheckSource::WorkflowJob => "workflow-job",
            CheckSource::WorkflowRun => "workflow-run",
            CheckSource::Status => "status",
        };
        // Without a workflow as it was before workflows were told apart, so that those rows are still found.
        let workflow = workflow.map_or_else(String::new, |workflow| format!("#{}", text(workflow)));
        Self::new(commit_of(repository, commit), format!("check#{source}#{}{workflow}", text(name)))
    }
}

/// Services, what was built for them and where it runs.
impl Key {
    pub(crate) fn service(name: &ServiceName) -> Self {
        Self::new("services", name.as_str())
    }

    pub(crate) fn service_of_branch(repository: &RepositoryRef, branch: &str, name: &ServiceName) -> Self {
        Self::new(services_of(repository, branch), name.as_str())
    }

    pub(crate) fn service_of_repository(repository: &RepositoryRef, name: &ServiceName) -> Self {
        Self::new(services_within(repository), name.as_str())
    }

    pub(crate) fn artifact(service: &ServiceName, digest: &Digest) -> Self {
        Self::new(service_of(service), format!("artifact#{}", digest.hex()))
    }

    pub(crate) fn artifact_of_service(service: &ServiceName, at: Timestamp, digest: &Digest) -> Self {
        Self::new(artifacts_of(service), format!("{}#{}", time(at), digest.hex()))
    }

    pub(crate) fn artifact_of_commit(
        service: &ServiceName,
        commit: &CommitSha,
        at: Timestamp,
        digest: &Digest,
    ) -> Self {
        Self::new(artifacts_of_commit(service, commit), format!("{}#{}", time(at), digest.hex()))
    }

    pub(crate) fn lane(service: &ServiceName, environment: &EnvironmentName) -> Self {
        Self::new(service_of(service), format!("{LANE}{environment}"))
    }

    pub(crate) fn lane_of_all(service: &ServiceName, environment: &EnvironmentName) -> Self {
        Self::new(LANES, format!("{service}#{environment}"))
    }

    pub(crate) fn promotion(id: &PromotionId) -> Self {
        Self::new(format!("{PROMOTION}{id}"), "promotion")
    }

    /// The promotion whose row this is.
    pub(crate) fn promotion_id(&self) -> Option<PromotionId> {
        self.pk.strip_prefix(PROMOTION)?.parse().ok()
    }

    pub(crate) fn promotion_of_service(service: &ServiceName, id: &PromotionId) -> Self {
        Self::new(promotions_of(service), id.to_string())
    }

    pub(crate) fn promotion_of_environment(
        service: &ServiceName,
        environment: &EnvironmentName,
        id: &PromotionId,
    ) -> Self {
        Self::new(promotions_within(service, environment), id.to_string())
    }

    pub(crate) fn train(id: &TrainId) -> Self {
        Self::new(format!("{TRAIN}{id}"), "train")
    }

    /// The train whose row this is.
    pub(crate) fn train_id(&self) -> Option<TrainId> {
        self.pk.strip_prefix(TRAIN)?.parse().ok()
    }

    pub(crate) fn train_of_all(id: &TrainId) -> Self {
        Self::new(TRAINS, id.to_string())
    }

    /// The environment whose row this is.
    pub(crate) fn lane_place(&self) -> Option<(ServiceName, EnvironmentName)> {
        let service = self.pk.strip_prefix("service#")?.parse().ok()?;
        Some((service, self.sk.strip_prefix(LANE)?.parse().ok()?))
    }

    pub(crate) fn due(at: Timestamp) -> Self {
        Self::new(DUE, time(at))
    }
}

/// What is kept to measure how it goes.
impl Key {
    pub(crate) fn deployment(
        service: &ServiceName,
        environment: &EnvironmentName,
        at: Timestamp,
        id: &PromotionId,
    ) -> Self {
        Self::new(deployments_to(service, environment), format!("{}#{id}", time(at)))
    }

    pub(crate) fn ci_run(service: &ServiceName, registered_at: Timestamp, commit: &CommitSha) -> Self {
        Self::new(ci_runs_of(service), format!("{}#{commit}", time(registered_at)))
    }

    pub(crate) fn job_steps(repository: &RepositoryRef, commit: &CommitSha, job: &str, order: u64) -> Self {
        Self::new(commit_of(repository, commit), format!("{STEPS}{}#{order}", text(job)))
    }
}

/// People and what they carry.
impl Key {
    pub(crate) fn user(login: &Login) -> Self {
        Self::new("users", login.as_str())
    }

    pub(crate) fn session(hash: &SecretHash) -> Self {
        Self::new(format!("session#{hash}"), "session")
    }

    pub(crate) fn token(hash: &SecretHash) -> Self {
        Self::new(format!("token#{hash}"), "token")
    }

    pub(crate) fn token_of_user(owner: &Login, id: &TokenId) -> Self {
        Self::new(tokens_of(owner), id.to_string())
    }

    pub(crate) fn token_by_id(id: &TokenId) -> Self {
        Self::new(format!("token#{id}"), "token")
    }

    pub(crate) fn sign_in_link(hash: &SecretHash) -> Self {
        Self::new(format!("link#{hash}"), "link")
    }

    pub(crate) fn pending_sign_in(hash: &SecretHash) -> Self {
        Self::new(format!("sign-in#{hash}"), "sign-in")
    }

    pub(crate) fn identity(identity: &Identity) -> Self {
        Self::new(format!("identity#{}#{}", text(&identity.issuer), text(&identity.subject)), "identity")
    }
}

/// What happened, and where the bus is.
impl Key {
    pub(crate) fn event(id: &EventId) -> Self {
        Self::new(format!("event#{id}"), "event")
    }

    /// The event whose row's partition this is.
    pub(crate) fn event_id(pk: &str) -> Option<EventId> {
        pk.strip_prefix("event#")?.parse().ok()
    }

    pub(crate) fn event_of_all(id: &EventId) -> Self {
        Self::new(EVENTS, id.to_string())
    }

    pub(crate) fn event_of_service(service: &ServiceName, id: &EventId) -> Self {
        Self::new(service_of(service), id.to_string())
    }

    pub(crate) fn checkpoint(subscriber: &str) -> Self {
        Self::new("checkpoints", text(subscriber))
    }

    pub(crate) fn retry(subscriber: &str, event: &EventId) -> Self {
        Self::new(format!("retry#{}#{event}", text(subscriber)), "retry")
    }

    pub(crate) fn retry_due(at: Timestamp) -> Self {
        Self::new(RETRIES, time(at))
    }

    pub(crate) fn dead_letter(subscriber: &str, event: &EventId) -> Self {
        Self::new(DEAD_LETTERS, format!("{event}#{}", text(subscriber)))
    }
}

/// The chain over what happened.
impl Key {
    /// As wide as the largest number, so that blocks sort as they follow.
    pub(crate) fn audit_block(number: u64) -> Self {
        Self::new("chain", format!("block#{number:020}"))
    }

    pub(crate) fn audit_head() -> Self {
        Self::new("chain", "head")
    }
}

/// What is remembered for a while of requests.
impl Key {
    pub(crate) fn kept_answer(id: &SecretHash) -> Self {
        Self::new(format!("answer#{id}"), "answer")
    }

    pub(crate) fn bucket(name: &str) -> Self {
        Self::new(format!("bucket#{}", text(name)), "bucket")
    }
}

const PROMOTION: &str = "promotion#";
/// Called so since promotions were all that had timers.
const DUE: &str = "promotions";
const TRAIN: &str = "train#";
const TRAINS: &str = "trains";
const LANE: &str = "lane#";
const STEPS: &str = "steps#";
const LANES: &str = "lanes";
const EVENTS: &str = "events";
const RETRIES: &str = "retries";
const DEAD_LETTERS: &str = "dead-letters";

fn deliveries_of(connection: &ConnectionName) -> String {
    format!("connection#{connection}#deliveries")
}

fn repository_of(repository: &RepositoryRef) -> String {
    format!("repository#{}:{}", repository.connection, text(&repository.folded_path()))
}

fn branch_of(repository: &RepositoryRef, branch: &str) -> String {
    format!("{}#branch#{}", repository_of(repository), text(branch))
}

fn services_of(repository: &RepositoryRef, branch: &str) -> String {
    format!("{}#services", branch_of(repository, branch))
}

fn services_within(repository: &RepositoryRef) -> String {
    format!("{}#services", repository_of(repository))
}

fn pulls_of(repository: &RepositoryRef) -> String {
    format!("{}#pulls", repository_of(repository))
}

fn commit_of(repository: &RepositoryRef, commit: &CommitSha) -> String {
    format!("{}#commit#{commit}", repository_of(repository))
}

fn service_of(service: &ServiceName) -> String {
    format!("service#{service}")
}

fn artifacts_of(service: &ServiceName) -> String {
    format!("{}#artifacts", service_of(service))
}

fn artifacts_of_commit(service: &ServiceName, commit: &CommitSha) -> String {
    format!("{}#commit#{commit}", service_of(service))
}

fn promotions_of(service: &ServiceName) -> String {
    format!("{}#promotions", service_of(service))
}

fn promotions_within(service: &ServiceName, environment: &EnvironmentName) -> String {
    format!("{}#environment#{environment}", service_of(service))
}

fn deployments_to(service: &ServiceName, environment: &EnvironmentName) -> String {
    format!("{}#deployments#{environment}", service_of(service))
}

fn ci_runs_of(service: &ServiceName) -> String {
    format!("{}#ci", service_of(service))
}

fn tokens_of(owner: &Login) -> String {
    format!("user#{owner}#tokens")
}

/// A moment in a width that never changes, so that the order of the texts is the order of the moments.
fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// How many bytes of somebody else's text a key takes as they are. DynamoDB's sort keys end at 1,024.
const LONGEST_TEXT: usize = 200;

/// A text from outside as part of a key: never taken for a separator, and never too long.
fn text(given: &str) -> String {
    let escaped = given.replace('%', "%25").replace('#', "%23").replace('~', "%7E");
    if escaped.len() <= LONGEST_TEXT {
        return escaped;
    }
    let head = &escaped[..escaped.floor_char_boundary(LONGEST_TEXT - 65)];
    let hash = Digest::from_bytes(Sha256::digest(given).into());
    format!("{head}~{}", hash.hex())
}
