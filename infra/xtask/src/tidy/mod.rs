//! Checks what the compiler does not: where things lie, what may depend on what, how files look.
//!
//! The rules are data in `tidy.toml`. Each check is a test of this crate too, so `cargo test` is enough.

mod docs;
mod edges;
mod invariants;
mod layout;
mod lock;
mod text;

use std::fmt;
use std::fs;

use anyhow::{Context, Result};

use crate::out;
use crate::process;
use crate::test::Tally;
use crate::workspace::Workspace;

/// Something that breaks a rule.
#[derive(Debug, PartialEq)]
pub(crate) struct Finding {
    /// A path within the repository, with the line where there is one.
    place: String,
    what: String,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// The rules, as `tidy.toml` holds them.
#[derive(serde::Deserialize)]
struct Rules {
    edges: edges::Edges,
    test_edges: edges::Edges,
    layout: layout::Layout,
    text: text::Limits,
}

/// What the checks look at.
struct Repository<'a> {
    workspace: &'a Workspace,
    rules: Rules,
    files: Vec<File>,
}

/// A text file that is, or is about to be, part of the repository.
struct File {
    /// Its path from the root, with `/` between the parts.
    path: String,
    text: String,
}

impl File {
    fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

impl<'a> Repository<'a> {
    fn read(workspace: &'a Workspace) -> Result<Self> {
        // The folder may belong to someone else, as in a container.
        const LISTED: [&str; 6] =
            ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"];
        let listed = process::read(workspace.command("git").args(LISTED)).context("cannot list the files")?;
        let rules = include_str!("../../tidy.toml");
        let rules = toml::from_str(rules).context("infra/xtask/tidy.toml")?;
        // What was deleted but not committed so, or is no text, is nothing to look at.
        let read = |path: &str| {
            let text = fs::read_to_string(workspace.root.join(path)).ok()?;
            Some(File { path: path.to_owned(), text })
        };
        Ok(Self { workspace, rules, files: listed.lines().filter_map(read).collect() })
    }
}

/// One rule and how it is checked.
type Check = fn(&Repository<'_>) -> Result<Vec<Finding>>;

const CHECKS: [(&str, Check); 7] = [
    ("crates link along the allowed edges", edges::check),
    ("the top level holds what it should", layout::check),
    ("files are short and clean", text::check),
    ("no file names a machine or a mirror", text::check_places),
    ("crates say what they are", docs::check),
    ("dependencies come from crates.io in matching versions", lock::check),
    ("invariants name their tests", invariants::check),
];

/// Runs every check and counts them; findings are written as they come.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally> {
    let repository = Repository::read(workspace)?;
    let mut tally = Tally::default();
    for (rule, check) in CHECKS {
        let findings = check(&repository)?;
        if findings.is_empty() {
            tally.passed += 1;
            continue;
        }
        tally.failed += 1;
        out::problem(rule);
        for finding in findings {
            out::note(&format!("  {finding}"));
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn holds(check: Check) {
        let workspace = Workspace::load().unwrap();
        let findings = check(&Repository::read(&workspace).unwrap()).unwrap();
        let findings: Vec<_> = findings.iter().map(Finding::to_string).collect();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }

    #[test]
    fn crates_link_along_the_allowed_edges() {
        holds(edges::check);
    }

    #[test]
    fn the_top_level_holds_what_it_should() {
        holds(layout::check);
    }

    #[test]
    fn files_are_short_and_clean() {
        holds(text::check);
    }

    #[test]
    fn no_file_names_a_machine_or_a_mirror() {
        holds(text::check_places);
    }

    #[test]
    fn crates_say_what_they_are() {
        holds(docs::check);
    }

    #[test]
    fn dependencies_come_from_crates_io_in_matching_versions() {
        holds(lock::check);
    }

    #[test]
    fn invariants_name_their_tests() {
        holds(invariants::check);
    }
}
