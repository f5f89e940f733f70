//! Two releases share the traffic.

use http::Request;
use serde_json::json;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_gets_its_share_of_clients_and_keeps_them() {
    let mut world = World::new().await;
    let (old, new) = (world.artifact("old", json!({})).await, world.artifact("new", json!({})).await);
    world.deploy(&[(old, 100)]).await;
    let mut client = world.client().await;
    assert_eq!(client.get("/").await.cookie(), None);

    world.deploy(&[(old, 80), (new, 20)]).await;
    let mut clients = Vec::new();
    for _ in 0..400 {
        let answer = client.get("/").await;
        clients.push((answer.cookie().unwrap(), answer.body));
    }
    let on_new = clients.iter().filter(|(_, body)| body == "new").count();
    assert!((45..=115).contains(&on_new), "{on_new} of 400 is not about 20 %");
    for (cookie, body) in clients.iter().take(50) {
        let again = client.send(Request::get("/").header("cookie", cookie), "").await;
        assert_eq!((&again.body, again.cookie()), (body, None));
    }

    world.deploy(&[(old, 40), (new, 60)]).await;
    for (cookie, body) in clients.iter().filter(|(_, body)| body == "new") {
        let again = client.send(Request::get("/").header("cookie", cookie), "").await;
        assert_eq!(again.body, *body, "a client on the new release stays there");
    }

    world.deploy(&[(old, 100), (new, 0)]).await;
    let again = client.send(Request::get("/").header("cookie", &clients[0].0), "").await;
    assert_eq!(again.body, "old");
    world.ready(new).await;
    world.end().await;
}
