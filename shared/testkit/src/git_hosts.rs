//! Webhooks signed as each kind of git host signs them, with the headers that it sends beside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::connection::{HostKind, Signing};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

/// One delivery of a webhook.
#[derive(Debug, Clone)]
pub struct Delivery<'a> {
    /// The host's name for the event, such as `push` or `Push Hook`.
    pub event: &'a str,
    /// The host's id for the delivery.
    pub id: &'a str,
    /// The body, as it is sent.
    pub body: &'a [u8],
    /// When it is sent.
    pub at: Timestamp,
}

/// The headers of a delivery.
///
/// # Panics
/// If the scheme is none of that host's, or the secret is none of that scheme.
pub fn headers(
    kind: HostKind,
    signing: Signing,
    secret: &str,
    delivery: &Delivery<'_>,
) -> Vec<(&'static str, String)> {
    let Delivery { event, id, body, .. } = delivery;
    let text = |given: &str| given.to_owned();
    let mut headers = vec![("content-type", text("application/json"))];
    headers.extend(match (kind, signing) {
        (HostKind::GitHub, Signing::BodyHmac) => vec![
            ("x-github-event", text(event)),
            ("x-github-delivery", text(id)),
            ("x-hub-signature-256", format!("sha256={}", hex_hmac(secret, body))),
            // SHA-1, which is sent for those who are late.
            ("x-hub-signature", text("sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59")),
        ],
        // Forgejo: every header under four names, and GitHub's signatures beside its own.
        (HostKind::Gitea, Signing::BodyHmac) => {
            let digits = hex_hmac(secret, body);
            vec![
                ("x-forgejo-event", text(event)),
                ("x-forgejo-delivery", text(id)),
                ("x-forgejo-signature", digits.clone()),
                ("x-gitea-event", text(event)),
                ("x-gitea-delivery", text(id)),
                ("x-gitea-signature", digits.clone()),
                ("x-gogs-event", text(event)),
                ("x-gogs-delivery", text(id)),
                ("x-gogs-signature", digits.clone()),
                ("x-github-event", text(event)),
                ("x-github-delivery", text(id)),
                ("x-hub-signature-256", format!("sha256={digits}")),
                ("x-hub-signature", text("sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59")),
            ]
        }
        (HostKind::Bitbucket, Signing::BodyHmac) => vec![
            ("x-event-key", text(event)),
            ("x-request-uuid", text(id)),
            ("x-hook-uuid", text("4a1c7f5e-0000-4000-8000-000000000001")),
            ("x-attempt-number", text("1")),
            ("x-hub-signature", format!("sha256={}", hex_hmac(secret, body))),
        ],
        (HostKind::GitLab, Signing::StandardWebhooks) => {
            let mut headers = of_gitlab(delivery);
            let key = secret.strip_prefix("whsec_").expect("a signing token");
            let key = STANDARD.decode(key).expect("a signing token");
            let head = format!("{id}.{}.", delivery.at.as_second());
            let signature = STANDARD.encode(hmac(&key, &[head.as_bytes(), body]));
            headers.push(("webhook-signature", format!("v1,{signature}")));
            headers
        }
        (HostKind::GitLab, Signing::PlainToken) => {
            let mut headers = of_gitlab(delivery);
            headers.push(("x-gitlab-token", text(secret)));
            headers
        }
        (HostKind::GitLab, Signing::BodyHmac)
        | (
            HostKind::GitHub | HostKind::Gitea | HostKind::Bitbucket,
            Signing::StandardWebhooks | Signing::PlainToken,
        ) => panic!("{} does not sign so", kind.title()),
    });
    headers
}

/// What GitLab sends with every delivery, however it is signed.
fn of_gitlab(delivery: &Delivery<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("x-gitlab-event", delivery.event.to_owned()),
        ("x-gitlab-instance", "https://gitlab.example.com".to_owned()),
        ("x-gitlab-webhook-uuid", "4a1c7f5e-0000-4000-8000-000000000002".to_owned()),
        ("x-gitlab-event-uuid", "13792a34-cac6-4fda-95a8-c58e00a3954e".to_owned()),
        ("idempotency-key", delivery.id.to_owned()),
        ("webhook-id", delivery.id.to_owned()),
        ("webhook-timestamp", delivery.at.as_second().to_string()),
    ]
}

fn hex_hmac(secret: &str, body: &[u8]) -> String {
    hex::encode(hmac(secret.as_bytes(), &[body]))
}

fn hmac(key: &[u8], signed: &[&[u8]]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    signed.iter().fold(mac, |mac, part| mac.chain_update(part)).finalize().into_bytes().to_vec()
}
