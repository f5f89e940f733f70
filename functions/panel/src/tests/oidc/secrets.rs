//! What is secret in a sign-in comes out nowhere.

use edge::credentials::derived;
use testkit::CapturedLog;
use testkit::issuer::{CLIENT_SECRET, Lie};

use super::*;

#[tokio::test]
async fn no_secret_of_a_sign_in_is_stored_logged_or_told() {
    let log = CapturedLog::begin();
    let scene = Scene::new().await;
    let mut secrets = vec![CLIENT_SECRET.to_owned()];
    let mut told = String::new();
    for lie in [None, Some(Lie::Nonce), Some(Lie::Audience), Some(Lie::NoIdToken), Some(Lie::Huge)] {
        scene.issuer.lie(lie);
        let browser = scene.browser();
        let back = browser.begin(&scene.issuer, "").await;
        let handle = browser.cookies.lock().unwrap()["keelson_sign_in"].clone();
        secrets.extend(["state", "nonce", "code verifier"].map(|purpose| derived(&handle, purpose)));
        secrets.push(handle);
        told.push_str(&browser.finish(&back).await);
        told.push_str(&browser.get(&back).await.text());
        told.push_str(&format!("{:?}", browser.methods().await));
        secrets.extend(browser.cookies.lock().unwrap().get("keelson_session").cloned());
    }
    secrets.extend(scene.issuer.secrets());
    assert!(secrets.len() > 25, "codes, tokens, handles and what is derived from them: {}", secrets.len());
    let rows = serde_json::to_string(&scene.world.rows()).unwrap();
    let log = log.text();
    assert!(log.contains("/auth/oidc/callback") && log.contains("came to nothing"), "{log}");
    for secret in &secrets {
        for (place, text) in [("the rows", &rows), ("the log", &log), ("the answers", &told)] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }
}
