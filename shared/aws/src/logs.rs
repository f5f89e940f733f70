//! What releases wrote, as CloudWatch Logs keeps it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use domain::Digest;
use domain::manifest::Target;
use jiff::{SignedDuration, Timestamp};
use ports::{LogLine, LogQuery, TargetError, structure};

use crate::error::told;
use crate::hash::digest_of;
use crate::{Connection, Declared, Now, TargetLogs};

/// How far back the newest lines are looked for, one after another, until there are enough.
const WINDOWS: [SignedDuration; 4] = [
    SignedDuration::from_mins(5),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(24),
    SignedDuration::from_hours(24 * 14),
];
/// How many pages of one window are read. Each is up to a megabyte.
const MOST_PAGES: usize = 10;
/// How many lines of one millisecond can be told apart.
const PER_MILLI: u64 = 1_000;

/// The logs of what is declared: those of Lambda functions, each line with the artifact that wrote it.
#[derive(Clone)]
pub struct CloudWatchLogs {
    functions: FunctionLogs,
    declared: Arc<dyn Declared>,
    now: Now,
}

impl std::fmt::Debug for CloudWatchLogs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CloudWatchLogs").field("functions", &self.functions).finish_non_exhaustive()
    }
}

impl CloudWatchLogs {
    /// The logs that the role of the connection may read.
    pub fn new(connection: &Connection, declared: Arc<dyn Declared>, now: Now) -> Self {
        Self { functions: FunctionLogs::new(connection), declared, now }
    }
}

#[async_trait]
impl TargetLogs for CloudWatchLogs {
    async fn logs(&self, query: &LogQuery) -> Result<Vec<LogLine>, TargetError> {
        let declared = self.declared.target(&query.service, &query.environment).await;
        match declared.map_err(TargetError::Unavailable)? {
            Some(Target::Lambda(lambda)) => {
                let lines = self.functions.read(&lambda.function, query, (self.now)()).await;
                lines.map_err(TargetError::Unavailable)
            }
            Some(target @ (Target::Process(_) | Target::Ecs(_) | Target::Server(_))) => {
                Err(TargetError::Refused(format!(
                    "the logs of a target of kind {} are not read on AWS yet; look into CloudWatch Logs",
                    target.kind()
                )))
            }
            None => Ok(Vec::new()),
        }
    }
}

/// The logs of Lambda functions.
#[derive(Debug, Clone)]
struct FunctionLogs {
    client: Client,
    functions: aws_sdk_lambda::Client,
    /// Which artifact a function's version is. It never changes.
    versions: Arc<Mutex<HashMap<(String, String), Digest>>>,
}

impl FunctionLogs {
    fn new(connection: &Connection) -> Self {
        Self {
            client: Client::new(connection.sdk()),
            functions: aws_sdk_lambda::Client::new(connection.sdk()),
            versions: Arc::default(),
        }
    }

    /// The lines that were asked for, oldest first. A line's number is its moment, so a line that CloudWatch takes in
    /// late may be missed by whoever follows.
    async fn read(&self, function: &str, query: &LogQuery, now: Timestamp) -> Result<Vec<LogLine>, String> {
        let group = self.group(function).await?;
        if let Some(after) = query.after {
            let from = i64::try_from(after / PER_MILLI).unwrap_or(i64::MAX);
            let mut lines = self.window(function, &group, query, from).await?;
            lines.retain(|line| line.number > after);
            lines.truncate(query.limit);
            return Ok(lines);
        }
        let mut lines = Vec::new();
        for window in WINDOWS {
            let from = now.checked_sub(window).unwrap_or(Timestamp::UNIX_EPOCH).as_millisecond();
            lines = self.window(function, &group, query, from).await?;
            if lines.len() >= query.limit {
                break;
            }
        }
        Ok(lines.split_off(lines.len().saturating_sub(query.limit)))
    }

    /// Where a function logs: its own group unless its configuration names another.
    async fn group(&self, function: &str) -> Result<String, String> {
        let configuration = self.functions.get_function_configuration().function_name(function).send().await;
        let configuration = configuration.map_err(|error| told(&error))?;
        let named = configuration.logging_config().and_then(|logging| logging.log_group());
        Ok(named.map_or_else(|| format!("/aws/lambda/{function}"), str::to_owned))
    }

    async fn window(
        &self,
        function: &str,
        group: &str,
        query: &LogQuery,
        from: i64,
    ) -> Result<Vec<LogLine>, String> {
        let mut token = None;
        let mut events = Vec::new();
        for _ in 0..MOST_PAGES {
            let request = self
                .client
                .filter_log_events()
                .log_group_name(group)
                .start_time(from)
                .set_filter_pattern(query.contains.as_deref().and_then(pattern))
                .set_next_token(token.take());
            let page = match request.send().await {
                Ok(page) => page,
                // It has written nothing yet.
                Err(error) if error.as_service_error().is_some_and(is_missing) => return Ok(Vec::new()),
                Err(error) => return Err(told(&error)),
            };
            events.extend(page.events().iter().cloned());
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        events.sort_by_key(|event| event.timestamp());
        let mut lines = Vec::new();
        let mut last = (0, 0);
        for event in events {
            let Some(line) = self.line(function, &event, &mut last).await? else { continue };
            if wanted(query, &line) {
                lines.push(line);
            }
        }
        Ok(lines)
    }

    /// A line; none of what was not written by a published version.
    async fn line(
        &self,
        function: &str,
        event: &FilteredLogEvent,
        last: &mut (u64, u64),
    ) -> Result<Option<LogLine>, String> {
        let (Some(millis), Some(message)) = (event.timestamp(), event.message()) else { return Ok(None) };
        let Some(version) = event.log_stream_name().and_then(version_of) else { return Ok(None) };
        let Some(artifact) = self.artifact(function, version).await? else { return Ok(None) };
        let at = u64::try_from(millis).unwrap_or(0);
        *last = if last.0 == at { (at, (last.1 + 1).min(PER_MILLI - 1)) } else { (at, 0) };
        let text = message.trim_end_matches('\n').to_owned();
        let (level, said) = structure(&text);
        Ok(Some(LogLine {
            number: at * PER_MILLI + last.1,
            at: Timestamp::from_millisecond(millis).map_err(|error| error.to_string())?,
            artifact,
            stream: stream_of(&text).to_owned(),
            text,
            level,
            message: said,
        }))
    }

    async fn artifact(&self, function: &str, version: &str) -> Result<Option<Digest>, String> {
        if version == "$LATEST" {
            return Ok(None);
        }
        let key = (function.to_owned(), version.to_owned());
        if let Some(artifact) = self.versions.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(*artifact));
        }
        let request = self.functions.get_function_configuration().function_name(function).qualifier(version);
        let configuration = match request.send().await {
            Ok(configuration) => configuration,
            // Deleted since it wrote.
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(told(&error)),
        };
        let artifact = configuration.code_sha256().and_then(digest_of);
        if let Some(artifact) = artifact {
            self.versions.lock().unwrap_or_else(PoisonError::into_inner).insert(key, artifact);
        }
        Ok(artifact)
    }
}

fn is_missing(error: &aws_sdk_cloudwatchlogs::operation::filter_log_events::FilterLogEventsError) -> bool {
    error.is_resource_not_found_exception()
}

fn wanted(query: &LogQuery, line: &LogLine) -> bool {
    let contains =
        query.contains.as_ref().is_none_or(|text| line.text.to_lowercase().contains(&text.to_lowercase()));
    contains && query.artifact.is_none_or(|artifact| artifact == line.artifact)
}

/// What CloudWatch itself may look for. Its patterns tell letter case apart, Keelson's do not: only what is written in
/// one way, such as a request's id, is left to it.
fn pattern(contains: &str) -> Option<String> {
    let is_id = contains.len() >= 16
        && contains.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f' | b'-'));
    is_id.then(|| format!("\"{contains}\""))
}

/// The version in a log stream's name, which is `2026/11/23/[42]0123…`, or `2026/11/23/function[42]0123…` where
/// several functions share a group.
fn version_of(stream: &str) -> Option<&str> {
    let (_, rest) = stream.split_once('[')?;
    rest.split_once(']').map(|(version, _)| version)
}

/// Whether the function wrote it or Lambda did, in either of its formats.
fn stream_of(text: &str) -> &'static str {
    let by_lambda = ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START "];
    let is_platform = text.contains(r#""type":"platform."#);
    if is_platform || by_lambda.iter().any(|start| text.starts_with(start)) { "platform" } else { "stdout" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_in_the_streams_name() {
        assert_eq!(version_of("2026/11/23/[42]0f3a"), Some("42"));
        assert_eq!(version_of("2026/11/23/storefront[$LATEST]0f3a"), Some("$LATEST"));
        assert_eq!(version_of("a-stream-of-somebody-else"), None);
    }

    #[test]
    fn lambdas_own_lines_are_told_from_the_functions() {
        assert_eq!(stream_of("REPORT RequestId: 1 Duration: 2 ms"), "platform");
        assert_eq!(stream_of(r#"{"time":"2026","type":"platform.report","record":{}}"#), "platform");
        assert_eq!(stream_of(r#"{"level":"INFO","message":"START"}"#), "stdout");
    }

    #[test]
    fn only_what_has_one_spelling_is_left_to_cloudwatch() {
        assert_eq!(
            pattern("0192f3c1-7d5e-7abc-8def-0123456789ab").as_deref(),
            Some("\"0192f3c1-7d5e-7abc-8def-0123456789ab\"")
        );
        assert_eq!(pattern("checkout failed"), None);
        assert_eq!(pattern("deadbeef"), None, "a word that may be written otherwise");
    }
}
