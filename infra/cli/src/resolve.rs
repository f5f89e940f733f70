//! From what people say to the artifact they mean: the beginning of a digest, "the next one", "the one before".

use api::overview::LaneView;
use api::routes::{GET_SERVICE, LIST_ARTIFACTS};
use api::service::ArtifactView;
use domain::{Digest, EnvironmentName, ServiceName};

use crate::client::{Client, NO_QUERY};
use crate::exit::Failure;

/// How many characters it takes at least.
const SHORTEST: usize = 6;
/// How many artifacts are looked through, newest first.
const MOST: usize = 1_000;

/// The artifact that a text names: a whole digest, or the first six or more of its hexadecimal digits.
///
/// # Errors
/// When the text is no part of a digest, or names no artifact of the service, or several.
pub(crate) async fn artifact(client: &Client, service: &ServiceName, given: &str) -> Result<Digest, Failure> {
    if let Ok(digest) = given.parse() {
        return Ok(digest);
    }
    let prefix = prefix(given)?;
    let artifacts: Vec<ArtifactView> = client.list(&LIST_ARTIFACTS, &[service.as_str()], &[], MOST).await?;
    one_with(&prefix, service, artifacts.iter().map(|artifact| artifact.digest))
}

/// The artifact that would come next into an environment: what waits there, or else could be promoted.
///
/// # Errors
/// When there is none, or no such environment.
pub(crate) async fn next(
    client: &Client,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<Digest, Failure> {
    let lane = lane(client, service, environment).await?;
    let comes = lane.rollout.iter().chain(&lane.waiting).map(|promotion| &promotion.release);
    let next = comes.chain(&lane.candidate).next().map(|release| release.artifact);
    next.ok_or_else(|| Failure::NotFound(format!("nothing is about to come into {environment} of {service}")))
}

/// The artifact that a rollback goes back to.
///
/// # Errors
/// When there is none, or no such environment.
pub(crate) async fn previous(
    client: &Client,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<Digest, Failure> {
    let previous = lane(client, service, environment).await?.previous;
    let previous = previous.map(|release| release.artifact);
    previous.ok_or_else(|| Failure::NotFound(format!("nothing ran in {environment} of {service} before")))
}

async fn lane(
    client: &Client,
    service: &ServiceName,
    environment: &EnvironmentName,
) -> Result<LaneView, Failure> {
    let view = client.call(&GET_SERVICE, &[service.as_str()], NO_QUERY, &()).await?;
    let lane = view.row.environments.into_iter().find(|lane| lane.environment == *environment);
    lane.ok_or_else(|| Failure::NotFound(format!("{service} has no environment {environment}")))
}

fn prefix(given: &str) -> Result<String, Failure> {
    let prefix = given.strip_prefix("sha256:").unwrap_or(given).to_ascii_lowercase();
    let fits = (SHORTEST..=64).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fits {
        return Ok(prefix);
    }
    let message =
        format!("`{given}` is no artifact: give its digest, or the first {SHORTEST} or more digits of it");
    Err(Failure::Usage(message))
}

fn one_with(
    prefix: &str,
    service: &ServiceName,
    all: impl Iterator<Item = Digest>,
) -> Result<Digest, Failure> {
    let found: Vec<Digest> = all.filter(|digest| digest.hex().starts_with(prefix)).collect();
    match found.as_slice() {
        [digest] => Ok(*digest),
        [] => Err(Failure::NotFound(format!(
            "{service} has no artifact that begins with `{prefix}`; `keelson artifact list {service}` shows what there is"
        ))),
        several => {
            let names: Vec<String> = several.iter().map(Digest::hex).collect();
            Err(Failure::Usage(format!("`{prefix}` may mean {}: give more digits", names.join(" or "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str) -> Result<Digest, String> {
        let (a, mut near_a) = ([0xab; 32], [0xab; 32]);
        near_a[3] = 0;
        let all = [a, near_a].map(Digest::from_bytes);
        let service = "storefront".parse().unwrap();
        prefix(given)
            .and_then(|prefix| one_with(&prefix, &service, all.into_iter()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_beginning_of_a_digest_names_one_artifact_or_none() {
        assert_eq!(check("abababab"), Ok(Digest::from_bytes([0xab; 32])));
        assert_eq!(check("sha256:ABABAB00"), check("ababab00"));
        insta::assert_snapshot!(check("ababa").unwrap_err(), @"`ababa` is no artifact: give its digest, or the first 6 or more digits of it");
        insta::assert_snapshot!(check("123456").unwrap_err(), @"storefront has no artifact that begins with `123456`; `keelson artifact list storefront` shows what there is");
        assert!(check("ababab").unwrap_err().contains("may mean"));
    }
}
