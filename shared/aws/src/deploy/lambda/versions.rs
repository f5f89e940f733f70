//! Published versions of a function: each is the code of one artifact, frozen with the settings it was published with.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{LastUpdateStatus, State};
use domain::Digest;
use domain::rollout::{Condition, FailureReport};
use jiff::Timestamp;

use super::alias::{Routing, is_another_revision};
use super::{LambdaAliases, TRIES};
use crate::deploy::fault::{Fault, code};
use crate::hash::{base64_of as code_sha256, digest_of as digest};

/// The published versions of a function by their code.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// Numbers, lowest first.
    versions: BTreeMap<Digest, Vec<u64>>,
}

impl Published {
    pub(super) fn add(&mut self, version: &str, digest: Digest) {
        let Ok(number) = version.parse() else { return };
        let versions = self.versions.entry(digest).or_default();
        versions.push(number);
        versions.sort_unstable();
    }

    /// The version of an artifact: the one that serves, so that nothing moves that need not; else the newest.
    pub(super) fn of(&self, digest: &Digest, serves: Option<&Routing>) -> Option<String> {
        let versions = self.versions.get(digest)?;
        let serving: Vec<String> =
            serves.into_iter().flat_map(Routing::weights).map(|(version, _)| version).collect();
        let is_serving = |number: &&u64| serving.contains(&number.to_string());
        versions.iter().rev().find(is_serving).or(versions.last()).map(u64::to_string)
    }
}

/// A version as it is now.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) number: String,
    /// What its code is, as Lambda hashed it.
    pub(super) digest: Option<Digest>,
    pub(super) since: Timestamp,
    pub(super) condition: Condition,
}

impl LambdaAliases {
    /// Every published version that can run.
    pub(super) async fn published(&self, function: &str) -> Result<Published, Fault> {
        let mut published = Published::default();
        let mut marker = None;
        loop {
            let list = self.client.list_versions_by_function().function_name(function).set_marker(marker);
            let page = list.send().await;
            let page = page.map_err(|error| {
                Fault::of(format_args!("list the versions of function `{function}`"), &error)
            })?;
            for version in page.versions() {
                if let Some(digest) = version.code_sha256().and_then(digest)
                    && version.state() != Some(&State::Failed)
                {
                    published.add(version.version().unwrap_or_default(), digest);
                }
            }
            marker = page.next_marker().filter(|marker| !marker.is_empty()).map(str::to_owned);
            if marker.is_none() {
                return Ok(published);
            }
        }
    }

    /// A version, or with `$LATEST` the code that is not published yet.
    pub(super) async fn version(&self, function: &str, version: &str) -> Result<Version, Fault> {
        let read = self.configuration(function, version).await?;
        let since = read.last_modified().and_then(|text| text.parse().ok()).unwrap_or(Timestamp::UNIX_EPOCH);
        let condition = match read.state() {
            Some(State::Pending) => Condition::Starting,
            Some(State::Failed) => {
                let why = read.state_reason().unwrap_or("no reason is given");
                let summary = format!("version {version} of function `{function}` cannot run: {why}");
                Condition::Exited { report: FailureReport { summary, ..FailureReport::default() } }
            }
            // An inactive one starts with its next request.
            Some(_) | None => Condition::Ready,
        };
        Ok(Version {
            number: version.to_owned(),
            digest: read.code_sha256().and_then(digest),
            since,
            condition,
        })
    }

    async fn configuration(
        &self,
        function: &str,
        version: &str,
    ) -> Result<GetFunctionConfigurationOutput, Fault> {
        let get = self.client.get_function_configuration().function_name(function).qualifier(version);
        let what = format_args!("read version {version} of function `{function}`").to_string();
        get.send().await.map_err(|error| Fault::of(what, &error))
    }

    /// Publishes an artifact's bytes as a version, and gives its number.
    ///
    /// Whatever is lost on the way is found again: the code by its hash, and a version by that of its code.
    pub(super) async fn publish(&self, function: &str, artifact: &Digest) -> Result<String, Fault> {
        for _ in 0..TRIES {
            let latest = self.at_rest(function, "$LATEST").await?;
            let expected = code_sha256(artifact);
            let latest = if latest.code_sha256() == Some(expected.as_str()) {
                latest
            } else {
                if !self.upload(function, artifact, latest.revision_id()).await? {
                    continue;
                }
                self.at_rest(function, "$LATEST").await?
            };
            if latest.last_update_status() == Some(&LastUpdateStatus::Failed) {
                let why = latest.last_update_status_reason().unwrap_or("no reason is given");
                return Err(Fault::Final(format!("function `{function}` does not take the code: {why}")));
            }
            if let Some(version) = self.freeze(function, artifact, latest.revision_id()).await? {
                return self.started(function, version).await;
            }
        }
        Err(Fault::Later(format!("somebody else keeps changing function `{function}`")))
    }

    /// Gives the function its code. `false` if the function has changed since it was looked at.
    async fn upload(&self, function: &str, artifact: &Digest, revision: Option<&str>) -> Result<bool, Fault> {
        let located = self.bytes.locate(artifact).await?;
        let update = self
            .client
            .update_function_code()
            .function_name(function)
            .s3_bucket(located.bucket)
            .s3_key(located.key)
            .set_s3_object_version(located.version)
            .set_revision_id(revision.map(str::to_owned));
        match update.send().await {
            Ok(updated) if updated.code_sha256() == Some(code_sha256(artifact).as_str()) => Ok(true),
            Ok(updated) => Err(Fault::Final(format!(
                "function `{function}` was given other bytes than {}: their hash is {}",
                artifact.short(),
                updated.code_sha256().unwrap_or("not told")
            ))),
            Err(error) if is_another_revision(code(&error)) => Ok(false),
            Err(error) => Err(Fault::of(
                format_args!("give function `{function}` the code {}", artifact.short()),
                &error,
            )),
        }
    }

    /// Publishes the code as a version if it is still that of the artifact; Lambda itself compares the hash.
    async fn freeze(
        &self,
        function: &str,
        artifact: &Digest,
        revision: Option<&str>,
    ) -> Result<Option<String>, Fault> {
        let publish = self
            .client
            .publish_version()
            .function_name(function)
            .code_sha256(code_sha256(artifact))
            .description(artifact.to_string())
            .set_revision_id(revision.map(str::to_owned));
        match publish.send().await {
            Ok(published) => match published.version() {
                Some(version) => Ok(Some(version.to_owned())),
                None => Err(Fault::Later(format!("function `{function}` did not tell the version's number"))),
            },
            Err(error) if is_another_revision(code(&error)) || is_other_code(&error) => Ok(None),
            Err(error) => Err(Fault::of(format_args!("publish a version of function `{function}`"), &error)),
        }
    }

    /// Waits until a version can take requests.
    async fn started(&self, function: &str, version: String) -> Result<String, Fault> {
        let read = self.at_rest(function, &version).await?;
        if read.state() == Some(&State::Failed) {
            let why = read.state_reason().unwrap_or("no reason is given");
            return Err(Fault::Final(format!(
                "version {version} of function `{function}` cannot run: {why}"
            )));
        }
        Ok(version)
    }

    /// Waits until nothing is under way with the function.
    async fn at_rest(&self, function: &str, version: &str) -> Result<GetFunctionConfigurationOutput, Fault> {
        for look in 0..self.pace.looks {
            if look > 0 {
                self.pace.pause().await;
            }
            let read = self.configuration(function, version).await?;
            let is_moving = read.state() == Some(&State::Pending)
                || read.last_update_status() == Some(&LastUpdateStatus::InProgress);
            if !is_moving {
                return Ok(read);
            }
        }
        Err(Fault::Later(format!("an update of function `{function}` is still under way")))
    }
}

/// Whether a version was not published because the function has other code by now. Lambda has no code of its own for
/// that.
fn is_other_code<R>(
    error: &aws_sdk_lambda::error::SdkError<
        aws_sdk_lambda::operation::publish_version::PublishVersionError,
        R,
    >,
) -> bool {
    use aws_sdk_lambda::error::ProvideErrorMetadata as _;
    let message = error.as_service_error().and_then(|error| error.message()).unwrap_or_default();
    code(error) == Some("InvalidParameterValueException") && message.to_lowercase().contains("codesha256")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_and_keelson_call_the_same_bytes_by_the_same_hash() {
        // The SHA-256 of no bytes, as `sha256sum` and as Lambda write it.
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let empty: Digest = empty.parse().unwrap();
        assert_eq!(code_sha256(&empty), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(digest(&code_sha256(&empty)), Some(empty));
        assert_eq!(digest("bm90IGEgaGFzaA=="), None);
    }

    #[test]
    fn a_version_that_serves_stays_and_else_the_newest_of_the_same_code_is_taken() {
        let artifact = Digest::from_bytes([1; 32]);
        let mut published = Published::default();
        for version in ["10", "9", "2"] {
            published.add(version, artifact);
        }
        assert_eq!(published.of(&artifact, None), Some("10".to_owned()));
        let serves = Routing { main: "9".to_owned(), other: None };
        assert_eq!(published.of(&artifact, Some(&serves)), Some("9".to_owned()));
        assert_eq!(published.of(&Digest::from_bytes([2; 32]), Some(&serves)), None);
    }
}
