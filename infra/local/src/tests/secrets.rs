//! A secret that goes in anywhere comes out nowhere: not in a log line, an event, a row in clear or a file.

use edge::settings::{Hidden, SignInSettings};
use http::header::{COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use testkit::CapturedLog;

use super::*;

/// What every secret that the test makes up contains.
const CANARY: &str = "canary-7f3a91";

fn text(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or(Value::Null)
}

/// Puts secrets in wherever they can go, and answers all of them.
async fn put_in(running: &Running) -> Vec<String> {
    let post = |path: &str| Call::new(running, Method::POST, path);
    let made_up = |name: &str| format!("{CANARY}-{name}-0123456789abcdef");
    let mut secrets = vec![CANARY.to_owned()];

    let connection = json!({ "kind": "github", "secret": made_up("webhook") });
    let put = Call::new(running, Method::PUT, "/api/connections/github").by_owner(running);
    assert!(put.json(&connection).send().await.status().is_success());
    let rotated = post("/api/connections/github/rotate").by_owner(running).json(&json!({})).send().await;
    secrets.extend(text(&rotated)["secret"].as_str().map(str::to_owned));

    // Answers with secrets are kept for whoever sends the request again, and can be read by nobody else.
    for _ in 0..2 {
        let create = post("/api/tokens").by_owner(running).header("idempotency-key", made_up("key"));
        let created = create.json(&json!({ "name": "deploys" })).send().await;
        secrets.push(text(&created)["secret"].as_str().unwrap().to_owned());
    }
    assert_eq!(secrets.pop(), secrets.last().cloned(), "the same answer");
    let me = running.owner().as_str();
    let link = post(&format!("/api/users/{me}/sign-in-link")).by_owner(running);
    let link = text(&link.header("idempotency-key", made_up("link")).send().await)["url"].to_string();
    let secret = link.trim_matches('"').split_once('#').unwrap().1.to_owned();
    let signed_in = post("/auth/session").json(&json!({ "secret": secret })).send().await;
    assert!(signed_in.status().is_success());
    let cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(Call::get(running, "/api/me").header(COOKIE, &cookie).send().await.status(), 200);
    secrets.push(secret);
    secrets.push(cookie.split_once('=').unwrap().1.to_owned());

    let state = format!("/auth/oidc/callback?code={}&state={}&iss=x", made_up("code"), made_up("state"));
    let back = Call::get(running, &state).header(COOKIE, format!("keelson_sign_in={}", made_up("handle")));
    let begun = Call::get(running, &format!("/auth/oidc?next=/{}", made_up("next")));
    for call in [back, begun] {
        assert_eq!(call.send().await.status(), 302);
    }

    let refused = [
        post("/auth/session").json(&json!({ "secret": made_up("link") })),
        Call::get(running, "/api/me").header(AUTHORIZATION, format!("Bearer kls_{}", made_up("token"))),
        Call::get(running, "/api/me").header(AUTHORIZATION, format!("Basic {}", made_up("basic"))),
        Call::get(running, "/api/me").header(COOKIE, format!("keelson_session={}", made_up("cookie"))),
        Call::get(running, &format!("/api/audit?after={}", made_up("query"))).by_owner(running),
        Call::get(running, &format!("/api/nothing/{}?token={0}", made_up("path"))).by_owner(running),
        Call::new(running, Method::PUT, "/api/services/shop")
            .by_owner(running)
            .json(&json!({ "manifest": format!("password = \"{}\"", made_up("config")) })),
        post("/api/tokens").by_owner(running).json(&json!({ "name": made_up("field"), "more": 1 })),
        post(&format!("/hooks/{}", made_up("hook"))).bytes(made_up("body").into_bytes()),
        post("/hooks/github")
            .header("x-github-event", "push")
            .header("x-github-delivery", "1")
            .header("x-hub-signature-256", format!("sha256={}", made_up("signature")))
            .bytes(made_up("body").into_bytes()),
    ];
    for call in refused {
        let status = call.send().await.status();
        assert!(status.is_client_error(), "{status}");
    }
    secrets
}

/// Every file in the folder, whatever it is.
fn files(dir: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap_or_default()));
        }
    }
}

#[tokio::test]
async fn a_secret_that_goes_in_anywhere_comes_out_nowhere() {
    let log = CapturedLog::begin();
    let dir = tempfile::tempdir().unwrap();
    let sign_in = SignInSettings {
        // Nobody answers there.
        issuer: "http://127.0.0.1:9".to_owned(),
        client_id: "keelson".to_owned(),
        client_secret: Some(Hidden(format!("{CANARY}-client-secret"))),
        scopes: "openid".to_owned(),
        groups_claim: "groups".to_owned(),
        roles: Default::default(),
        label: "Acme".to_owned(),
    };
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = Options { listen, sign_in: Some(sign_in), ..Options::new(dir.path().to_owned()) };
    let running = start(options).await.unwrap();
    let secrets = put_in(&running).await;
    assert_eq!(secrets.len(), 5);
    let events = Call::get(&running, "/api/audit?limit=100").by_owner(&running).send().await;
    let mut found = vec![("the events".to_owned(), events.body().to_vec())];
    // The database with its log, artifacts, spools: whatever was written by then.
    files(dir.path(), &mut found);
    running.shutdown().await.unwrap();
    files(dir.path(), &mut found);
    found.push(("the log".to_owned(), log.text().into_bytes()));
    assert!(log.text().contains("/hooks/{connection}"), "the requests were logged: {}", log.text());
    for (place, bytes) in &found {
        for secret in &secrets {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{secret} is in {place}");
        }
    }
}
