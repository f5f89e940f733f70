//! What must be so in the end, wherever Keelson died.

use std::collections::BTreeSet;

use api::overview::{EventView, LaneView, Overview};
use api::promotion::{Origin, Phase, PromotionSummary};
use api::routes;
use domain::Digest;
use domain::event::EventKind;
use domain::health::HealthState;
use serde_json::Value;

use super::machine::Machine;

/// What must run in an environment in the end.
pub(super) struct Expected {
    pub(super) environment: &'static str,
    pub(super) artifact: Digest,
    /// What its page shows.
    pub(super) page: &'static str,
}

pub(super) async fn lane(machine: &Machine, environment: &str) -> LaneView {
    let view = machine.get(&routes::GET_SERVICE, &["shop"], "").await;
    view.row.environments.into_iter().find(|lane| lane.environment.as_str() == environment).unwrap()
}

pub(super) async fn promotions(machine: &Machine) -> Vec<PromotionSummary> {
    machine.get(&routes::LIST_PROMOTIONS, &["shop"], "?limit=100").await.items
}

/// Waits until an environment has come to rest with what it should run, and looks whether all is well there.
pub(super) async fn is_consistent(machine: &Machine, expected: &Expected) {
    let Expected { environment, artifact, page } = expected;
    let at_rest = async || {
        let lane = lane(machine, environment).await;
        let running = lane.running.as_ref()?;
        let is_it = running.release.artifact == *artifact && running.digest_matches == Some(true);
        let is_well = lane.rollout.is_none() && lane.health.state == HealthState::Healthy;
        (is_it && is_well && lane.address.is_some()).then_some(lane)
    };
    let what = format!("{environment} serves {} and nothing else", artifact.short());
    loop {
        let deaths = machine.deaths().await;
        let lane = machine.until(&what, at_rest).await;
        assert!(lane.drift.is_none(), "{:?}", lane.drift);
        let shown = visits(machine, &lane.address.unwrap()).await;
        if shown.iter().all(|shown| shown.as_ref().is_some_and(|shown| shown.contains(page))) {
            break;
        }
        // It may have died just now, and nobody is served then.
        machine.revive().await;
        assert!(machine.deaths().await > deaths, "{environment}: {page}: {shown:?}");
    }
    let read_back = async || {
        let running = self::lane(machine, environment).await.running?;
        running.read_back.and_then(|read_back| read_back.artifact)
    };
    assert_eq!(machine.until("it is read back", read_back).await, *artifact);
}

async fn visits(machine: &Machine, address: &str) -> Vec<Option<String>> {
    let mut shown = Vec::new();
    for _ in 0..5 {
        shown.push(machine.visit(address).await);
    }
    shown
}

/// Every promotion is over, and the one in question is there once.
pub(super) async fn ended_once(
    machine: &Machine,
    environment: &str,
    artifact: Digest,
    origin: Option<Origin>,
) {
    let all = promotions(machine).await;
    let is_open = |promotion: &&PromotionSummary| !promotion.phase.is_finished();
    assert_eq!(all.iter().filter(is_open).count(), 0, "{all:#?}");
    let is_it = |promotion: &&PromotionSummary| {
        promotion.environment.as_str() == environment
            && promotion.release.artifact == artifact
            && origin.is_none_or(|origin| promotion.origin == origin)
    };
    let phases: Vec<Phase> = all.iter().filter(is_it).map(|promotion| promotion.phase).collect();
    assert_eq!(phases, [Phase::Done], "{environment} {}", artifact.short());
}

/// Everything that was ever told, newest first.
pub(super) async fn events(machine: &Machine) -> Vec<EventView> {
    let mut events = Vec::new();
    let mut after = String::new();
    loop {
        let page = machine.get(&routes::GET_AUDIT, &[], &format!("?limit=100{after}")).await;
        events.extend(page.items);
        let Some(next) = page.next else { return events };
        after = format!("&after={next}");
    }
}

/// Each fact was told once: whatever was handled twice had its effect once.
pub(super) fn nothing_is_doubled(events: &[EventView]) {
    let mut seen = BTreeSet::new();
    let mut requests: Vec<(String, u64)> = Vec::new();
    for event in events {
        assert_ne!(event.kind, EventKind::DriftFound, "{}", event.title);
        let Some(fact) = fact(event) else { continue };
        assert!(seen.insert(fact.clone()), "told twice: {fact}");
        if event.kind == EventKind::TargetRequested {
            let request = &event.body["request"];
            requests.push((text(&request["environment"]), request["sequence"].as_u64().unwrap()));
        }
    }
    for environment in ["staging", "production"] {
        let mut sequence: Vec<u64> =
            requests.iter().filter(|(of, _)| of == environment).map(|(_, sequence)| *sequence).collect();
        sequence.sort_unstable();
        let expected: Vec<u64> = (1..=sequence.len() as u64).collect();
        assert_eq!(sequence, expected, "the requests of {environment} are numbered without a gap");
    }
}

/// What an event tells, if that can be told only once.
#[expect(clippy::wildcard_enum_match_arm, reason = "a test looks at some kinds among many")]
fn fact(event: &EventView) -> Option<String> {
    let body = &event.body;
    let what = match event.kind {
        EventKind::PromotionProposed | EventKind::RolloutStarted | EventKind::PromotionFinished => {
            text(&body["promotion"]["promotion"])
        }
        EventKind::StepReached | EventKind::StepPassed => {
            format!("{} {}", text(&body["promotion"]["promotion"]), body["weight"])
        }
        EventKind::TargetRequested => {
            let request = &body["request"];
            format!("{} {}", text(&request["environment"]), request["sequence"])
        }
        EventKind::ArtifactAnnounced | EventKind::ArtifactRegistered => text(&body["release"]["artifact"]),
        EventKind::PushRecorded => text(&body["after"]),
        EventKind::ServiceApplied => body["revision"].to_string(),
        _ => return None,
    };
    Some(format!("{:?} {what}", event.kind))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Nothing is left over: no process that nobody knows, no event that could not be handled.
pub(super) async fn nothing_is_left_over(machine: &Machine) {
    let two = async || (machine.services().len() == 2).then_some(());
    machine.until("one process runs in each environment", two).await;
    let healthy = async || {
        let overview: Overview = machine.get(&routes::GET_OVERVIEW, &[], "").await;
        assert_eq!(overview.dead_letters, 0);
        (overview.verdict.state == HealthState::Healthy).then_some(())
    };
    machine.until("all is healthy", healthy).await;
}
