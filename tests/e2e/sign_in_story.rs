//! People sign in at their identity provider, which gives them what their groups may do, and takes it again.

use std::collections::BTreeMap;

use api::access::UserView;
use edge::Clock;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use testkit::issuer::{CLIENT_ID, CLIENT_SECRET, FakeIssuer};

use crate::product::Product;

/// A browser, as far as signing in goes: it keeps cookies.
struct Browser {
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Self {
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, cookies: BTreeMap::new() }
    }

    async fn get(&mut self, url: &str) -> reqwest::Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = self.client.get(url).header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// Goes to the provider and back, and answers where that ends.
    async fn sign_in(&mut self, product: &Product) -> String {
        let mut at = format!("{}/auth/oidc", product.url());
        for _ in 0..3 {
            let answer = self.get(&at).await;
            at = answer.headers()[LOCATION].to_str().unwrap().to_owned();
        }
        at
    }

    async fn me(&mut self, product: &Product) -> Value {
        self.get(&format!("{}/api/me", product.url())).await.json().await.unwrap()
    }
}

#[tokio::test]
async fn people_sign_in_at_their_identity_provider_and_may_do_what_their_groups_may() {
    let issuer = FakeIssuer::start(Clock::system()).await;
    let product = Product::start_with(&[
        ("KEELSON_SIGN_IN_OIDC_ISSUER", issuer.url()),
        ("KEELSON_SIGN_IN_OIDC_CLIENT_ID", CLIENT_ID),
        ("KEELSON_SIGN_IN_OIDC_CLIENT_SECRET", CLIENT_SECRET),
        ("KEELSON_SIGN_IN_OIDC_ROLES", "leads=operator; dev=developer@shop"),
    ])
    .await;
    let grace = |groups: Value| json!({ "sub": "7", "preferred_username": "grace", "groups": groups });
    issuer.person(grace(json!(["dev", "leads"])));
    let mut browser = Browser::new();
    assert_eq!(browser.sign_in(&product).await, "/");
    let me = browser.me(&product).await;
    assert_eq!(me["login"], "grace");
    assert_eq!(me["grants"], json!([{ "role": "developer", "team": "shop" }, { "role": "operator" }]));

    // Out of every group, out of Keelson: with the session from before, too.
    issuer.person(grace(json!(["sales"])));
    assert_eq!(Browser::new().sign_in(&product).await, "/sign-in?problem=no_role");
    assert_eq!(browser.me(&product).await["grants"], json!([]));

    issuer.person(grace(json!(["dev"])));
    assert_eq!(browser.sign_in(&product).await, "/");
    let disabled: UserView = product.keelson(&["user", "disable", "grace"]);
    assert!(disabled.disabled_at.is_some());
    assert_eq!(browser.me(&product).await["status"], 401);
    assert_eq!(Browser::new().sign_in(&product).await, "/sign-in?problem=disabled");
    let told = product.text(&["audit"]);
    assert!(told.contains("7 was not signed in: they are disabled"), "{told}");
}
