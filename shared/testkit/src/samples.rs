//! Values that are right, for a test to bend.

use domain::access::{Grant, Role};
use domain::access_records::User;
use domain::{CommitSha, Digest};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// When every world begins: a Monday morning, in seconds since 1970.
pub const START: i64 = 1_795_424_400;

pub(crate) fn start() -> Timestamp {
    Timestamp::from_second(START).expect("a moment")
}

/// A person with that role everywhere and no team.
///
/// # Panics
/// If the login is none.
pub fn user(login: &str, role: Role) -> User {
    User {
        login: login.parse().expect("a login"),
        name: login.to_owned(),
        git_login: None,
        emails: vec![format!("{login}@example.com")],
        teams: Vec::new(),
        grants: vec![Grant::everywhere(role)],
        group_grants: Vec::new(),
        identities: Vec::new(),
        disabled_at: None,
        sessions_since: None,
        created_at: start(),
    }
}

/// A commit hash that ends in that number.
///
/// # Panics
/// Never.
pub fn sha(number: u64) -> CommitSha {
    format!("{number:040x}").parse().expect("a commit hash")
}

/// A digest that ends in that number, of no bytes in particular.
pub fn digest(number: u64) -> Digest {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&number.to_be_bytes());
    Digest::from_bytes(bytes)
}

/// The digest of those bytes.
pub fn digest_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(Sha256::digest(bytes).into())
}

/// The `keelson.toml` of a service of team `shop` in `github:acme/<service>`.
///
/// Staging ships by itself, all at once. Production waits for staging and one approval of another, begins with a
/// tenth of the traffic, and goes back when requests fail.
pub fn manifest(service: &str) -> String {
    format!(
        r#"[service]
name = "{service}"
team = "shop"
repository = "github:acme/{service}"
branch = "main"

[ci]
required = ["unit"]

[[environment]]
name = "staging"
promote = "auto"
target = {{ kind = "process", command = ["./{service}"] }}

[[environment]]
name = "production"
promote = "gated"
target = {{ kind = "process", command = ["./{service}"] }}
steps = [{{ weight = 10, bake = "5m" }}, {{ weight = 100, bake = "10m" }}]
rollback_when = {{ error_rate = 0.02, p95 = "400ms" }}
gates = {{ soak = "10m", approvals = {{ count = 1, not_author = true }} }}
"#
    )
}

#[cfg(test)]
mod tests {
    use domain::manifest::Manifest;

    use super::*;

    #[test]
    fn the_sample_manifest_is_right() {
        let manifest = Manifest::parse(&manifest("storefront")).unwrap();
        assert_eq!(manifest.service.name.as_str(), "storefront");
    }

    #[test]
    fn the_world_begins_on_a_monday_morning() {
        insta::assert_snapshot!(start(), @"2026-11-23T09:00:00Z");
    }
}
