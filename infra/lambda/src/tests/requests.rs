//! Requests that come in through the HTTP API.

use api::connection::PutConnection;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::access::{Permission, TokenScope};
use serde_json::{Value, json};
use testkit::{CapturedLog, github, sha, user};

use super::{ORIGIN, Stack, fixture};

/// A request as the HTTP API hands it over.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Value {
    let mut request = fixture(include_str!("fixtures/request.json"));
    request["rawPath"] = path.into();
    request["headers"]["x-keelson-origin"] = ORIGIN.into();
    for (name, value) in headers {
        request["headers"][*name] = (*value).into();
    }
    request["requestContext"]["http"]["method"] = method.into();
    request["requestContext"]["http"]["path"] = path.into();
    if let Some(body) = body {
        request["body"] = body.into();
        request["headers"]["content-length"] = body.len().to_string().into();
    }
    request
}

fn body(answer: &Value) -> Value {
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_with_what_every_answer_has() {
    let stack = Stack::new().await;
    let answer = stack.invoke(&stack.panel(), &request("GET", "/healthz", &[], None)).await.unwrap();
    assert_eq!((&answer["statusCode"], &answer["isBase64Encoded"]), (&json!(204), &json!(false)));
    assert_eq!(answer["headers"]["x-content-type-options"], "nosniff");
    assert!(answer["headers"]["x-request-id"].as_str().unwrap().starts_with("req_"));
}

#[tokio::test]
async fn whoever_goes_around_cloudfront_is_refused_and_nothing_is_told() {
    let stack = Stack::new().await;
    let panel = stack.panel();
    for headers in [&[("x-keelson-origin", "a guess")][..], &[("x-keelson-origin", "")]] {
        let answer = stack.invoke(&panel, &request("GET", "/healthz", headers, None)).await.unwrap();
        assert_eq!(
            (&answer["statusCode"], &body(&answer)["type"]),
            (&json!(403), &json!("/problems/forbidden"))
        );
    }
    let mut without = request("GET", "/api/no/such/thing", &[], None);
    without["headers"].as_object_mut().unwrap().remove("x-keelson-origin");
    assert_eq!(stack.invoke(&panel, &without).await.unwrap()["statusCode"], 403);
}

#[test]
fn while_the_word_of_cloudfront_is_changed_both_are_believed() {
    let secrets = crate::http::OriginSecrets::read(" old\nnew ");
    assert!(secrets.know("old") && secrets.know("new"));
    assert!(!secrets.know("") && !secrets.know("old new"));
    assert!(!crate::http::OriginSecrets::read("").know(""), "without a word nobody is believed");
}

#[tokio::test]
async fn what_no_route_answers_is_a_problem_and_names_the_request() {
    let stack = Stack::new().await;
    let answer = stack.invoke(&stack.panel(), &request("GET", "/api/services", &[], None)).await.unwrap();
    assert_eq!(answer["statusCode"], 404);
    assert_eq!(answer["headers"]["content-type"], "application/problem+json");
    assert_eq!(body(&answer)["instance"], answer["headers"]["x-request-id"]);
}

#[tokio::test]
async fn a_session_goes_out_and_comes_back_as_a_cookie() {
    let stack = Stack::new().await;
    let panel = stack.panel();
    let order = json!({"keelson": "sign_in_link", "login": "ada"});
    let link = stack.invoke(&panel, &order).await.unwrap();
    let (_, secret) = link["url"].as_str().unwrap().split_once('#').unwrap();
    let headers = [("content-type", "application/json"), ("origin", "http://keelson.test")];
    let sign_in = json!({ "secret": secret }).to_string();
    let answer =
        stack.invoke(&panel, &request("POST", "/auth/session", &headers, Some(&sign_in))).await.unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let cookie = answer["cookies"][0].as_str().unwrap().split(';').next().unwrap().to_owned();
    let mut me = request("GET", "/api/me", &[("sec-fetch-site", "same-origin")], None);
    me["cookies"] = json!(["theme=dark", cookie]);
    assert_eq!(body(&stack.invoke(&panel, &me).await.unwrap())["login"], "ada");
}

#[tokio::test]
async fn a_signature_is_over_the_bytes_that_were_sent_in_whichever_form_they_come() {
    let stack = Stack::new().await;
    let webhooks = stack.webhooks();
    stack.world.put(&user("olga", domain::access::Role::Operator)).await;
    let token = stack.world.token("olga", TokenScope::default()).await;
    let authorized = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
    let connection = PutConnection {
        secret: Some("It is a secret to everybody".to_owned()),
        ..PutConnection::of_kind("github")
    };
    let connection = serde_json::to_string(&connection).unwrap();
    let put = request("PUT", "/api/connections/github", &authorized, Some(&connection));
    assert_eq!(stack.invoke(&webhooks, &put).await.unwrap()["statusCode"], 200);

    let author = github::PushedCommit { sha: &sha(1).to_string(), message: "Grüße", author: "bob" };
    let text = String::from_utf8(github::push(
        "acme/storefront",
        "main",
        &sha(0).to_string(),
        &[author],
        "2026-11-23T09:00:00Z",
    ))
    .unwrap();
    for (id, encoded) in [("one", false), ("two", true)] {
        let headers = github::headers("push", id, "It is a secret to everybody", text.as_bytes());
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut hook = request("POST", "/hooks/github", &headers, Some(&text));
        if encoded {
            hook["body"] = STANDARD.encode(&text).into();
            hook["isBase64Encoded"] = true.into();
        }
        let answer = stack.invoke(&webhooks, &hook).await.unwrap();
        assert_eq!(answer["statusCode"], 202, "{id}: {answer}");
    }
    assert!(stack.happened().await.iter().any(|event| event.starts_with("1 commits pushed to main")));
}

#[tokio::test]
async fn a_query_is_read_and_the_log_names_neither_it_nor_the_word_of_cloudfront() {
    let stack = Stack::new().await;
    stack.world.put(&user("ada", domain::access::Role::Developer)).await;
    let scope = TokenScope { permissions: vec![Permission::Read], ..TokenScope::default() };
    let token = stack.world.token("ada", scope).await;
    let log = CapturedLog::begin();
    let mut request = request("GET", "/api/services", &[("authorization", &format!("Bearer {token}"))], None);
    request["rawQueryString"] = "q=caf%C3%A9&limit=1".into();
    request["queryStringParameters"] = json!({"q": "café", "limit": "1"});
    let answer = stack.invoke(&stack.promotions(), &request).await.unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let text = log.text();
    assert!(text.contains("GET /api/services 200"), "{text}");
    assert!(!text.contains("caf") && !text.contains(ORIGIN) && !text.contains(&token), "{text}");
}
