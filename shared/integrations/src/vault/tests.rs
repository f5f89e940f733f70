//! A fake that answers as the API documents say, and OpenBao itself where it is installed.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};

use super::*;

const KEYRING: &str = r#"{"current":"k1","k1":"0123456789abcdefghijklmnopqrstuvwxyz"}"#;

#[derive(Default)]
struct Fake {
    logins: AtomicU32,
    /// How many tokens are good no more: those of the first so many logins.
    revoked: AtomicU32,
}

type Answer = (axum::http::StatusCode, Json<Value>);

async fn login(State(fake): State<Arc<Fake>>, Json(asked): Json<Value>) -> Answer {
    if asked != json!({ "role_id": "keelson", "secret_id": "s3cret" }) {
        return (
            axum::http::StatusCode::BAD_REQUEST,
            Json(json!({ "errors": ["invalid role or secret ID"] })),
        );
    }
    let number = fake.logins.fetch_add(1, Ordering::SeqCst) + 1;
    let auth = json!({ "client_token": format!("s.{number}"), "lease_duration": 60, "renewable": true });
    (axum::http::StatusCode::OK, Json(json!({ "auth": auth })))
}

async fn read(State(fake): State<Arc<Fake>>, Path(path): Path<String>, headers: HeaderMap) -> Answer {
    let token = headers.get(TOKEN).and_then(|token| token.to_str().ok()).unwrap_or_default();
    let number: u32 = token.strip_prefix("s.").and_then(|number| number.parse().ok()).unwrap_or(0);
    if token != "root" && (number == 0 || number <= fake.revoked.load(Ordering::SeqCst)) {
        return (axum::http::StatusCode::FORBIDDEN, Json(json!({ "errors": ["permission denied"] })));
    }
    match path.as_str() {
        "team/keelson" => {
            let data = json!({ "data": { "keyring": KEYRING, "number": 7 }, "metadata": { "version": 3 } });
            (axum::http::StatusCode::OK, Json(json!({ "data": data })))
        }
        "deleted" => {
            let data = json!({ "data": null, "metadata": { "deletion_time": "2026-11-23T10:00:00Z" } });
            (axum::http::StatusCode::NOT_FOUND, Json(json!({ "data": data })))
        }
        "sealed" => {
            (axum::http::StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "errors": ["Vault is sealed"] })))
        }
        _ => (axum::http::StatusCode::NOT_FOUND, Json(json!({ "errors": [] }))),
    }
}

async fn fake() -> (Arc<Fake>, String) {
    let fake = Arc::new(Fake::default());
    let router = Router::new()
        .route("/v1/auth/approle/login", post(login))
        .route("/v1/secret/data/{*path}", get(read))
        .with_state(fake.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (fake, address)
}

fn by_token(address: &str, token: &str) -> VaultSettings {
    VaultSettings { address: address.to_owned(), namespace: None, login: VaultLogin::Token(token.to_owned()) }
}

fn by_role(address: &str, role: &str, secret: &str) -> VaultSettings {
    let login =
        VaultLogin::AppRole { mount: "approle".to_owned(), role: role.to_owned(), secret: secret.to_owned() };
    VaultSettings { address: address.to_owned(), namespace: None, login }
}

async fn refusal(settings: VaultSettings, place: &str) -> String {
    VaultSecret::new(settings, place).unwrap().read().await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_field_of_a_secret_is_read_with_a_token() {
    let (_, address) = fake().await;
    let secret = VaultSecret::new(by_token(&address, "root"), "secret/team/keelson#keyring").unwrap();
    assert_eq!(secret.read().await.unwrap(), KEYRING);
}

#[tokio::test]
async fn a_role_logs_in_once_and_again_when_its_token_is_no_longer_good() {
    let (fake, address) = fake().await;
    let settings = by_role(&address, "keelson", "s3cret");
    let secret = VaultSecret::new(settings, "secret/team/keelson#keyring").unwrap();
    for _ in 0..3 {
        assert_eq!(secret.read().await.unwrap(), KEYRING);
    }
    assert_eq!(fake.logins.load(Ordering::SeqCst), 1);
    fake.revoked.store(1, Ordering::SeqCst);
    assert_eq!(secret.read().await.unwrap(), KEYRING);
    assert_eq!(fake.logins.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn every_refusal_says_what_is_wrong_and_none_shows_a_secret() {
    let (_, address) = fake().await;
    let root = || by_token(&address, "root");
    let told = [
        refusal(root(), "secret/nothing#keyring").await,
        refusal(root(), "secret/deleted#keyring").await,
        refusal(root(), "secret/sealed#keyring").await,
        refusal(root(), "secret/team/keelson#other").await,
        refusal(root(), "secret/team/keelson#number").await,
        refusal(by_token(&address, "s3cret"), "secret/team/keelson#keyring").await,
        refusal(by_role(&address, "keelson", "wr0ng-s3cret"), "secret/team/keelson#keyring").await,
    ];
    let told = told.map(|told| told.replace("the secret cannot be read or kept: ", "")).join("\n");
    insta::assert_snapshot!(told, @"
    the Vault has nothing at secret/nothing, or its newest version was deleted
    the Vault has nothing at secret/deleted, or its newest version was deleted
    the Vault: it does not give secret/sealed (503, Vault is sealed)
    the Vault's secret/team/keelson has no text in `other`
    the Vault's secret/team/keelson has no text in `number`
    the Vault: it does not give secret/team/keelson (403, permission denied)
    the Vault: it does not let Keelson in (400, invalid role or secret ID)
    ");
    assert!(!told.contains("s3cret") && !told.contains("0123456789"));
}

#[test]
fn a_secret_never_goes_over_a_network_in_clear_and_a_place_has_three_parts() {
    let refused =
        |address: &str, place: &str| VaultSecret::new(by_token(address, "t"), place).unwrap_err().to_string();
    assert!(refused("http://vault.example.com:8200", "secret/a#b").contains("must begin with https://"));
    assert!(refused("vault", "secret/a#b").contains("not an address"));
    for place in ["secret", "secret/a", "a#b"] {
        assert!(refused("https://vault.example.com", place).contains("not a place like"), "{place}");
    }
    assert!(VaultSecret::new(by_token("https://vault.internal:8200/", "t"), "secret/a/b#c").is_ok());
}

/// A server in memory; ended when dropped.
struct Bao(Child);

impl Drop for Bao {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where OpenBao's program is; the test stage that installs it says so.
#[expect(clippy::disallowed_methods, reason = "a test's own setting")]
fn bao() -> Option<String> {
    std::env::var("KEELSON_TEST_BAO").ok()
}

async fn api(address: &str, method: reqwest::Method, path: &str, body: Value) -> Value {
    let request = Client::new().request(method, format!("{address}/v1/{path}")).header(TOKEN, "root");
    let answer = request.json(&body).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null)
}

#[tokio::test]
async fn openbao_itself_is_understood_where_it_is_installed() {
    let Some(program) = bao() else {
        println!("not run: KEELSON_TEST_BAO does not say where OpenBao is");
        return;
    };
    // The test's own client needs it too.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (listen, address) = (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}"));
    let server = Command::new(program)
        .args(["server", "-dev", "-dev-root-token-id=root", "-dev-no-store-token"])
        .arg(format!("-dev-listen-address={listen}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Bao(server.unwrap());
    let deadline = Instant::now() + Duration::from_secs(30);
    while reqwest::get(format!("{address}/v1/sys/health")).await.is_err() {
        assert!(Instant::now() < deadline, "OpenBao does not start");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let post = reqwest::Method::POST;
    let put = |value: &str| json!({ "data": { "keyring": value } });
    api(&address, post.clone(), "secret/data/team/keelson", put("first")).await;
    let policy = r#"path "secret/data/team/*" { capabilities = ["read"] }"#;
    api(&address, reqwest::Method::PUT, "sys/policies/acl/keelson", json!({ "policy": policy })).await;
    api(&address, post.clone(), "sys/auth/approle", json!({ "type": "approle" })).await;
    let role = json!({ "token_policies": ["keelson"], "token_ttl": "60s" });
    api(&address, post.clone(), "auth/approle/role/keelson", role).await;
    let id = api(&address, reqwest::Method::GET, "auth/approle/role/keelson/role-id", Value::Null).await;
    let id = id["data"]["role_id"].as_str().unwrap().to_owned();
    let made = api(&address, post.clone(), "auth/approle/role/keelson/secret-id", json!({})).await;
    let secret = made["data"]["secret_id"].as_str().unwrap().to_owned();

    let kept = VaultSecret::new(by_role(&address, &id, &secret), "secret/team/keelson#keyring").unwrap();
    assert_eq!(kept.read().await.unwrap(), "first");
    api(&address, post.clone(), "secret/data/team/keelson", put("second")).await;
    assert_eq!(kept.read().await.unwrap(), "second", "a new version is read");
    let elsewhere = refusal(by_role(&address, &id, &secret), "secret/other#keyring").await;
    assert!(elsewhere.contains("403"), "{elsewhere}");
    let wrong = refusal(by_role(&address, &id, "wrong"), "secret/team/keelson#keyring").await;
    assert!(wrong.contains("does not let Keelson in"), "{wrong}");
    api(&address, reqwest::Method::DELETE, "secret/data/team/keelson", Value::Null).await;
    let deleted = refusal(by_token(&address, "root"), "secret/team/keelson#keyring").await;
    assert!(deleted.contains("newest version was deleted"), "{deleted}");
}
