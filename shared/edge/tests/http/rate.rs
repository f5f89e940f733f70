use api::routes::{RECEIVE_HOOK, SIGN_IN};
use api::{Endpoint, ProblemKind};
use domain::Period;
use edge::{NoContent, Routes};
use testkit::{Client, World};

fn client(world: &World) -> Client {
    let routes =
        Routes::<()>::new(&world.core).on(&SIGN_IN, async || NoContent).on(&RECEIVE_HOOK, async || NoContent);
    world.client(routes.build(()))
}

fn anything<Q, R>(endpoint: &Endpoint<Q, R>) -> Endpoint<(), ()> {
    let route = endpoint.route;
    Endpoint::new(route.name, route.method, route.path, route.access)
}

#[tokio::test]
async fn signing_in_over_and_over_is_slowed_down() {
    let world = World::new().await;
    let client = client(&world);
    let sign_in = async || client.call(&anything(&SIGN_IN), &[]).await;
    for _ in 0..60 {
        sign_in().await.ok();
    }
    let refused = sign_in().await;
    insta::assert_snapshot!(refused.problem(ProblemKind::TooManyRequests).detail, @"There were too many requests like this one. Wait, and try again.");
    assert_eq!(refused.header("retry-after"), Some("1"));
    world.advance(Period::seconds(1));
    sign_in().await.ok();
    sign_in().await.problem(ProblemKind::TooManyRequests);
}

#[tokio::test]
async fn another_sites_page_signs_nobody_in() {
    let world = World::new().await;
    let client = client(&world);
    let sign_in = || client.call(&anything(&SIGN_IN), &[]);
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        let answer = sign_in().header(name, value).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer.problem(ProblemKind::Forbidden).detail, @"This request comes from another site's page, and nobody is signed in for it.");
        }
    }
    sign_in().header("origin", "http://keelson.test").await.ok();
}

#[tokio::test]
async fn deliveries_to_one_connection_do_not_slow_down_those_to_another() {
    let world = World::new().await;
    let client = client(&world);
    let hook = async |to: &str| client.call(&anything(&RECEIVE_HOOK), &[to]).await;
    for _ in 0..5_000 {
        hook("github").await.ok();
    }
    hook("github").await.problem(ProblemKind::TooManyRequests);
    hook("gitlab").await.ok();
    world.advance(Period::seconds(1));
    hook("github").await.ok();
}
