//! Why a git host's API did not do what it was asked, in words that say what helps.

use domain::watch::TroubleKind;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use crate::outgoing::{Answered, Unreachable};

/// How much of what a host says is repeated.
const LONGEST: usize = 200;

/// Why a git host's API did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ApiError {
    /// What kind of trouble it is.
    pub kind: TroubleKind,
    /// What happened and what helps. Without any secret.
    pub reason: String,
    put_off: Option<PutOff>,
}

/// For how long the host wants to be left alone, as it says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PutOff {
    Seconds(u32),
    Until(i64),
}

impl ApiError {
    /// For how many seconds from now the host wants to be left alone.
    pub fn put_off(&self, now: Timestamp) -> Option<u32> {
        match self.put_off? {
            PutOff::Seconds(seconds) => Some(seconds),
            PutOff::Until(second) => Some(u32::try_from(second.saturating_sub(now.as_second())).unwrap_or(0)),
        }
    }

    /// The answer is not what it should be.
    pub(super) fn unexpected(reason: impl Into<String>) -> Self {
        Self { kind: TroubleKind::Unexpected, reason: reason.into(), put_off: None }
    }

    /// There was no answer, or none that could be read.
    pub(super) fn unreachable(what: &str, error: &Unreachable) -> Self {
        let kind = match error {
            Unreachable::NoAnswer(_) | Unreachable::AskedJustNow => TroubleKind::Unreachable,
            Unreachable::Status(_)
            | Unreachable::TooLong(_)
            | Unreachable::Unexpected(_)
            | Unreachable::Elsewhere(_) => TroubleKind::Unexpected,
        };
        Self { kind, reason: format!("asked for {what}, {error}"), put_off: None }
    }

    /// It answered, but not with success. `what`: which request that was.
    pub(super) fn status(what: &str, answer: &Answered) -> Self {
        let put_off = put_off(&answer.headers);
        let (kind, helps) = match answer.status {
            401 => (TroubleKind::Unauthorized, "the API token is not valid, or not any more: set a new one"),
            403 if is_used_up(&answer.headers) || answer.headers.contains_key(RETRY_AFTER) => {
                (TroubleKind::Limited, "the host takes no more requests for a while")
            }
            403 => {
                (TroubleKind::Forbidden, "the API token may not do that: give it the right, or set another")
            }
            404 => (TroubleKind::NotFound, "there is no such thing, or the API token may not know of it"),
            429 => (TroubleKind::Limited, "the host takes no more requests for a while"),
            301 | 302 | 307 | 308 => (
                TroubleKind::NotFound,
                "it has moved: write the repository's new name into the manifest, or the API's new address into the \
                 connection",
            ),
            400..500 => (TroubleKind::Refused, "the host refuses it"),
            500.. => (TroubleKind::Failing, "the host has a problem of its own"),
            _ => (TroubleKind::Unexpected, "that is no answer to it"),
        };
        let said = said(&answer.body).map_or(String::new(), |said| format!(" It says: {said}"));
        let reason = format!("{what} was answered with status {}: {helps}.{said}", answer.status);
        Self { kind, reason, put_off }
    }
}

fn put_off(headers: &HeaderMap) -> Option<PutOff> {
    let seconds = number(headers, RETRY_AFTER.as_str()).and_then(|seconds| u32::try_from(seconds).ok());
    if let Some(seconds) = seconds {
        return Some(PutOff::Seconds(seconds));
    }
    let reset = ["x-ratelimit-reset", "ratelimit-reset"].iter().find_map(|name| number(headers, name));
    reset.filter(|_| is_used_up(headers)).map(PutOff::Until)
}

/// Whether no more requests are taken before the limit is reset.
fn is_used_up(headers: &HeaderMap) -> bool {
    ["x-ratelimit-remaining", "ratelimit-remaining"].iter().any(|name| number(headers, name) == Some(0))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// What the host says about it: GitHub and GitLab in `message`, Bitbucket in `error.message`.
fn said(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        #[serde(default)]
        message: Option<serde_json::Value>,
        #[serde(default)]
        error: Option<serde_json::Value>,
    }
    let Said { message, error } = serde_json::from_slice(body).ok()?;
    let error = error.map(|error| error.get("message").cloned().unwrap_or(error));
    let said = match message.or(error)? {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    let line: String = said.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ApiError {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let answer = Answered { status, headers: headers.collect(), body: body.as_bytes().to_vec() };
        ApiError::status("GET /repos/acme/shop", &answer)
    }

    #[test]
    fn every_refusal_says_what_helps() {
        let told = [
            error(401, &[], r#"{"message":"Bad credentials"}"#),
            error(403, &[], r#"{"message":"Resource not accessible by personal access token"}"#),
            error(404, &[], r#"{"type":"error","error":{"message":"Repository acme/shop not found"}}"#),
            error(429, &[], ""),
            error(422, &[], r#"{"message":{"base":["is invalid"]}}"#),
            error(301, &[], ""),
            error(502, &[], "<html>"),
        ];
        let lines: Vec<String> = told.iter().map(|error| format!("{:?}: {error}", error.kind)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        Unauthorized: GET /repos/acme/shop was answered with status 401: the API token is not valid, or not any more: set a new one. It says: Bad credentials
        Forbidden: GET /repos/acme/shop was answered with status 403: the API token may not do that: give it the right, or set another. It says: Resource not accessible by personal access token
        NotFound: GET /repos/acme/shop was answered with status 404: there is no such thing, or the API token may not know of it. It says: Repository acme/shop not found
        Limited: GET /repos/acme/shop was answered with status 429: the host takes no more requests for a while.
        Refused: GET /repos/acme/shop was answered with status 422: the host refuses it. It says: {"base":["is invalid"]}
        NotFound: GET /repos/acme/shop was answered with status 301: it has moved: write the repository's new name into the manifest, or the API's new address into the connection.
        Failing: GET /repos/acme/shop was answered with status 502: the host has a problem of its own.
        "#);
    }

    #[test]
    fn a_host_says_how_long_to_wait_in_one_of_several_ways() {
        let now = Timestamp::from_second(1_000).unwrap();
        let limited = |status, headers: &[_]| {
            let error = error(status, headers, "");
            assert_eq!(error.kind, TroubleKind::Limited);
            error.put_off(now)
        };
        assert_eq!(limited(429, &[("retry-after", "7")]), Some(7));
        assert_eq!(limited(403, &[("retry-after", "60")]), Some(60));
        assert_eq!(limited(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1090")]), Some(90));
        assert_eq!(limited(429, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1030")]), Some(30));
        assert_eq!(limited(403, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1030")]), Some(30));
        assert_eq!(limited(429, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "900")]), Some(0));
        assert_eq!(limited(429, &[]), None);
        assert_eq!(error(403, &[("x-ratelimit-remaining", "4999")], "").kind, TroubleKind::Forbidden);
    }
}
