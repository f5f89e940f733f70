//! Signing in at an identity provider, which is on loopback and lies when a test says how.

mod attacks;
mod people;
mod secrets;
mod way;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::access::SignInMethods;
use api::routes;
use edge::settings::{Hidden, Settings, SignInSettings};
use serde_json::{Value, json};
use testkit::issuer::{CLIENT_ID, CLIENT_SECRET, FakeIssuer};
use testkit::{Answer, Client, World};

use super::happened;
use crate::{App, router};

const ROLES: &str = "platform=admin; dev=developer; shop=developer@shop";

/// An installation with an identity provider.
struct Scene {
    world: World,
    issuer: FakeIssuer,
    client: Client,
}

impl Scene {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut SignInSettings)) -> Self {
        let world = World::new().await;
        let issuer = FakeIssuer::start(world.clock.clone()).await;
        let mut sign_in = SignInSettings {
            issuer: issuer.url().to_owned(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: Some(Hidden(CLIENT_SECRET.to_owned())),
            scopes: "openid profile email".to_owned(),
            groups_claim: "groups".to_owned(),
            roles: ROLES.parse().unwrap(),
            label: "Acme".to_owned(),
        };
        change(&mut sign_in);
        let client = process(&world, sign_in);
        issuer.person(ada(&["dev"]));
        Self { world, issuer, client }
    }

    fn browser(&self) -> Browser {
        Browser { client: self.client.clone(), cookies: Mutex::default() }
    }

    /// Goes all the way with a browser of its own, and answers where that ends.
    async fn sign_in(&self) -> (Browser, String) {
        let browser = self.browser();
        let end = browser.sign_in(&self.issuer).await;
        (browser, end)
    }
}

/// A process of the installation: its own router and its own memory, over the same store.
fn process(world: &World, sign_in: SignInSettings) -> Client {
    let mut core = world.core.clone();
    core.settings = Arc::new(Settings { sign_in: Some(sign_in), ..(*core.settings).clone() });
    world.client(router(App::new(core).unwrap()))
}

/// What the provider says of Ada, who is in those groups.
fn ada(groups: &[&str]) -> Value {
    json!({
        "sub": "1001", "preferred_username": "ada", "name": "Ada Lovelace", "email": "ada@example.com",
        "email_verified": true, "groups": groups,
    })
}

/// What a browser does: it keeps cookies, and follows.
struct Browser {
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    async fn get(&self, address: &str) -> Answer<()> {
        let path = address.strip_prefix("http://keelson.test").unwrap_or(address);
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut call = self.client.request::<(), ()>("GET", path);
        if !cookies.is_empty() {
            call = call.header("cookie", cookies.join("; "));
        }
        let answer = call.await;
        for cookie in answer.headers("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let mut jar = self.cookies.lock().unwrap();
            if value.is_empty() {
                jar.remove(name)
            } else {
                jar.insert(name.to_owned(), value.to_owned())
            };
        }
        answer
    }

    /// Begins, goes to the provider, and answers where that leads back to.
    async fn begin(&self, issuer: &FakeIssuer, query: &str) -> String {
        let begun = self.get(&format!("/auth/oidc{query}")).await;
        assert_eq!(begun.status(), 302, "{}", begun.text());
        issuer.visit(begun.header("location").unwrap()).await
    }

    /// Follows the way back, and answers where it ends.
    async fn finish(&self, back: &str) -> String {
        let answer = self.get(back).await;
        assert_eq!(answer.status(), 302, "{}", answer.text());
        answer.header("location").unwrap().to_owned()
    }

    async fn sign_in(&self, issuer: &FakeIssuer) -> String {
        let back = self.begin(issuer, "").await;
        self.finish(&back).await
    }

    /// Who is signed in: the login and the rights, or the status.
    async fn me(&self) -> String {
        let answer = self.get(&routes::GET_ME.path(&[])).await;
        if answer.status() != 200 {
            return answer.status().to_string();
        }
        let me = answer.json();
        let grants = me["grants"].as_array().unwrap().iter();
        let grants: Vec<String> = grants
            .map(|grant| serde_json::from_value::<domain::access::Grant>(grant.clone()).unwrap().to_string())
            .collect();
        format!("{}: {}", me["login"].as_str().unwrap(), grants.join(", "))
    }

    /// What the sign-in page shows to this browser.
    async fn methods(&self) -> SignInMethods {
        serde_json::from_value(self.get(&routes::GET_SIGN_IN_METHODS.path(&[])).await.json()).unwrap()
    }
}
