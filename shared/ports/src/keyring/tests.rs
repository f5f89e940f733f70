//! Keyrings that are rotated, damaged, and away.

use super::*;

const FIRST: &str = r#"{"current": "k1", "k1": "0123456789abcdefghijklmnopqrstuvwxyz"}"#;
const SECOND: &str = r#"{"current": "k2", "k1": "0123456789abcdefghijklmnopqrstuvwxyz", "k2": "zyxwvutsrqponmlkjihgfedcba9876543210"}"#;

/// A keeper whose text is changed by hand, and which counts how often it was asked.
#[derive(Default)]
struct Kept {
    text: Mutex<Option<String>>,
    asked: Mutex<u32>,
}

impl Kept {
    fn set(&self, text: Option<&str>) {
        *self.text.lock().unwrap() = text.map(str::to_owned);
    }

    fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }
}

#[async_trait]
impl SecretSource for Kept {
    async fn read(&self) -> Result<String, SecretError> {
        *self.asked.lock().unwrap() += 1;
        self.text.lock().unwrap().clone().ok_or_else(|| SecretError("it is away".to_owned()))
    }
}

fn kept(text: &str) -> (Arc<Kept>, KeyringSecrets) {
    let kept = Arc::new(Kept::default());
    kept.set(Some(text));
    (kept.clone(), KeyringSecrets::new(kept))
}

#[tokio::test(start_paused = true)]
async fn a_secret_comes_back_with_its_context_only_and_the_keyring_is_read_once() {
    let (kept, secrets) = kept(FIRST);
    let sealed = secrets.seal("connection/github", b"whsec").await.unwrap();
    assert!(sealed.0.starts_with("v2.k1.") && !sealed.0.contains("whsec"));
    assert_eq!(secrets.open("connection/github", &sealed).await.unwrap(), b"whsec");
    assert!(secrets.open("connection/gitlab", &sealed).await.is_err());
    assert_eq!(kept.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_is_used_within_five_minutes_and_what_was_sealed_before_opens() {
    let (kept, secrets) = kept(FIRST);
    let before = secrets.seal("a", b"one").await.unwrap();
    kept.set(Some(SECOND));
    assert!(secrets.seal("a", b"two").await.unwrap().0.starts_with("v2.k1."), "read a moment ago");
    tokio::time::advance(FRESH).await;
    let after = secrets.seal("a", b"two").await.unwrap();
    assert!(after.0.starts_with("v2.k2."));
    assert_eq!(secrets.open("a", &before).await.unwrap(), b"one");
    assert_eq!(secrets.open("a", &after).await.unwrap(), b"two");
}

#[tokio::test(start_paused = true)]
async fn what_another_process_sealed_with_a_newer_key_opens_at_once() {
    let (kept, secrets) = kept(FIRST);
    secrets.seal("a", b"one").await.unwrap();
    tokio::time::advance(AGAIN).await;
    kept.set(Some(SECOND));
    let (_, other) = self::kept(SECOND);
    let sealed = other.seal("a", b"two").await.unwrap();
    assert_eq!(secrets.open("a", &sealed).await.unwrap(), b"two");
}

#[tokio::test(start_paused = true)]
async fn while_its_keeper_is_away_the_keyring_is_used_on_and_seldom_asked_for() {
    let (kept, secrets) = kept(FIRST);
    let sealed = secrets.seal("a", b"one").await.unwrap();
    kept.set(None);
    tokio::time::advance(FRESH).await;
    for _ in 0..5 {
        assert_eq!(secrets.open("a", &sealed).await.unwrap(), b"one");
    }
    assert_eq!(kept.asked(), 2);
    tokio::time::advance(AGAIN).await;
    assert_eq!(secrets.open("a", &sealed).await.unwrap(), b"one");
    assert_eq!(kept.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn without_a_keyring_nothing_is_sealed() {
    let (kept, secrets) = kept(FIRST);
    kept.set(None);
    assert_eq!(
        secrets.seal("a", b"one").await.unwrap_err().to_string(),
        "the secret cannot be read or kept: it is away"
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_gone_is_named() {
    let (_, secrets) = kept(SECOND);
    let sealed = secrets.seal("a", b"one").await.unwrap();
    let (_, other) = kept(FIRST);
    let error = other.open("a", &sealed).await.unwrap_err();
    assert_eq!(error.to_string(), "the secret cannot be read or kept: the keyring has no key k2 any more");
}

#[test]
fn a_keyring_that_cannot_be_used_says_why_and_shows_no_key() {
    for (text, why) in [
        ("", "no JSON object"),
        ("[]", "no JSON object"),
        ("{}", "names no `current`"),
        (r#"{"current": "k1"}"#, "current key is not in it"),
        (r#"{"current": "k1", "k1": "short"}"#, "k1 has less than 32"),
        (
            r#"{"current": "k1", "k1": "0123456789abcdefghijklmnopqrstuvwxyz", "a.b": "0123456789abcdefghijklmnopqrstuvwxyz"}"#,
            "letters, digits",
        ),
    ] {
        let error = Keyring::parse(text).unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("0123"), "{text}: {error}");
    }
}
