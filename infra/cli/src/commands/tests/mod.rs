//! Commands against a server of the tests: what goes over the wire, what is printed, how it ends.

mod access;
mod fake;
mod lost;
mod shipping;
mod uploads;

use std::path::Path;

use clap::Parser as _;
use fake::Fake;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::output::{Captured, Format, Output};
use crate::surroundings::Surroundings;

/// How a command went: how it ended, and everything it printed.
struct Went {
    exit: Exit,
    printed: String,
}

/// A person who types commands.
struct Shell {
    surroundings: Surroundings,
    answers: Option<&'static str>,
    _home: tempfile::TempDir,
}

impl Shell {
    fn new(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().to_str().unwrap().to_owned();
        let get = |name: &str| match name {
            "HOME" => Some(folder.clone()),
            _ => variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        };
        let surroundings = Surroundings::read(get, home.path().to_owned());
        Self { surroundings, answers: None, _home: home }
    }

    /// Somebody with a token.
    fn signed_in() -> Self {
        Self::new(&[("KEELSON_TOKEN", "kls_test")])
    }

    /// Sits at a terminal, and answers with these lines.
    fn answering(mut self, lines: &'static str) -> Self {
        self.answers = Some(lines);
        self
    }

    fn home(&self) -> &Path {
        self.surroundings.directory()
    }

    /// Types a command; words are apart by single spaces.
    async fn types(&self, server: &str, line: &str) -> Went {
        let words = ["keelson", "--server", server].into_iter().chain(line.split(' '));
        let cli = Cli::try_parse_from(words).unwrap();
        let captured = Captured::default();
        let format = if cli.global.json { Format::Json } else { Format::Human };
        let mut output = Output::captured(format, captured.clone());
        if let Some(lines) = self.answers {
            output = output.answering(lines);
        }
        let exit = match super::run(cli, &self.surroundings, &mut output).await {
            Ok(exit) => exit,
            Err(failure) => {
                output.failure(&failure.text());
                failure.exit()
            }
        };
        Went { exit, printed: captured.text() }
    }
}

/// A digest and the artifact with it, as a server lists it.
fn artifact(digit: char) -> serde_json::Value {
    serde_json::json!({
        "digest": digest(digit),
        "service": "storefront",
        "commit": "0".repeat(40),
        "size": 10,
        "pushed_by": { "kind": "keelson" },
        "announced_at": "2026-11-22T12:00:00Z",
        "registered_at": "2026-11-22T12:00:00Z",
    })
}

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}
