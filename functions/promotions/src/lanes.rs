//! One environment as the overview and the service page show it.

use api::overview::{Action, DriftView, LaneView, RunningView};
use api::promotion::{FreezeView, LockView};
use domain::Period;
use domain::access::Permission;
use domain::analysis::Measured;
use domain::change::BranchHistory;
use domain::drift::Drift;
use domain::gates;
use domain::health::{self, Health, HealthState};
use domain::lane::{Lane, Lock, Running, Track};
use domain::manifest::EnvironmentSection;
use domain::promotion::Promotion;
use domain::rollout::{Condition, Release, TargetStatus};
use domain::service::Service;
use domain::standing::LaneStanding;
use edge::{ApiError, Caller};
use jiff::Timestamp;
use store::StoreError;

use crate::view::{self, Looker};
use crate::{App, consider, track};

/// The span of time that "recent" means.
pub(crate) const RECENT: Period = Period::seconds(300);

/// What the target and the measurements say of an environment at this moment.
pub(crate) struct Outside {
    target: Option<TargetStatus>,
    recent: Option<Measured>,
}

/// Asks the target and the measurements.
pub(crate) async fn outside(
    app: &App,
    service: &Service,
    section: &EnvironmentSection,
    running: Option<&Running>,
) -> Outside {
    let target = app.deployer.observe(service.name(), &section.name).await.ok().flatten();
    Outside { target, recent: recent(app, service, section, running).await }
}

/// One environment as it was read this moment.
pub(crate) struct Seen {
    pub(crate) standing: LaneStanding,
    track: Track,
    outside: Outside,
}

/// Reads an environment anew.
pub(crate) async fn look(
    app: &App,
    service: &Service,
    section: &EnvironmentSection,
    history: &BranchHistory,
) -> Result<Seen, StoreError> {
    let loaded = track::load(app, service.name(), &section.name).await?;
    let (version, track) = (loaded.version(), loaded.track);
    let candidate = consider::candidate(app, service, section, history, &track.lane).await?;
    let running = track.lane.release();
    let range = candidate.as_ref().map(|to| history.between(running.map(|from| &from.commit), &to.commit));
    let changes = range.filter(|range| range.complete).map(|range| range.commits.len());
    let outside = outside(app, service, section, track.lane.running.as_ref()).await;
    let health = health_of(track.lane.running.as_ref(), track.lane.drift.as_ref(), section, &outside);
    let standing = LaneStanding::of(&track, version, health.state).expecting(candidate, changes);
    Ok(Seen { standing, track, outside })
}

/// One environment with what runs, waits and can be done, read anew.
pub(crate) async fn lane(
    app: &App,
    caller: &Caller,
    service: &Service,
    section: &EnvironmentSection,
    history: &BranchHistory,
) -> Result<LaneView, ApiError> {
    let Seen { standing, track, outside } = look(app, service, section, history).await?;
    Ok(view(app, caller, (service, section), &standing, track.promotions.values(), outside))
}

/// One environment with what runs, waits and can be done.
pub(crate) fn view<'a>(
    app: &App,
    caller: &Caller,
    (service, section): (&Service, &EnvironmentSection),
    standing: &LaneStanding,
    live: impl Iterator<Item = &'a Promotion>,
    outside: Outside,
) -> LaneView {
    let looker = Looker::at(caller, service, &section.name);
    let live: Vec<&Promotion> = live.collect();
    let rollout = live.iter().copied().find(|promotion| promotion.is_rollout());
    let running = standing.running.as_ref();
    let health = health_of(running, standing.drift.as_ref(), section, &outside);
    let Outside { target, recent } = outside;
    let previous = back_to(rollout, running, standing.previous.as_ref());
    LaneView {
        environment: section.name.clone(),
        promote_by: section.promote,
        running: running.map(|running| running_view(running, target.as_ref())),
        health,
        rollout: rollout.map(|rollout| view::summary(rollout, &looker)),
        waiting: in_turn(&live).into_iter().map(|waiting| view::summary(waiting, &looker)).collect(),
        hold: standing.hold.clone(),
        lock: lock(&looker, standing.lock.as_ref(), app.core.now()),
        freeze: freeze(section, app.core.now()),
        drift: standing.drift.clone().map(DriftView::from),
        address: target.as_ref().and_then(|target| target.address.clone()),
        recent,
        changes_waiting: standing.changes_waiting,
        promote: promote(&looker, standing.candidate.as_ref(), rollout),
        roll_back: roll_back_to(&looker, previous),
        previous: previous.cloned(),
        change_hold: looker.action(Permission::Hold),
        candidate: standing.candidate.clone(),
    }
}

/// An environment that nobody has looked at yet.
pub(crate) fn nothing_yet(service: &Service, section: &EnvironmentSection) -> LaneStanding {
    let track = Track::new(Lane::new(service.name().clone(), section.name.clone()), []);
    LaneStanding::of(&track, 0, HealthState::Empty)
}

/// How well an environment is, as far as the next one is concerned.
pub(crate) async fn health(
    app: &App,
    service: &Service,
    section: &EnvironmentSection,
    lane: &Lane,
) -> Health {
    let outside = outside(app, service, section, lane.running.as_ref()).await;
    health_of(lane.running.as_ref(), lane.drift.as_ref(), section, &outside)
}

/// How well an environment is, by what runs and what was found there.
pub(crate) fn health_of(
    running: Option<&Running>,
    drift: Option<&Drift>,
    section: &EnvironmentSection,
    Outside { target, recent }: &Outside,
) -> Health {
    health::of_environment(running, target.as_ref(), recent.as_ref(), &section.rollback_when, drift)
}

/// The lock that is in force.
fn lock(looker: &Looker<'_>, lock: Option<&Lock>, now: Timestamp) -> Option<LockView> {
    let lock = lock.filter(|lock| !lock.is_over(now))?;
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
    app.signals.figures(service.name(), &section.name, artifact, since).await.ok()
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

/// What waits, in the order in which it may start: picked by people first, then oldest first.
fn in_turn<'a>(live: &[&'a Promotion]) -> Vec<&'a Promotion> {
    let mut waiting: Vec<&Promotion> =
        live.iter().copied().filter(|promotion| promotion.is_waiting()).collect();
    waiting.sort_by_key(|promotion| (promotion.kind.is_automatic(), promotion.id));
    waiting
}

/// What a rollback without a named artifact goes back to.
fn back_to<'a>(
    rollout: Option<&Promotion>,
    running: Option<&'a Running>,
    previous: Option<&'a Release>,
) -> Option<&'a Release> {
    let leaves_rollout = rollout.is_some_and(|rollout| !rollout.kind.is_rollback());
    if leaves_rollout { running.map(|running| &running.release) } else { previous }
}

fn promote(looker: &Looker<'_>, candidate: Option<&Release>, rollout: Option<&Promotion>) -> Action {
    let Some(candidate) = candidate else {
        return Action::refused("there is no newer release to promote");
    };
    let is_on_its_way = rollout.is_some_and(|rollout| rollout.release.artifact == candidate.artifact);
    if is_on_its_way {
        return Action::refused("the newest release is rolling out already");
    }
    looker.action(Permission::Promote)
}

pub(crate) fn roll_back(looker: &Looker<'_>, track: &Track) -> Action {
    let Track { lane, .. } = track;
    roll_back_to(looker, back_to(track.rollout(), lane.running.as_ref(), lane.previous()))
}

fn roll_back_to(looker: &Looker<'_>, back_to: Option<&Release>) -> Action {
    if back_to.is_some() {
        return looker.action(Permission::RollBack);
    }
    Action::refused("nothing verified ran here before")
}
