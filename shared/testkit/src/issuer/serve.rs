//! What the issuer answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, LOCATION};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::keys::{challenge, unsigned};
use super::{Asked, CLIENT_ID, CLIENT_SECRET, Lie, Shared};

/// More than anybody reads.
const HUGE: usize = 8 * 1024 * 1024;
/// How long a token is valid, in seconds.
const LIFETIME: i64 = 300;
const HOUR: i64 = 3_600;

type Fields = BTreeMap<String, String>;
type Issuer = State<Arc<Shared>>;

pub(super) fn router(state: Arc<Shared>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/keys", get(keys))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .with_state(state)
}

fn fields(text: &str) -> Fields {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

async fn configuration(State(shared): Issuer) -> axum::Json<Value> {
    let state = shared.lock();
    let url = &shared.url;
    let issuer = if state.lie == Some(Lie::ConfigurationOfAnother) { "https://id.example" } else { url };
    let keys = if state.lie == Some(Lie::KeysElsewhere) {
        "https://keys.example/keys"
    } else {
        &format!("{url}/keys")
    };
    axum::Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{url}/authorize?tenant=acme"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": keys,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": state.proofs,
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(shared): Issuer) -> axum::Json<Value> {
    let mut state = shared.lock();
    state.key_sets += 1;
    axum::Json(state.keys.published())
}

/// Signs the person in at once, and sends the browser back.
async fn authorize(State(shared): Issuer, RawQuery(query): RawQuery) -> Response {
    let asked = fields(&query.unwrap_or_default());
    let given = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let wrong = [
        ("tenant", "acme"),
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("code_challenge_method", "S256"),
    ]
    .into_iter()
    .find(|(name, expected)| given(name) != *expected);
    let has_openid = given("scope").split(' ').any(|scope| scope == "openid");
    if let Some((name, _)) = wrong {
        return (StatusCode::BAD_REQUEST, format!("wrong {name}")).into_response();
    }
    if !has_openid || given("code_challenge").len() != 43 || given("nonce").is_empty() {
        return (StatusCode::BAD_REQUEST, "no OpenID Connect with PKCE").into_response();
    }
    let mut state = shared.lock();
    state.made += 1;
    let code = format!("canary-code-{}-{}", state.made, &challenge(&given("state"))[..16]);
    let asked = Asked {
        redirect_uri: given("redirect_uri"),
        nonce: given("nonce"),
        challenge: given("code_challenge"),
        person: state.person.clone(),
    };
    let back = asked.redirect_uri.clone();
    state.codes.insert(code.clone(), asked);
    state.secrets.push(code.clone());
    let issuer = if state.lie == Some(Lie::AnswersForAnother) { "https://id.example" } else { &shared.url };
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("code", code.as_str()), ("state", &given("state")), ("iss", issuer)])
        .finish();
    (StatusCode::FOUND, [(LOCATION, format!("{back}?{query}"))]).into_response()
}

/// Exchanges a code, as RFC 6749, sections 4.1.3 and 5.2, and RFC 7636, section 4.6, say.
async fn token(State(shared): Issuer, headers: HeaderMap, body: String) -> Response {
    let form = fields(&body);
    let given = |name: &str| form.get(name).cloned().unwrap_or_default();
    let lie = shared.lock().lie;
    if lie == Some(Lie::Silent) {
        std::future::pending::<()>().await;
    }
    if !proves_to_be_the_client(&shared.lock().proofs, &headers, &form) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    // Taken out: a code works once.
    let asked = shared.lock().codes.remove(&given("code"));
    let fits = |asked: &Asked| {
        asked.redirect_uri == given("redirect_uri") && asked.challenge == challenge(&given("code_verifier"))
    };
    let Some(asked) = asked.filter(|asked| fits(asked) && given("grant_type") == "authorization_code") else {
        return refusal(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    match lie {
        Some(Lie::Huge) => Body::from(vec![b' '; HUGE]).into_response(),
        Some(Lie::NoIdToken) => axum::Json(json!({ "access_token": "canary-access" })).into_response(),
        lie => {
            let id_token = id_token(&shared, &asked, lie);
            let mut state = shared.lock();
            state.secrets.extend([id_token.clone(), "canary-access".to_owned()]);
            let answer =
                json!({ "id_token": id_token, "access_token": "canary-access", "token_type": "Bearer" });
            axum::Json(answer).into_response()
        }
    }
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, axum::Json(json!({ "error": error, "error_description": "not for people" }))).into_response()
}

fn proves_to_be_the_client(proofs: &[&str], headers: &HeaderMap, form: &Fields) -> bool {
    let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let basic = basic.and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok());
    let in_form = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    proofs.iter().any(|proof| match *proof {
        "client_secret_basic" => basic.as_deref() == Some(&format!("{CLIENT_ID}:{CLIENT_SECRET}")),
        "client_secret_post" => in_form("client_id", CLIENT_ID) && in_form("client_secret", CLIENT_SECRET),
        _ => in_form("client_id", CLIENT_ID) && basic.is_none() && !form.contains_key("client_secret"),
    })
}

fn id_token(shared: &Shared, asked: &Asked, lie: Option<Lie>) -> String {
    let state = shared.lock();
    let now = shared.clock.now().as_second();
    let mut claims = asked.person.clone();
    for (name, value) in [
        ("iss", json!(shared.url)),
        ("aud", json!(CLIENT_ID)),
        ("nonce", json!(asked.nonce)),
        ("iat", json!(now)),
        ("exp", json!(now + LIFETIME)),
    ] {
        claims[name] = value;
    }
    match lie {
        Some(Lie::Issuer) => claims["iss"] = json!(format!("{}/", shared.url)),
        Some(Lie::Audience) => claims["aud"] = json!("another-client"),
        Some(Lie::AuthorizedParty) => {
            claims["aud"] = json!([CLIENT_ID, "another-client"]);
            claims["azp"] = json!("another-client");
        }
        Some(Lie::Nonce) => claims["nonce"] = json!("of another sign-in"),
        Some(Lie::NoNonce) => claims["nonce"] = Value::Null,
        Some(Lie::Expired) => claims["exp"] = json!(now - HOUR),
        Some(Lie::FromTheFuture) => claims["iat"] = json!(now + HOUR),
        Some(Lie::NeverIssued) => {
            claims.as_object_mut().expect("claims").remove("iat");
        }
        Some(Lie::NoSubject) => claims["sub"] = json!(""),
        Some(Lie::GroupsOverage) => {
            claims.as_object_mut().expect("claims").remove("groups");
            claims["_claim_names"] = json!({ "groups": "src1" });
        }
        _ => {}
    }
    match lie {
        Some(Lie::Unsigned) => unsigned(&claims),
        Some(Lie::PublicKeyAsSecret) => state.keys.sign_with_public_key(&claims),
        Some(Lie::ForgedSignature) => state.keys.forged().sign(state.signed_by, &claims),
        Some(Lie::UnknownKey) => {
            let mut other = state.keys.forged();
            other.rotate();
            other.sign(state.signed_by, &claims)
        }
        _ => state.keys.sign(state.signed_by, &claims),
    }
}
