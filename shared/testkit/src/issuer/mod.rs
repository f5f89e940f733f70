//! An identity provider (OpenID Connect) on loopback that signs a person in at once, without asking anybody.
//!
//! It checks what a real one checks: the client and its secret, the way back, PKCE, and that a code is used once. Told
//! to [`Lie`], it does one thing wrong, as a broken or hostile one might.

mod keys;
mod serve;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, to_bytes};
use edge::Clock;
use http::Request;
use http::header::LOCATION;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use keys::Keys;

/// What the issuer calls the program that signs people in.
pub const CLIENT_ID: &str = "keelson-test";
/// How that program proves to be it. Told apart from everything else, so that a test can look for it.
pub const CLIENT_SECRET: &str = "canary-client-secret-5d2f";

/// What the issuer does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The token names another issuer.
    Issuer,
    /// The token is for another program.
    Audience,
    /// The token is for this program too, but another one asked for it.
    AuthorizedParty,
    /// The token belongs to another sign-in.
    Nonce,
    /// The token has no nonce.
    NoNonce,
    /// The token expired an hour ago.
    Expired,
    /// The token was issued an hour from now.
    FromTheFuture,
    /// The token does not say when it was issued.
    NeverIssued,
    /// The token is not signed: `alg` is `none`.
    Unsigned,
    /// The token is signed by HS256, with the public key as the secret.
    PublicKeyAsSecret,
    /// The token is signed by a key that is not published.
    UnknownKey,
    /// The token says that it is signed by the published key, but is not.
    ForgedSignature,
    /// The token has no subject.
    NoSubject,
    /// There is no ID token in the answer.
    NoIdToken,
    /// The groups are left out, as Entra does for people in more than 200.
    GroupsOverage,
    /// The answer to the code is endless.
    Huge,
    /// The code is never answered.
    Silent,
    /// The configuration speaks for another issuer.
    ConfigurationOfAnother,
    /// The configuration's keys lie at an address on the internet.
    KeysElsewhere,
    /// The way back names another issuer.
    AnswersForAnother,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedBy {
    /// RSA, with the key's name.
    Rs256,
    /// ECDSA, with the key's name.
    Es256,
    /// ECDSA, without naming the key.
    Es256WithoutName,
}

/// An identity provider, which ends with it.
pub struct FakeIssuer {
    url: String,
    state: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

pub(crate) struct Shared {
    url: String,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    person: Value,
    keys: Keys,
    signed_by: SignedBy,
    lie: Option<Lie>,
    /// How the client may prove who it is.
    proofs: Vec<&'static str>,
    codes: BTreeMap<String, Asked>,
    made: u32,
    key_sets: u32,
    /// What was handed out and must turn up nowhere: codes and tokens.
    secrets: Vec<String>,
}

/// What a code was made for.
#[derive(Debug, Clone)]
struct Asked {
    redirect_uri: String,
    nonce: String,
    challenge: String,
    person: Value,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeIssuer {
    /// An issuer on a free port.
    ///
    /// # Panics
    /// If there is no loopback.
    pub async fn start(clock: Clock) -> Self {
        Self::listening("127.0.0.1:0", clock).await
    }

    /// An issuer on that address.
    ///
    /// # Panics
    /// If the address is taken.
    pub async fn listening(address: &str, clock: Clock) -> Self {
        let listener = tokio::net::TcpListener::bind(address).await.expect("a free address on loopback");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = State {
            person: json!({ "sub": "1001", "preferred_username": "ada", "name": "Ada Lovelace", "groups": [] }),
            keys: Keys::new(),
            signed_by: SignedBy::Rs256,
            lie: None,
            proofs: vec!["client_secret_basic", "client_secret_post"],
            codes: BTreeMap::new(),
            made: 0,
            key_sets: 0,
            secrets: Vec::new(),
        };
        let state = Arc::new(Shared { url: url.clone(), clock, state: Mutex::new(state) });
        let (stop, stopped) = oneshot::channel::<()>();
        let server = axum::serve(listener, serve::router(state.clone()));
        let server = server.with_graceful_shutdown(async { drop(stopped.await) });
        tokio::spawn(server.into_future());
        Self { url, state, _stop: stop }
    }

    /// Its name, which is its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Follows an address to it as a browser does, and answers where it leads the browser back to.
    ///
    /// # Panics
    /// If it refuses the request.
    pub async fn visit(&self, address: &str) -> String {
        let path = address.strip_prefix(&self.url).unwrap_or_else(|| panic!("{address} leads elsewhere"));
        let request = Request::get(path).body(Body::empty()).expect("an address");
        let Ok(answer) = serve::router(self.state.clone()).oneshot(request).await;
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole answer");
        let back = parts.headers.get(LOCATION).and_then(|back| back.to_str().ok());
        back.unwrap_or_else(|| panic!("{}: {}", parts.status, String::from_utf8_lossy(&body))).to_owned()
    }

    /// Who signs in from now on: the claims of their tokens.
    pub fn person(&self, claims: Value) {
        self.state.lock().person = claims;
    }

    /// What it does wrong from now on.
    pub fn lie(&self, lie: impl Into<Option<Lie>>) {
        self.state.lock().lie = lie.into();
    }

    /// How tokens are signed from now on.
    pub fn sign_by(&self, how: SignedBy) {
        self.state.lock().signed_by = how;
    }

    /// How the client may prove who it is from now on.
    pub fn take_proofs(&self, proofs: &[&'static str]) {
        self.state.lock().proofs = proofs.to_vec();
    }

    /// Publishes new keys in the place of the old ones.
    pub fn rotate_keys(&self) {
        self.state.lock().keys.rotate();
    }

    /// How often its keys were fetched.
    pub fn key_sets(&self) -> u32 {
        self.state.lock().key_sets
    }

    /// Every code and token that it handed out.
    pub fn secrets(&self) -> Vec<String> {
        self.state.lock().secrets.clone()
    }
}
