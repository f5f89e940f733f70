//! Logs: one JSON object per line for machines, or lines for people.

mod json;

use std::fmt;
use std::io::IsTerminal as _;
use std::str::FromStr;

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::{EnvFilter, fmt as lines};

use crate::settings::LogSettings;

/// What is logged, in the language of `tracing`'s `EnvFilter`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        match EnvFilter::try_new(given) {
            Ok(_) => Ok(Self(given.to_owned())),
            Err(error) => Err(format!("`{given}` is not a log filter such as `info,store=debug`: {error}")),
        }
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, JSON elsewhere.
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        match given {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err(format!("`{given}` is not a log format: write `auto`, `json` or `pretty`")),
        }
    }
}

/// Begins to log to standard error, for the whole process. Called once, by `main`.
///
/// # Panics
/// If the process logs already: a mistake in the calling code.
pub fn init(settings: &LogSettings) {
    let is_json = match settings.format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Pretty => false,
    };
    let done = if is_json {
        tracing::subscriber::set_global_default(json_lines(&settings.filter, std::io::stderr))
    } else {
        let pretty =
            lines().compact().with_env_filter(settings.filter.to_string()).with_writer(std::io::stderr);
        tracing::subscriber::set_global_default(pretty.finish())
    };
    done.expect("`telemetry::init` is called once");
}

/// Writes one flat JSON object per line: for [`init`], and for tests that read what is logged.
pub fn json_lines<W>(filter: &LogFilter, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    lines()
        .fmt_fields(JsonFields::new())
        .event_format(json::JsonLine)
        .with_env_filter(filter.to_string())
        .with_writer(writer)
        .finish()
}
