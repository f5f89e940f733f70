//! One environment as the overview and the service page show it.

use api::overview::{Action, DriftView, LaneView, RunningView};
use api::promotion::{FreezeView, LockView};
use domain::Period;
use domain::access::Permission;
use domain::analysis::Measured;
use domain::change::BranchHistory;
use domain::gates;
use domain::health::{self, Health};
use domain::lane::{Lane, Lock, Running, Track};
use domain::manifest::EnvironmentSection;
use domain::rollout::{Condition, Release, TargetStatus};
use domain::service::Service;
use edge::{ApiError, Caller};
use jiff::Timestamp;

use crate::view::{self, Looker};
use crate::{App, consider, track};

/// The span of time that "recent" means.
pub(crate) const RECENT: Period = Period::seconds(300);

/// One environment with what runs, waits and can be done.
pub(crate) async fn lane(
    app: &App,
    caller: &Caller,
    service: &Service,
    section: &EnvironmentSection,
    history: &BranchHistory,
) -> Result<LaneView, ApiError> {
    let track = track::load(app, service.name(), &section.name).await?.track;
    let target = app.deployer.observe(service.name(), &section.name).await.ok().flatten();
    let recent = recent(app, service, section, track.lane.running.as_ref()).await;
    let candidate = consider::candidate(app, service, section, history, &track.lane).await?;
    let running = track.lane.release();
    let range = candidate.as_ref().map(|to| history.between(running.map(|from| &from.commit), &to.commit));
    let looker = Looker::at(caller, service, &section.name);
    Ok(LaneView {
        environment: section.name.clone(),
        promote_by: section.promote,
        running: track.lane.running.as_ref().map(|running| running_view(running, target.as_ref())),
        health: health_of(&track.lane, section, target.as_ref(), recent.as_ref()),
        rollout: track.rollout().map(|rollout| view::summary(rollout, &looker)),
        waiting: track.waiting().into_iter().map(|waiting| view::summary(waiting, &looker)).collect(),
        hold: track.lane.hold.clone(),
        lock: lock(&looker, &track.lane, app.core.now()),
        freeze: freeze(section, app.core.now()),
        drift: track.lane.drift.clone().map(DriftView::from),
        address: target.as_ref().and_then(|target| target.address.clone()),
        recent,
        changes_waiting: range.filter(|range| range.complete).map(|range| range.commits.len()),
        previous: back_to(&track),
        promote: promote(&looker, candidate.as_ref(), &track),
        roll_back: roll_back(&looker, &track),
        change_hold: looker.action(Permission::Hold),
        candidate,
    })
}

/// How well an environment is, as far as the next one is concerned.
pub(crate) async fn health(
    app: &App,
    service: &Service,
    section: &EnvironmentSection,
    lane: &Lane,
) -> Health {
    let target = app.deployer.observe(service.name(), &section.name).await.ok().flatten();
    let recent = recent(app, service, section, lane.running.as_ref()).await;
    health_of(lane, section, target.as_ref(), recent.as_ref())
}

fn health_of(
    lane: &Lane,
    section: &EnvironmentSection,
    target: Option<&TargetStatus>,
    recent: Option<&Measured>,
) -> Health {
    health::of_environment(lane.running.as_ref(), target, recent, &section.rollback_when, lane.drift.as_ref())
}

/// The lock that is in force.
fn lock(looker: &Looker<'_>, lane: &Lane, now: Timestamp) -> Option<LockView> {
    let lock = lane.lock.as_ref().filter(|lock| !lock.is_over(now))?;
    let owner = lock.owner.label();
    let unlock = if lock.is_owned_by(&looker.caller.actor) {
        looker.action(Permission::Hold)
    } else if looker.action(Permission::BreakLock).is_allowed() {
        Action::ALLOWED
    } else {
        Action::refused(format!("only {owner}, or an operator, may lift this lock"))
    };
    let Lock { since, reason, until, .. } = lock.clone();
    Some(LockView { owner, since, reason, until, unlock })
}

/// The window of the manifest's calendar that it is in now.
fn freeze(section: &EnvironmentSection, now: Timestamp) -> Option<FreezeView> {
    let unmet = gates::frozen(&section.gates, now)?;
    Some(FreezeView { until: unmet.opens_at(), sentence: unmet.sentence() })
}

async fn recent(
    app: &App,
    service: &Service,
    section: &EnvironmentSection,
    running: Option<&Running>,
) -> Option<Measured> {
    let running = running?;
    let now = app.core.now();
    let since = now.checked_sub(RECENT.duration()).ok()?;
    let artifact = &running.release.artifact;
    app.signals.measure(service.name(), &section.name, artifact, since).await.ok().map(|seen| seen.measured)
}

fn running_view(running: &Running, target: Option<&TargetStatus>) -> RunningView {
    let artifact = &running.release.artifact;
    let read_back = target.and_then(|target| target.release(artifact)?.read_back.clone());
    // Read back: the digests that serve, beside the one that was promoted.
    let matches = target.map(|target| {
        let serves = target.release(artifact).is_some_and(|release| release.condition == Condition::Ready);
        serves && read_back.as_ref().is_none_or(|read_back| !read_back.departs())
    });
    RunningView {
        release: running.release.clone(),
        since: running.since,
        promotion: running.promotion,
        by: running.by.clone(),
        digest_matches: matches,
        read_back,
    }
}

/// What a rollback without a named artifact goes back to.
fn back_to(track: &Track) -> Option<Release> {
    let leaves_rollout = track.rollout().is_some_and(|rollout| !rollout.kind.is_rollback());
    let back_to = if leaves_rollout { track.lane.release() } else { track.lane.previous() };
    back_to.cloned()
}

fn promote(looker: &Looker<'_>, candidate: Option<&Release>, track: &Track) -> Action {
    let Some(candidate) = candidate else {
        return Action::refused("there is no newer release to promote");
    };
    let is_on_its_way = track.rollout().is_some_and(|rollout| rollout.release.artifact == candidate.artifact);
    if is_on_its_way {
        return Action::refused("the newest release is rolling out already");
    }
    looker.action(Permission::Promote)
}

pub(crate) fn roll_back(looker: &Looker<'_>, track: &Track) -> Action {
    if back_to(track).is_some() {
        return looker.action(Permission::RollBack);
    }
    Action::refused("nothing verified ran here before")
}
