use domain::change::{BranchHistory, Push};
use domain::check::{CheckSource, CheckState};
use domain::manifest::RepositoryRef;

use super::samples::{self, check, commit, pull_request, push, repository, sha};
use super::{assert_conflict, world};
use crate::{PageRequest, RecordedPush};

#[tokio::test]
async fn pushes_to_one_branch_do_not_show_on_another() {
    let world = world().await;
    let release = RecordedPush { branch: "main#release".to_owned(), ..push(2) };
    world.put([push(1), release]).await;
    let page = PageRequest::first(10);
    let main = world.store.pushes(&repository(), "main", &page).await.unwrap();
    assert_eq!(main.items, [push(1).push]);
    let release = world.store.pushes(&repository(), "main#release", &page).await.unwrap();
    assert_eq!(release.items, [push(2).push]);
    let other = RepositoryRef { path: "acme/other".to_owned(), ..repository() };
    assert!(world.store.pushes(&other, "main", &page).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_push_of_two_thousand_commits_is_kept_in_parts_that_are_the_same_history() {
    let world = world().await;
    let commits: Vec<_> = (1..=2_048).map(commit).collect();
    let large = Push { before: sha(0), after: sha(2_048), commits, ..push(1).push };
    let parts = RecordedPush { push: large.clone(), ..push(1) }.into_parts();
    assert!(parts.len() > 1, "one row cannot hold it");
    world.commit(|tx| parts.iter().fold(tx, |tx, part| tx.put_new(part))).await.unwrap();

    let pushes = world.store.pushes(&repository(), "main", &PageRequest::first(100)).await.unwrap().items;
    let stored = BranchHistory::new(pushes, Vec::new());
    let whole = BranchHistory::new([large], Vec::new());
    assert_eq!(stored.newest().unwrap().after, sha(2_048));
    assert_eq!(stored.between(None, &sha(2_048)), whole.between(None, &sha(2_048)));
    assert_eq!(stored.between(Some(&sha(3)), &sha(2_000)), whole.between(Some(&sha(3)), &sha(2_000)));
}

#[test]
fn a_push_that_fits_stays_one_even_without_commits() {
    let branch_created = RecordedPush { push: Push { commits: Vec::new(), ..push(1).push }, ..push(1) };
    assert_eq!(branch_created.clone().into_parts(), [branch_created]);
    assert_eq!(push(1).into_parts(), [push(1)]);
    let mut long = push(1);
    long.push.commits[0].title = "x".repeat(250_000);
    assert_eq!(long.clone().into_parts(), [long]);
}

#[tokio::test]
async fn a_pull_request_is_found_by_its_merge_commit_and_told_twice_is_kept_once() {
    let world = world().await;
    for told in [pull_request(1), pull_request(2), pull_request(1)] {
        world.commit(|tx| tx.overwrite(&told)).await.unwrap();
    }
    let found = world.store.pull_request(&repository(), &sha(2)).await.unwrap();
    assert_eq!(found, Some(pull_request(2).pull_request));
    assert_eq!(world.store.pull_request(&repository(), &sha(7)).await.unwrap(), None);
    let all = world.store.pull_requests(&repository(), &PageRequest::first(10)).await.unwrap();
    assert_eq!(all.items, [pull_request(2).pull_request, pull_request(1).pull_request]);
}

#[tokio::test]
async fn a_check_keeps_its_newest_report_however_reports_race() {
    let world = world().await;
    world.put([check("unit", CheckState::Running, 1)]).await;
    let known = world
        .store
        .check(&repository(), &sha(1), CheckSource::CheckRun, "unit", None)
        .await
        .unwrap()
        .unwrap();
    let (passed, failed) = (check("unit", CheckState::Passed, 3), check("unit", CheckState::Failed, 2));

    world.commit(|tx| tx.save(&passed, Some(known.version))).await.unwrap();
    assert_conflict(world.commit(|tx| tx.save(&failed, Some(known.version))).await);
    let known = world
        .store
        .check(&repository(), &sha(1), CheckSource::CheckRun, "unit", None)
        .await
        .unwrap()
        .unwrap();
    assert!(!failed.check.replaces(&known.value.check), "reading again tells that the report is late");
}

#[tokio::test]
async fn checks_of_one_name_from_two_sources_are_two() {
    let world = world().await;
    let mut job = check("unit", CheckState::Failed, 1);
    job.check.source = CheckSource::WorkflowJob;
    world
        .put([check("unit", CheckState::Passed, 1), job.clone(), check("lint # all", CheckState::Passed, 1)])
        .await;
    let checks = world.store.checks(&repository(), &sha(1)).await.unwrap();
    assert_eq!(checks.len(), 3);
    assert!(checks.contains(&job.check));
    assert!(world.store.checks(&repository(), &sha(2)).await.unwrap().is_empty());
}

#[tokio::test]
async fn artifacts_are_found_by_digest_by_commit_and_newest_first() {
    let world = world().await;
    let mut again = samples::artifact(3);
    again.commit = sha(1);
    world.put([samples::artifact(1), samples::artifact(2), again.clone()]).await;
    let service = samples::service_name();

    let one = world.store.artifact(&service, &samples::digest(2)).await.unwrap().unwrap();
    assert_eq!(one.value, samples::artifact(2));
    let all = world.store.artifacts(&service, &PageRequest::first(10)).await.unwrap();
    let digests: Vec<_> = all.items.iter().map(|row| row.value.digest).collect();
    assert_eq!(digests, [3, 2, 1].map(samples::digest));
    let of_commit = world.store.artifacts_of_commit(&service, &sha(1)).await.unwrap();
    let values: Vec<_> = of_commit.into_iter().map(|row| row.value).collect();
    assert_eq!(values, [again, samples::artifact(1)]);
}

#[tokio::test]
async fn a_service_is_found_by_the_branch_it_ships_from_now() {
    let world = world().await;
    world.put([samples::service()]).await;
    let read = world.store.service(&samples::service_name()).await.unwrap().unwrap();
    assert_eq!(read.value, samples::service());
    let mut moved = read.value.clone();
    moved.manifest.service.branch = "trunk".to_owned();
    world.commit(|tx| tx.replace(&moved, read.version)).await.unwrap();

    assert!(world.store.services_of_branch(&repository(), "main").await.unwrap().is_empty());
    assert_eq!(world.store.services_of_branch(&repository(), "trunk").await.unwrap()[0].value, moved);
    assert_eq!(world.store.services().await.unwrap().len(), 1);
}
