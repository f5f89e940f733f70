//! Somebody edits what runs in production: it is found, told and blocked, until it is what was promoted again.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use api::overview::{EventView, LaneView, Overview};
use api::routes;
use domain::event::EventKind;
use domain::health::HealthState;
use serde_json::Value;

use crate::sample::Build;
use crate::team::Team;

/// Within which drift must show, at the latest.
const SHOWN_WITHIN: Duration = Duration::from_secs(60);

impl Team {
    /// The folder with the files of what runs in production, which has one release there.
    fn files_of_production(&self) -> PathBuf {
        let releases = self.product.folder().join(".keelson/releases/shop/production");
        let folders = fs::read_dir(releases).unwrap().flatten().map(|entry| entry.path());
        let mut unpacked: Vec<PathBuf> = folders.filter(|path| path.join("release.json").exists()).collect();
        assert_eq!(unpacked.len(), 1, "{unpacked:?}");
        unpacked.remove(0).join("content")
    }

    async fn production_until(&self, what: &str, so: impl Fn(&LaneView) -> bool) -> LaneView {
        let look = async || Some(self.lane("production").await).filter(|lane| so(lane));
        self.product.until(what, look).await
    }

    async fn told(&self, kind: EventKind) -> Vec<String> {
        let audit: api::Page<EventView> = self.product.get(&routes::GET_AUDIT, &[]).await;
        let told = audit.items.into_iter().filter(|event| event.kind == kind);
        told.map(|event| event.title).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_changed_by_hand_show_as_drift_and_block_promotions_until_they_are_what_was_promoted() {
    let mut team = Team::new().await;
    let first = team.ship(&Build::good("one")).await;
    let lane = team.production_until("it was read back", |lane| {
        lane.running.as_ref().is_some_and(|running| running.read_back.is_some())
    });
    let running = lane.await.running.unwrap();
    let read_back = running.read_back.unwrap();
    assert_eq!((read_back.artifact, running.digest_matches), (Some(first), Some(true)));
    assert_eq!(read_back.content, read_back.promoted_content);

    // Edited, and one added.
    let content = team.files_of_production();
    let original = fs::read(content.join("version.toml")).unwrap();
    fs::write(content.join("version.toml"), "name = \"hotfix\"\n").unwrap();
    fs::write(content.join("notes.txt"), "remember to undo this").unwrap();
    let edited = Instant::now();
    let both = |lane: &LaneView| lane.drift.as_ref().is_some_and(|found| found.drift.findings.len() == 2);
    let lane = team.production_until("drift shows", both).await;
    let took = edited.elapsed();
    assert!(took < SHOWN_WITHIN, "{took:?}");
    let drift = lane.drift.unwrap();
    let expected = format!(
        "what runs is not {} as it was promoted: version.toml changed, notes.txt added",
        first.short()
    );
    assert_eq!((drift.sentence, drift.drift.artifact), (expected.clone(), first));
    assert_eq!((lane.health.state, lane.health.reason), (HealthState::Drifted, expected));
    let running = lane.running.unwrap();
    let read_back = running.read_back.unwrap();
    assert_eq!((running.digest_matches, read_back.artifact), (Some(false), None));
    assert_ne!(read_back.content, read_back.promoted_content);
    let verdict = async || {
        let Overview { verdict, .. } = team.product.get(&routes::GET_OVERVIEW, &[]).await;
        (verdict.state == HealthState::Drifted && verdict.reason.contains("notes.txt")).then_some(())
    };
    team.product.until("the overview tells it", verdict).await;
    let status = team.product.text(&["status"]);
    assert!(status.contains("drifted") && status.contains("version.toml changed"), "{status}");

    // Nothing new comes on top of it.
    let second = team.change(&Build::good("two")).await;
    team.runs("staging", second).await;
    let blocked = team.waits(second, "blocked, because what runs is not").await;
    assert!(blocked.contains("notes.txt added") && blocked.contains("put the files back"), "{blocked}");
    let promotion = team.waiting(second).await.unwrap();
    team.approve(&promotion);
    assert!(team.lane("production").await.rollout.is_none());

    // Put back as it was: resolved by itself, and what waited goes on.
    fs::write(content.join("version.toml"), original).unwrap();
    fs::remove_file(content.join("notes.txt")).unwrap();
    let address = team.lane("production").await.address.unwrap();
    team.visited_until_over(promotion.id, &address).await;
    team.runs("production", second).await;
    assert_eq!(team.told(EventKind::DriftResolved).await.len(), 1);
    let found = team.told(EventKind::DriftFound).await;
    assert!(found.iter().any(|title| title.contains("notes.txt added")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_is_not_blocked_by_drift_and_unpacks_afresh() {
    let mut team = Team::new().await;
    let first = team.ship(&Build::good("one")).await;
    let address = team.lane("production").await.address.unwrap();
    let content = team.files_of_production();
    fs::remove_file(content.join("version.toml")).unwrap();
    team.production_until("drift shows", |lane| lane.drift.is_some()).await;

    // To what is promoted already: the same artifact, out of a folder that nobody has touched.
    let back = ["rollback", "shop", "production", "--to", &first.to_string(), "--yes", "--watch"];
    let _: Value = team.product.keelson(&back);
    let well = |lane: &LaneView| {
        let running = lane.running.as_ref();
        lane.drift.is_none() && running.is_some_and(|running| running.digest_matches == Some(true))
    };
    let lane = team.production_until("it is resolved", well).await;
    assert_eq!((lane.health.state, lane.running.unwrap().release.artifact), (HealthState::Healthy, first));
    let (status, page) = team.product.visit(&address).await;
    assert!(status == 200 && page.contains("Version one"), "{status} {page}");
    assert!(!content.join("version.toml").exists(), "what somebody did is left as it was");
}
