use api::{Problem, ProblemKind};
use http::StatusCode;
use http::header::ACCEPT;

use super::*;

#[tokio::test]
async fn every_function_is_served_and_asks_who_calls() {
    let dir = tempfile::tempdir().unwrap();
    let running = started(dir.path()).await;
    let filled = |part: &str| if part.starts_with('{') { "x".to_owned() } else { part.to_owned() };
    for route in api::routes::ALL {
        let path = route.path.split('/').map(filled).collect::<Vec<_>>().join("/");
        let response = Call::new(&running, route.method.as_str().parse().unwrap(), &path).send().await;
        if route.access == api::Access::Public {
            assert_ne!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{} is not served", route.name);
        } else {
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{}", route.name);
        }
    }
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_none_is_a_problem_for_programs_and_a_page_for_people() {
    let (dir, panel) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(panel.path().join("index.html"), "the page").unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let options =
        Options { listen, panel: Some(panel.path().to_owned()), ..Options::new(dir.path().to_owned()) };
    let running = start(options).await.unwrap();

    let response = Call::get(&running, "/api/nothing").header(ACCEPT, "text/html").send().await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let problem: Problem = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(problem.kind, ProblemKind::NotFound.uri());
    assert_eq!(problem.instance.unwrap(), response.headers()["x-request-id"].to_str().unwrap());

    let response = Call::get(&running, "/services/storefront").header(ACCEPT, "text/html").send().await;
    assert_eq!((response.status(), &response.body()[..]), (StatusCode::OK, b"the page".as_slice()));
    assert!(response.headers().contains_key("content-security-policy"));
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_ci_jobs_identity_is_looked_at_where_artifacts_are_registered() {
    let dir = tempfile::tempdir().unwrap();
    let running = started(dir.path()).await;
    let path = api::routes::ANNOUNCE_ARTIFACT.path(&["shop"]);
    let made_up = Call::new(&running, Method::POST, &path).header("authorization", "Bearer not.a.token");
    let response = made_up.json(&()).send().await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let problem: Problem = serde_json::from_slice(response.body()).unwrap();
    assert!(problem.detail.starts_with("The CI job's identity token is not accepted"), "{}", problem.detail);
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_a_problem_that_names_those_it_takes() {
    let dir = tempfile::tempdir().unwrap();
    let running = started(dir.path()).await;
    for (method, path, takes) in [
        (Method::PATCH, "/api/services/shop", ["GET", "PUT"].as_slice()),
        (Method::POST, "/api/audit", &["GET"]),
        (Method::GET, "/hooks/github", &["POST"]),
    ] {
        let response = Call::new(&running, method, path).by_owner(&running).send().await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allowed = response.headers()["allow"].to_str().unwrap();
        assert!(takes.iter().all(|method| allowed.contains(method)), "{path}: {allowed}");
        let problem: Problem = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(problem.kind, ProblemKind::MethodNotAllowed.uri());
    }
    running.shutdown().await.unwrap();
}
