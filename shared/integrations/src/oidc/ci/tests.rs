use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::{Value, json};

use super::*;

const AUDIENCE: &str = "keelson:https://keelson.example";
const ISSUED: i64 = 1_795_000_000;

fn key(name: &str) -> RsaKeyPair {
    let pkcs8: &[u8] = match name {
        "issuer" => include_bytes!("../../../tests/fixtures/issuer-key.p8"),
        _ => include_bytes!("../../../tests/fixtures/stranger-key.p8"),
    };
    RsaKeyPair::from_pkcs8(pkcs8).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(ISSUED + seconds).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(key: &RsaKeyPair, header: &Value, claims: &Value) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// An issuer on this machine, as GitHub's is on the internet.
struct Issuer {
    url: String,
    verifier: Verifier,
    state: Arc<IssuerState>,
}

#[derive(Default)]
struct IssuerState {
    url: String,
    /// What the keys are called now.
    key_id: std::sync::Mutex<String>,
    asked: AtomicUsize,
    broken: std::sync::atomic::AtomicBool,
}

async fn discovery(State(state): State<Arc<IssuerState>>) -> Result<axum::Json<Value>, http::StatusCode> {
    state.asked.fetch_add(1, Ordering::Relaxed);
    if state.broken.load(Ordering::Relaxed) {
        return Err(http::StatusCode::BAD_GATEWAY);
    }
    let jwks_uri = format!("{}/.well-known/jwks", state.url);
    Ok(axum::Json(json!({"issuer": state.url, "jwks_uri": jwks_uri})))
}

async fn jwks(State(state): State<Arc<IssuerState>>) -> axum::Json<Value> {
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(key("issuer").public());
    let n = URL_SAFE_NO_PAD.encode([&[0], public.n.as_slice()].concat());
    let kid = state.key_id.lock().unwrap().clone();
    axum::Json(json!({"keys": [
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": n, "e": URL_SAFE_NO_PAD.encode(public.e)},
        {"kty": "RSA", "use": "enc", "kid": "for-encryption", "n": n, "e": "AQAB"},
        {"kty": "RSA", "alg": "RS512", "kid": "another-algorithm", "n": n, "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "kid": "elliptic", "x": "AA", "y": "AA"},
        {"kty": "RSA", "alg": "RS256", "kid": "broken", "n": "!", "e": "AQAB"},
    ]}))
}

impl Issuer {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let key_id = std::sync::Mutex::new("first".to_owned());
        let state = Arc::new(IssuerState { url: url.clone(), key_id, ..IssuerState::default() });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/.well-known/jwks", get(jwks))
            .with_state(state.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { verifier: Verifier::new(&url, AUDIENCE).unwrap(), url, state }
    }

    fn claims(&self) -> Value {
        json!({
            "iss": self.url, "aud": AUDIENCE, "sub": "repo:acme@65/storefront@74:ref:refs/heads/main", "jti": "j-1",
            "iat": ISSUED, "nbf": ISSUED - 300, "exp": ISSUED + 300,
            "repository": "acme/storefront", "repository_id": "74", "repository_owner": "acme",
            "repository_owner_id": "65", "ref": "refs/heads/main", "ref_type": "branch", "sha": "2".repeat(40),
            "event_name": "push", "workflow_ref": "acme/storefront/.github/workflows/ship.yml@refs/heads/main",
            "run_id": "1234", "run_number": "9", "run_attempt": "2", "actor": "ada", "actor_id": "7",
            "runner_environment": "github-hosted",
        })
    }

    /// As GitLab's documentation lists the claims of an id token.
    fn gitlab_claims(&self) -> Value {
        json!({
            "iss": self.url, "aud": AUDIENCE, "sub": "project_path:acme/shop/storefront:ref_type:branch:ref:main",
            "jti": "j-1", "iat": ISSUED, "nbf": ISSUED - 5, "exp": ISSUED + 3600,
            "namespace_id": "65", "namespace_path": "acme/shop", "project_id": "74",
            "project_path": "acme/shop/storefront", "user_id": "7", "user_login": "ada",
            "user_email": "ada@example.com", "user_access_level": "maintainer", "pipeline_id": "1212",
            "pipeline_source": "push", "job_id": "3", "ref": "main", "ref_type": "branch",
            "ref_path": "refs/heads/main", "ref_protected": "true", "groups_direct": ["acme"],
            "environment": "production", "environment_protected": "false", "deployment_tier": "production",
            "runner_id": 1, "runner_environment": "self-hosted", "sha": "2".repeat(40),
            "project_visibility": "private",
            "ci_config_ref_uri": "gitlab.example.com/acme/shop/storefront//.gitlab-ci.yml@refs/heads/main",
            "ci_config_sha": "2".repeat(40),
        })
    }

    async fn gitlab(&self, change: impl FnOnce(&mut Value)) -> Result<CiIdentity, Refused> {
        let mut claims = self.gitlab_claims();
        change(&mut claims);
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": "first"});
        self.verify(&signed(&key("issuer"), &header, &claims), 10).await
    }

    fn token(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims();
        change(&mut claims);
        signed(&key("issuer"), &json!({"alg": "RS256", "typ": "JWT", "kid": "first"}), &claims)
    }

    fn token_with(&self, header: Value) -> String {
        signed(&key("issuer"), &header, &self.claims())
    }

    async fn verify(&self, token: &str, seconds: i64) -> Result<CiIdentity, Refused> {
        self.verifier.verify(token, at(seconds)).await
    }

    fn asked(&self) -> usize {
        self.state.asked.load(Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_token_of_the_issuer_proves_who_the_job_is() {
    let issuer = Issuer::start().await;
    let identity = issuer.verify(&issuer.token(|_| {}), 10).await.unwrap();
    assert_eq!((identity.repository_id, identity.owner_id), (74, 65));
    assert_eq!(identity.git_ref, "refs/heads/main");
    assert_eq!(identity.commit.as_str(), "2".repeat(40));
    assert_eq!((identity.run_id.as_str(), identity.run_attempt), ("1234", 2));
    assert_eq!(identity.actor().label(), "ada (CI of acme/storefront)");
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let issuer = Issuer::start().await;
    let others = [
        json!("https://github.com/acme"),
        json!("keelson:https://keelson.example.evil"),
        json!(""),
        json!([AUDIENCE, "sts.amazonaws.com"]),
        json!([]),
    ];
    for audience in others {
        let token = issuer.token(|claims| claims["aud"] = audience.clone());
        assert!(matches!(issuer.verify(&token, 10).await, Err(Refused::Audience(_))), "{audience}");
    }
    let only = issuer.token(|claims| claims["aud"] = json!([AUDIENCE]));
    assert!(issuer.verify(&only, 10).await.is_ok());
}

#[tokio::test]
async fn a_token_is_valid_in_its_time_and_a_minute_around_it() {
    let issuer = Issuer::start().await;
    let token = issuer.token(|_| {});
    assert!(issuer.verify(&token, 359).await.is_ok());
    assert!(matches!(issuer.verify(&token, 360).await, Err(Refused::Expired(_))));
    assert!(issuer.verify(&token, -360).await.is_ok());
    assert!(matches!(issuer.verify(&token, -361).await, Err(Refused::NotYetValid(_))));
    let endless = issuer.token(|claims| claims.as_object_mut().unwrap().remove("exp").map(drop).unwrap());
    assert!(matches!(issuer.verify(&endless, 10).await, Err(Refused::Malformed(_))));
}

#[tokio::test]
async fn no_algorithm_but_rs256_is_accepted() {
    let issuer = Issuer::start().await;
    for algorithm in ["none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256"] {
        let token = issuer.token_with(json!({"alg": algorithm, "kid": "first"}));
        assert!(matches!(issuer.verify(&token, 10).await, Err(Refused::Algorithm(_))), "{algorithm}");
    }
    let unsigned = format!("{}.{}.", part(&json!({"alg": "RS256", "kid": "first"})), part(&issuer.claims()));
    assert!(matches!(issuer.verify(&unsigned, 10).await, Err(Refused::Signature)));
    assert_eq!(issuer.asked(), 1, "the algorithm is looked at before any key is");
}

#[tokio::test]
async fn a_key_that_the_token_brings_along_is_not_used() {
    let issuer = Issuer::start().await;
    let stranger = key("stranger");
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(stranger.public());
    let jwk =
        json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e)});
    let header =
        json!({"alg": "RS256", "kid": "first", "jwk": jwk, "jku": "http://127.0.0.1:1/", "x5u": "x"});
    let token = signed(&stranger, &header, &issuer.claims());
    assert!(matches!(issuer.verify(&token, 10).await, Err(Refused::Signature)));
    let critical = issuer.token_with(json!({"alg": "RS256", "kid": "first", "crit": ["b64"], "b64": false}));
    assert!(matches!(issuer.verify(&critical, 10).await, Err(Refused::Malformed(_))));
    for unusable in ["for-encryption", "another-algorithm", "elliptic", "broken"] {
        let token = issuer.token_with(json!({"alg": "RS256", "kid": unusable}));
        assert!(matches!(issuer.verify(&token, 10).await, Err(Refused::UnknownKey(_))), "{unusable}");
    }
}

#[tokio::test]
async fn a_changed_claim_breaks_the_signature() {
    let issuer = Issuer::start().await;
    let token = issuer.token(|_| {});
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = issuer.claims();
    claims["repository_id"] = json!("75");
    let changed = [parts[0], &part(&claims), parts[2]].join(".");
    assert!(matches!(issuer.verify(&changed, 10).await, Err(Refused::Signature)));
}

#[tokio::test]
async fn the_issuer_is_asked_for_an_unknown_key_at_most_once_a_minute() {
    let issuer = Issuer::start().await;
    issuer.verify(&issuer.token(|_| {}), 0).await.unwrap();
    *issuer.state.key_id.lock().unwrap() = "second".to_owned();
    let rotated = issuer.token_with(json!({"alg": "RS256", "kid": "second"}));
    for seconds in [1, 30, 59] {
        assert!(matches!(issuer.verify(&rotated, seconds).await, Err(Refused::UnknownKey(_))));
    }
    assert_eq!(issuer.asked(), 1);
    assert!(issuer.verify(&rotated, 60).await.is_ok());
    assert_eq!(issuer.asked(), 2);
    assert!(
        matches!(issuer.verify(&issuer.token(|_| {}), 61).await, Err(Refused::UnknownKey(_))),
        "withdrawn"
    );
}

#[tokio::test]
async fn those_who_come_together_wait_for_one_answer() {
    let issuer = Issuer::start().await;
    let token = issuer.token(|_| {});
    let (a, b, c) =
        tokio::join!(issuer.verify(&token, 0), issuer.verify(&token, 0), issuer.verify(&token, 0));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn known_keys_are_used_while_the_issuer_does_not_answer_but_not_for_ever() {
    let issuer = Issuer::start().await;
    let lasting = issuer.token(|claims| claims["exp"] = json!(ISSUED + 1_000_000));
    issuer.verify(&lasting, 0).await.unwrap();
    issuer.state.broken.store(true, Ordering::Relaxed);
    assert!(issuer.verify(&lasting, 3_600).await.is_ok());
    assert_eq!(issuer.asked(), 2, "they are asked for again after an hour");
    assert!(issuer.verify(&lasting, 3_630).await.is_ok());
    assert_eq!(issuer.asked(), 2);
    let refused = issuer.verify(&lasting, 86_400).await.unwrap_err();
    assert!(refused.is_temporary(), "{refused}");
    let again = issuer.verify(&lasting, 86_410).await.unwrap_err();
    assert!(again.is_temporary(), "{again}");
}

#[tokio::test]
async fn events_that_can_run_a_forks_code_are_refused() {
    let issuer = Issuer::start().await;
    for event in DANGEROUS_EVENTS {
        let token = issuer.token(|claims| claims["event_name"] = json!(event));
        assert!(matches!(issuer.verify(&token, 10).await, Err(Refused::Job(Untrusted::Event(_)))), "{event}");
    }
}

#[tokio::test]
async fn a_token_or_configuration_of_another_issuer_is_refused() {
    let issuer = Issuer::start().await;
    let token = issuer.token(|claims| claims["iss"] = json!("https://token.actions.githubusercontent.com"));
    assert!(matches!(issuer.verify(&token, 10).await, Err(Refused::Issuer(_))));
    let deeper = Verifier::new(&format!("{}/acme", issuer.url), AUDIENCE).unwrap();
    let refused = deeper.verify(&issuer.token(|_| {}), at(10)).await.unwrap_err();
    assert!(refused.is_temporary(), "no configuration there: {refused}");
}

#[tokio::test]
async fn what_is_no_token_is_refused_before_anybody_is_asked() {
    let issuer = Issuer::start().await;
    let long = "a".repeat(70_000);
    for text in ["", "a", "a.b", "a.b.c", "..", &long, "eyJhbGciOiJSUzI1NiJ9.e30.%"] {
        assert!(matches!(issuer.verify(text, 10).await, Err(Refused::Malformed(_))), "{text}");
    }
    assert_eq!(issuer.asked(), 0);
}

#[tokio::test]
async fn a_token_that_names_no_key_is_checked_with_the_only_one() {
    let issuer = Issuer::start().await;
    assert!(issuer.verify(&issuer.token_with(json!({"alg": "RS256"})), 10).await.is_ok());
    let forged = signed(&key("stranger"), &json!({"alg": "RS256"}), &issuer.claims());
    assert!(matches!(issuer.verify(&forged, 10).await, Err(Refused::Signature)));
}

#[test]
fn only_an_encrypted_issuer_or_one_on_this_machine_is_trusted() {
    for good in [
        "https://token.actions.githubusercontent.com",
        "https://ghes.example/_services/token",
        "http://127.0.0.1:1",
    ] {
        assert!(Verifier::new(good, AUDIENCE).is_ok(), "{good}");
    }
    for bad in ["http://token.actions.githubusercontent.com", "https://10.0.0.1", "token", ""] {
        assert!(Verifier::new(bad, AUDIENCE).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn a_token_of_gitlab_proves_the_same_in_other_words() {
    let issuer = Issuer::start().await;
    let identity = issuer.gitlab(|_| {}).await.unwrap();
    assert_eq!((identity.repository_id, identity.owner_id), (74, 65));
    assert_eq!(identity.repository, "acme/shop/storefront");
    assert_eq!(identity.git_ref, "refs/heads/main", "as everywhere, not GitLab's bare name");
    assert_eq!(
        identity.workflow_ref,
        "gitlab.example.com/acme/shop/storefront//.gitlab-ci.yml@refs/heads/main"
    );
    assert_eq!((identity.event.as_str(), identity.run_id.as_str()), ("push", "1212"));
    assert_eq!(identity.actor().label(), "ada (CI of acme/shop/storefront)");
    let tag = issuer.gitlab(|claims| claims["ref_type"] = json!("tag")).await.unwrap();
    assert_eq!(tag.git_ref, "refs/tags/main", "a tag called main is not the branch");
}

#[tokio::test]
async fn only_a_push_to_a_protected_ref_of_gitlab_is_trusted() {
    let issuer = Issuer::start().await;
    for source in [
        "merge_request_event",
        "external_pull_request_event",
        "web",
        "api",
        "trigger",
        "schedule",
        "pipeline",
    ] {
        let verdict = issuer.gitlab(|claims| claims["pipeline_source"] = json!(source)).await;
        assert!(matches!(verdict, Err(Refused::Job(Untrusted::Event(_)))), "{source}");
    }
    for unprotected in [json!("false"), json!(false), json!("TRUE"), json!("")] {
        let verdict = issuer.gitlab(|claims| claims["ref_protected"] = unprotected.clone()).await;
        assert!(matches!(verdict, Err(Refused::Job(Untrusted::Unprotected(_)))), "{unprotected}");
    }
    assert!(issuer.gitlab(|claims| claims["ref_protected"] = json!(true)).await.is_ok());
    let silent = issuer.gitlab(|claims| drop(claims.as_object_mut().unwrap().remove("ref_protected"))).await;
    assert!(matches!(silent, Err(Refused::Malformed(_))));
}

#[tokio::test]
async fn a_token_is_of_one_kind_of_host() {
    let issuer = Issuer::start().await;
    let both = issuer.gitlab(|claims| claims["repository_id"] = json!("75")).await;
    assert!(matches!(both, Err(Refused::Malformed(_))));
    let neither = issuer.gitlab(|claims| drop(claims.as_object_mut().unwrap().remove("project_id"))).await;
    assert!(matches!(neither, Err(Refused::Malformed(_))));
    let elsewhere = issuer.gitlab(|claims| claims["ci_config_ref_uri"] = Value::Null).await.unwrap();
    assert_eq!(elsewhere.workflow_ref, "", "which is no workflow that a manifest can name");
}
