//! Which crate may link which.

use std::collections::BTreeMap;

use anyhow::Result;
use cargo_metadata::DependencyKind;

use super::{Finding, Repository};

/// Patterns of folders, and the patterns of what the crates there may link.
pub(super) type Edges = BTreeMap<String, Vec<String>>;

/// Every edge between two crates of this repository is allowed.
pub(super) fn check(repository: &Repository<'_>) -> Result<Vec<Finding>> {
    let workspace = repository.workspace;
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let from = workspace.folder(package)?;
        let manifest = format!("{from}/Cargo.toml");
        let Some(allowed) = rule_for(&repository.rules.edges, &from) else {
            findings.push(Finding::new(manifest, "tidy.toml does not say what this crate may link"));
            continue;
        };
        for edge in package.dependencies.iter().filter(|edge| edge.path.is_some()) {
            let to = workspace.folder(workspace.package(&edge.name)?)?;
            let in_tests = edge.kind == DependencyKind::Development
                && rule_for(&repository.rules.test_edges, &from).is_some_and(|more| allows(more, &to));
            if !allows(allowed, &to) && !in_tests {
                findings.push(Finding::new(&manifest, format!("`{from}` must not link `{to}`")));
            }
        }
    }
    Ok(findings)
}

/// The rule for `folder`: its own, else the first with a star that covers it.
fn rule_for<'a>(edges: &'a Edges, folder: &str) -> Option<&'a [String]> {
    let starred = || edges.iter().find(|(pattern, _)| covers(pattern, folder)).map(|(_, allowed)| allowed);
    edges.get(folder).or_else(starred).map(Vec::as_slice)
}

/// Whether one of the patterns covers `folder` and none takes it out.
fn allows(patterns: &[String], folder: &str) -> bool {
    let taken_out =
        |pattern: &String| pattern.strip_prefix('!').is_some_and(|pattern| covers(pattern, folder));
    patterns.iter().any(|pattern| covers(pattern, folder)) && !patterns.iter().any(taken_out)
}

/// Whether `pattern` is `folder`, with `*` for any one of its names.
fn covers(pattern: &str, folder: &str) -> bool {
    let (mut pattern, mut folder) = (pattern.split('/'), folder.split('/'));
    loop {
        match (pattern.next(), folder.next()) {
            (None, None) => return true,
            (Some(wanted), Some(name)) if wanted == "*" || wanted == name => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_name() {
        assert!(covers("shared/*", "shared/api"));
        assert!(!covers("shared/*", "shared"));
        assert!(!covers("shared/*", "functions/flags"));
        assert!(!covers("shared/*", "shared/api/inner"));
    }

    #[test]
    fn what_is_taken_out_is_not_allowed() {
        let patterns = ["shared/*".to_owned(), "!shared/aws".to_owned()];
        assert!(allows(&patterns, "shared/ports"));
        assert!(!allows(&patterns, "shared/aws"));
    }

    #[test]
    fn a_crate_follows_its_own_rule_before_that_of_its_folder() {
        let edges = Edges::from([
            ("infra/*".to_owned(), vec!["shared/*".to_owned()]),
            ("infra/xtask".to_owned(), Vec::new()),
        ]);
        assert_eq!(rule_for(&edges, "infra/xtask"), Some(&[][..]));
        assert_eq!(rule_for(&edges, "infra/local"), Some(&["shared/*".to_owned()][..]));
        assert_eq!(rule_for(&edges, "web"), None);
    }
}
