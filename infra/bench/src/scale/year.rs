//! A year of many services, as rows: what a Keelson that has been in use since then has stored.

use domain::access::Actor;
use domain::artifact::Artifact;
use domain::change::{Author, Commit, PullRequest, Push};
use domain::check::{Check, CheckSource, CheckState};
use domain::ci_path::{Job, Run};
use domain::dora::{Deployment, ShippedCommit};
use domain::event::{Event, EventBody, PromotionRef};
use domain::lane::{Lane, Running, Stay};
use domain::manifest::{EnvironmentSection, Manifest, RepositoryRef};
use domain::promotion::{Kind, Outcome, Plan, Promotion, State, StepRecord};
use domain::rollout::Release;
use domain::service::Service;
use domain::{CommitSha, Digest, EnvironmentName, EventId, Period, PromotionId, Weight};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use store::{RecordedCheck, RecordedPullRequest, RecordedPush};

use super::fill::Filler;

/// Changes of a busy service: one on every day of the year.
const DAILY: u32 = 365;
/// Changes of any other: one in eleven days.
const SELDOM: u32 = 33;
/// One service of so many is busy; the first one is.
const ONE_IS_BUSY: usize = 50;
/// How many services a team has.
const TEAM: usize = 8;
/// How many stays and the like an environment remembers.
const REMEMBERED: usize = 100;

/// The name of a service of the year.
pub(super) fn name(index: usize) -> String {
    format!("service-{index:04}")
}

/// The declaration of a service of the year.
fn manifest(index: usize) -> String {
    format!(
        r#"[service]
name = "{name}"
team = "team-{team}"
repository = "github:acme/{name}"

[ci]
required = ["unit"]

[[environment]]
name = "staging"
promote = "auto"
target = {{ kind = "process", command = ["./run"] }}

[[environment]]
name = "production"
promote = "gated"
target = {{ kind = "process", command = ["./run"] }}
steps = [{{ weight = 10, bake = "5m" }}, {{ weight = 100, bake = "10m" }}]
rollback_when = {{ error_rate = 0.02, p95 = "400ms", minimum_requests = 50 }}
gates = {{ soak = "30m", approvals = {{ count = 1, not_author = true }} }}
"#,
        name = name(index),
        team = index / TEAM,
    )
}

/// Writes a year of so many services that ends at `now`. `begun` hears of each service that is written.
///
/// # Errors
/// If a row cannot be written.
pub(super) fn write(
    filler: &mut Filler,
    services: usize,
    now: Timestamp,
    mut begun: impl FnMut(usize),
) -> anyhow::Result<()> {
    for index in 0..services {
        begun(index);
        let text = manifest(index);
        let manifest = Manifest::parse(&text).map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
        let service = Service {
            manifest,
            manifest_text: text,
            revision: 1,
            applied_at: now,
            applied_by: Actor::Keelson,
        };
        filler.delivery(&service)?;
        let changes = if index.is_multiple_of(ONE_IS_BUSY) { DAILY } else { SELDOM };
        history(filler, &service, changes, now, true)?;
    }
    Ok(())
}

/// Writes the history of a service that is declared later, as if nothing of it ran any more.
///
/// # Errors
/// If a row cannot be written.
pub(super) fn write_past(filler: &mut Filler, text: &str, now: Timestamp) -> anyhow::Result<()> {
    let manifest = Manifest::parse(text).map_err(|mistakes| anyhow::anyhow!("{mistakes:?}"))?;
    let text = text.to_owned();
    let service =
        Service { manifest, manifest_text: text, revision: 1, applied_at: now, applied_by: Actor::Keelson };
    history(filler, &service, DAILY, now, false)
}

/// One change of a service and when it was made.
struct Change<'a> {
    service: &'a Service,
    number: u32,
    at: Timestamp,
    release: Release,
    before: Option<Release>,
}

fn history(
    filler: &mut Filler,
    service: &Service,
    changes: u32,
    now: Timestamp,
    still_runs: bool,
) -> anyhow::Result<()> {
    let step = SignedDuration::from_hours(365 * 24) / i32::try_from(changes)?;
    // The youngest is an hour old.
    let begin = now.checked_sub(SignedDuration::from_hours(365 * 24 + 1))?;
    let mut before: Option<Release> = None;
    let mut lanes: Vec<Lane> = Vec::new();
    for section in &service.manifest.environments {
        lanes.push(Lane {
            sequence: u64::from(changes) * 3,
            ..Lane::new(service.name().clone(), section.name.clone())
        });
    }
    for number in 1..=changes {
        let at = begin.checked_add(step * i32::try_from(number)?)?;
        let release = release(service, number);
        let change = Change { service, number, at, release: release.clone(), before: before.clone() };
        change.write_sources(filler)?;
        for (section, lane) in service.manifest.environments.iter().zip(&mut lanes) {
            let promotion = change.write_promotion(filler, section)?;
            stay(lane, section, &promotion, still_runs);
        }
        before = Some(release);
    }
    for mut lane in lanes {
        if !still_runs {
            lane.running = None;
            lane.sequence = 0;
        }
        filler.delivery(&lane)?;
    }
    Ok(())
}

/// The environment after a promotion into it.
fn stay(lane: &mut Lane, section: &EnvironmentSection, promotion: &Promotion, still_runs: bool) {
    let from = promotion.created_at;
    if let Some(last) = lane.stays.last_mut() {
        last.until = Some(from);
    }
    let until = (!still_runs).then_some(from);
    lane.stays.push(Stay { release: promotion.release.clone(), promotion: promotion.id, from, until });
    if lane.stays.len() > REMEMBERED {
        lane.stays.remove(0);
    }
    lane.running = Some(Running {
        release: promotion.release.clone(),
        since: from,
        promotion: promotion.id,
        by: Actor::Keelson,
        target: section.target.clone(),
    });
}

fn release(service: &Service, number: u32) -> Release {
    Release { artifact: digest(&format!("{} {number}", service.name())), commit: commit(service, number) }
}

fn digest(of: &str) -> Digest {
    Digest::from_bytes(Sha256::digest(of).into())
}

/// The commit of a change; that of none is all zeros, as for a branch that is new.
fn commit(service: &Service, number: u32) -> CommitSha {
    let text = match number {
        0 => "0".repeat(40),
        number => digest(&format!("commit {} {number}", service.name())).hex()[..40].to_owned(),
    };
    // Forty digits are a commit.
    text.parse().unwrap_or_else(|_| unreachable!("{text} is a hash"))
}

fn author() -> Author {
    Author {
        name: "Ada Lovelace".to_owned(),
        email: Some("ada@example.com".to_owned()),
        login: Some("ada".to_owned()),
    }
}

impl Change<'_> {
    fn after(&self, minutes: i64) -> Timestamp {
        self.at.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(self.at)
    }

    fn random(&self, salt: &str) -> [u8; 10] {
        let digest = Sha256::digest(format!("{salt} {} {}", self.service.name(), self.number));
        std::array::from_fn(|index| digest[index])
    }

    fn repository(&self) -> RepositoryRef {
        self.service.manifest.service.repository.clone()
    }

    /// The push, its pull request, what CI said, and the artifact.
    fn write_sources(&self, filler: &mut Filler) -> anyhow::Result<()> {
        let title = format!("Change number {} of the year", self.number);
        let sha = self.release.commit.clone();
        let own = Commit {
            sha: sha.clone(),
            title: title.clone(),
            authors: vec![author()],
            at: self.at,
            url: Some(format!("https://github.com/acme/{}/commit/{sha}", self.service.name())),
        };
        let push = Push {
            before: commit(self.service, self.number - 1),
            after: sha.clone(),
            commits: vec![own],
            pusher: author(),
            forced: false,
            at: self.at,
            truncated: false,
        };
        let branch = self.service.manifest.service.branch.clone();
        filler.delivery(&RecordedPush { repository: self.repository(), branch: branch.clone(), push })?;
        if self.number.is_multiple_of(2) {
            let pull_request = PullRequest {
                number: self.number.into(),
                title: title.clone(),
                author: author(),
                merged_by: Some(author()),
                merge_commit: sha.clone().into(),
                merged_at: self.at,
                url: None,
            };
            filler.delivery(&RecordedPullRequest { repository: self.repository(), pull_request })?;
        }
        let check = Check {
            name: "unit".to_owned(),
            source: CheckSource::CheckRun,
            workflow: None,
            state: CheckState::Passed,
            conclusion: Some("success".to_owned()),
            attempt: 1,
            queued_at: Some(self.at),
            started_at: Some(self.after(1)),
            completed_at: Some(self.after(4)),
            url: None,
            order: self.number.into(),
        };
        filler.delivery(&RecordedCheck { repository: self.repository(), commit: sha.clone(), check })?;
        let artifact = Artifact {
            digest: self.release.artifact,
            service: self.service.name().clone(),
            commit: sha.clone(),
            size: 4_096,
            pushed_by: Actor::Keelson,
            announced_at: self.after(4),
            registered_at: Some(self.after(5)),
        };
        filler.delivery(&artifact)?;
        let job = Job {
            name: "unit".to_owned(),
            state: CheckState::Passed,
            attempt: 1,
            queued_at: self.at,
            started_at: self.after(1),
            ended_at: Some(self.after(4)),
            url: None,
            steps: Vec::new(),
        };
        filler.delivery(&Run {
            service: self.service.name().clone(),
            commit: sha.clone(),
            title,
            artifact: self.release.artifact,
            pushed_at: Some(self.at),
            registered_at: self.after(5),
            jobs: vec![job],
        })?;
        let repository = self.repository();
        self.event(
            filler,
            "pushed",
            0,
            EventBody::PushRecorded { repository, branch, after: sha, commits: 1 },
        )?;
        let (service, release) = (self.service.name().clone(), self.release.clone());
        self.event(filler, "built", 5, EventBody::ArtifactRegistered { service, release, size: 4_096 })
    }

    /// The promotion into an environment, done, and what is measured of it.
    fn write_promotion(
        &self,
        filler: &mut Filler,
        section: &EnvironmentSection,
    ) -> anyhow::Result<Promotion> {
        let manifest = &self.service.manifest;
        let is_production = manifest.production().is_some_and(|production| production.name == section.name);
        let minutes = if is_production { 50 } else { 6 };
        let created_at = self.after(minutes);
        let ended = self.after(minutes + 9);
        let step = StepRecord {
            weight: Weight::ALL,
            bake: Period::seconds(300),
            started_at: created_at,
            reached_at: Some(created_at),
            ended_at: Some(ended),
            measured: None,
            looks: 1,
            verdict: None,
        };
        let promotion = Promotion {
            id: PromotionId::new(created_at, self.random(section.name.as_str())),
            service: self.service.name().clone(),
            environment: section.name.clone(),
            release: self.release.clone(),
            replaces: self.before.clone(),
            kind: Kind::Automatic,
            plan: Plan {
                target: section.target.clone(),
                steps: section.steps.clone(),
                rollback_when: section.rollback_when,
                gates: section.gates.clone(),
                required_checks: manifest.ci.required.clone(),
                previous: manifest.before(&section.name).map(|previous| previous.name.clone()),
                revision: 1,
            },
            authors: vec![author()],
            approvals: Vec::new(),
            created_at,
            state: State::Finished { outcome: Outcome::Done, reason: None, at: ended },
            steps: vec![step],
            waits_for: Vec::new(),
            failure: None,
            pre_empted_by: None,
            train: None,
            overriding: None,
            other_base: false,
            restored_at: None,
        };
        filler.delivery(&promotion)?;
        if is_production {
            filler.delivery(&self.deployment(&promotion, section.name.clone(), ended))?;
        }
        let finished = PromotionRef {
            promotion: promotion.id,
            service: promotion.service.clone(),
            environment: promotion.environment.clone(),
            release: promotion.release.clone(),
        };
        let body = EventBody::PromotionFinished { promotion: finished, outcome: Outcome::Done, reason: None };
        self.event(filler, section.name.as_str(), minutes + 9, body)?;
        Ok(promotion)
    }

    fn deployment(
        &self,
        promotion: &Promotion,
        environment: EnvironmentName,
        ended: Timestamp,
    ) -> Deployment {
        let shipped = ShippedCommit {
            sha: self.release.commit.clone(),
            title: format!("Change number {} of the year", self.number),
            committed_at: self.at,
            merged_at: None,
            pull_request: None,
        };
        Deployment {
            promotion: promotion.id,
            service: promotion.service.clone(),
            environment,
            release: self.release.clone(),
            replaced: self.before.clone(),
            kind: Kind::Automatic,
            outcome: Outcome::Done,
            reason: None,
            created_at: promotion.created_at,
            first_traffic_at: Some(promotion.created_at),
            reached_all_at: Some(ended),
            restored_at: None,
            finished_at: ended,
            commits: vec![shipped],
            commits_complete: true,
        }
    }

    fn event(&self, filler: &mut Filler, salt: &str, minutes: i64, body: EventBody) -> anyhow::Result<()> {
        let at = self.after(minutes);
        let id = EventId::new(at, self.random(&format!("event {salt}")));
        filler.event(&Event { id, at, actor: Actor::Keelson, request: None, traceparent: None, body })
    }
}
