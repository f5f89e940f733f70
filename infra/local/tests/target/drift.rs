//! Somebody changes the files of what runs: it is found, and the next request replaces it.

use std::fs;
use std::path::PathBuf;

use domain::Digest;
use domain::drift::{Finding, ReadBack};
use domain::rollout::TargetStatus;
use serde_json::json;

use crate::world::World;

impl World {
    /// The files of the release that runs in a process.
    fn content(&self, pid: u32) -> PathBuf {
        let environment = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
        let content = environment.split('\0').find_map(|variable| variable.strip_prefix("KEELSON_CONTENT="));
        content.unwrap().into()
    }

    async fn read_back(&self, artifact: Digest, what: &str, is_it: impl Fn(&ReadBack) -> bool) -> ReadBack {
        let found =
            |status: &TargetStatus| status.release(&artifact).and_then(|release| release.read_back.clone());
        found(&self.until(what, |status| found(status).is_some_and(|found| is_it(&found))).await).unwrap()
    }

    async fn well(&self, artifact: Digest) -> ReadBack {
        self.read_back(artifact, "it is as it was promoted", |found| !found.departs()).await
    }

    async fn found(&self, artifact: Digest, phrases: &[&str]) -> ReadBack {
        let is_it = |found: &ReadBack| found.findings.iter().map(Finding::phrase).eq(phrases.iter().copied());
        self.read_back(artifact, &format!("{phrases:?} is found"), is_it).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_found_and_so_is_its_return() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let read_back = world.well(one).await;
    assert_eq!((read_back.artifact, read_back.content), (Some(one), read_back.promoted_content));

    let settings = world.content(world.pids()[0]).join("settings.json");
    let original = fs::read(&settings).unwrap();
    fs::write(&settings, "{}").unwrap();
    fs::write(settings.with_file_name("extra.py"), "").unwrap();
    let found = world.found(one, &["settings.json changed", "extra.py added"]).await;
    assert_eq!((found.artifact, found.promoted_content), (None, read_back.promoted_content));
    assert_ne!(found.content, found.promoted_content);

    fs::write(&settings, original).unwrap();
    fs::remove_file(settings.with_file_name("extra.py")).unwrap();
    assert_eq!(world.well(one).await, read_back);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_whose_folder_is_removed_has_lost_every_file() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    world.well(one).await;
    fs::remove_dir_all(world.content(world.pids()[0])).unwrap();
    let found = world.found(one, &["server.py missing", "settings.json missing"]).await;
    assert_eq!(found.artifact, None);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_artifact_asked_for_again_is_unpacked_afresh() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let tampered = (world.pids()[0], world.content(world.pids()[0]));
    fs::remove_file(tampered.1.join("settings.json")).unwrap();
    world.found(one, &["settings.json missing"]).await;

    world.deploy(&[(one, 100)]).await;
    world.well(one).await;
    world.until_gone(tampered.0).await;
    let fresh = world.content(world.pids()[0]);
    assert_ne!(fresh, tampered.1);
    assert!(fresh.join("settings.json").exists());
    assert!(!tampered.1.join("settings.json").exists(), "what somebody did is left as it was");
    assert_eq!(world.client().await.get("/").await.body, "one");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_again_runs_what_was_promoted() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    let (pid, since) = (world.pids()[0], world.release(one).await.unwrap().since);
    fs::write(world.content(pid).join("server.py"), "raise SystemExit(1)").unwrap();
    world.found(one, &["server.py changed"]).await;
    world.kill(pid);
    world.came_back(one, since).await;
    world.well(one).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_while_keelson_was_away_is_found() {
    let mut world = World::new().await;
    let one = world.artifact("one", json!({})).await;
    world.deploy(&[(one, 100)]).await;
    world.well(one).await;
    world.crash();
    fs::write(world.content(world.pids()[0]).join("server.py"), "raise SystemExit(1)").unwrap();
    world.start().await;
    world.found(one, &["server.py changed"]).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_replaced_on_disk_is_found_though_the_old_one_runs_on() {
    let mut world = World::new().await;
    world.settings.command = vec!["./program".to_owned(), "server.py".to_owned()];
    let python = fs::read(fs::canonicalize("/usr/bin/python3").unwrap()).unwrap();
    let one = world.artifact_with("one", json!({}), &[("program", &python)]).await;
    world.deploy(&[(one, 100)]).await;
    world.well(one).await;
    let program = world.content(world.pids()[0]).join("program");
    // As a package manager does: a new file takes the name of the one that runs.
    let mode = fs::metadata(&program).unwrap().permissions();
    fs::write(program.with_extension("new"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(program.with_extension("new"), mode).unwrap();
    fs::rename(program.with_extension("new"), &program).unwrap();
    // The process itself runs what was promoted; its next start would not.
    world.found(one, &["program changed"]).await;
    fs::write(program.with_extension("new"), &python).unwrap();
    fs::set_permissions(program.with_extension("new"), fs::metadata(&program).unwrap().permissions())
        .unwrap();
    fs::rename(program.with_extension("new"), &program).unwrap();
    world.well(one).await;
    world.end().await;
}
