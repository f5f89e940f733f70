use domain::dora::Deployment;
use jiff::Timestamp;

use super::samples::{deployment, environment, later, promotion_id, run, service_name, steps};
use super::world;

fn numbers(deployments: &[Deployment]) -> Vec<Timestamp> {
    deployments.iter().map(Deployment::at).collect()
}

#[tokio::test]
async fn deployments_are_read_by_time_newest_first_and_no_further_than_asked_for() {
    let world = world().await;
    let at = |n: u8| Deployment {
        promotion: promotion_id(n),
        reached_all_at: Some(later(i64::from(n) * 60)),
        ..deployment()
    };
    let elsewhere = Deployment { environment: "staging".parse().unwrap(), ..at(9) };
    world.put((1..=5).map(at)).await;
    world.put([elsewhere]).await;
    let since = async |seconds, most| {
        world.store.deployments_since(&service_name(), &environment(), later(seconds), most).await.unwrap()
    };

    let some = since(120, 100).await;
    assert_eq!(numbers(&some.items), [later(300), later(240), later(180), later(120)]);
    assert!(!some.truncated);
    let few = since(0, 2).await;
    assert_eq!(numbers(&few.items), [later(300), later(240)]);
    assert!(few.truncated);
    assert!(since(301, 100).await.items.is_empty());

    let before =
        world.store.deployments_before(&service_name(), &environment(), later(180), 1).await.unwrap();
    assert_eq!(numbers(&before.items), [later(120)]);
}

#[tokio::test]
async fn two_deployments_of_one_moment_are_both_kept() {
    let world = world().await;
    let same = |n: u8| Deployment { promotion: promotion_id(n), ..deployment() };
    world.put([same(1), same(2)]).await;
    let both = world.store.deployments_since(&service_name(), &environment(), Timestamp::MIN, 10).await;
    assert_eq!(both.unwrap().items.len(), 2);
}

#[tokio::test]
async fn runs_and_steps_are_found_again() {
    let world = world().await;
    world.put([run()]).await;
    world.put([steps()]).await;
    let runs = world.store.ci_runs_since(&service_name(), run().registered_at, 10).await.unwrap();
    assert_eq!(runs.items, [run()]);
    let found = world.store.ci_run(&service_name(), run().registered_at, &run().commit).await.unwrap();
    assert_eq!(found.unwrap().value, run());
    let recorded = steps();
    let of_commit = world.store.job_steps(&recorded.repository, &recorded.commit).await.unwrap();
    assert_eq!(of_commit, std::slice::from_ref(&recorded.steps));
    let of_job = world
        .store
        .steps_of_job(&recorded.repository, &recorded.commit, "unit", recorded.steps.order)
        .await
        .unwrap();
    assert_eq!(of_job.unwrap().value, recorded);
    // Checks lie in the same partition.
    assert!(world.store.checks(&recorded.repository, &recorded.commit).await.unwrap().is_empty());
}
