//! A repository on GitHub whose webhook points at the product: pushes and checks in GitHub's own format, signed.

use domain::CommitSha;
use sha2::{Digest as _, Sha256};
use testkit::github::{self, PushedCommit};

use crate::product::Product;

/// The repository of the story.
const REPOSITORY: &str = "acme/shop";
const AT: &str = "2026-11-20T10:00:00Z";

pub(crate) struct GitHub {
    pub(crate) secret: String,
    head: String,
    deliveries: u32,
}

impl GitHub {
    pub(crate) fn new(secret: String) -> Self {
        Self { secret, head: "0".repeat(40), deliveries: 0 }
    }

    /// Pushes one commit to main and answers its hash.
    pub(crate) async fn push(&mut self, product: &Product, title: &str, author: &str) -> CommitSha {
        let sha = hex::encode(&Sha256::digest(title)[..20]);
        let commit = PushedCommit { sha: &sha, message: title, author };
        let body = github::push(REPOSITORY, "main", &self.head, &[commit], AT);
        self.deliver(product, "push", &body).await;
        self.head.clone_from(&sha);
        sha.parse().unwrap()
    }

    /// Reports a check of a commit as done.
    pub(crate) async fn check(&mut self, product: &Product, sha: &CommitSha, name: &str, conclusion: &str) {
        let body = github::check_run(REPOSITORY, sha.as_str(), name, conclusion, AT);
        self.deliver(product, "check_run", &body).await;
    }

    /// Delivers twice, as GitHub does when somebody presses "redeliver", and lets somebody try who lacks the secret.
    async fn deliver(&mut self, product: &Product, event: &str, body: &[u8]) {
        self.deliveries += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.deliveries);
        for (secret, expected) in [("not the secret", 401), (&self.secret, 202), (&self.secret, 202)] {
            let headers = github::headers(event, &id, secret, body);
            assert_eq!(product.hook(headers, body.to_vec()).await, expected, "{event}");
        }
    }
}
