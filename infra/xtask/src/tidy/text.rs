//! How files look, and what they must not say.

use anyhow::Result;

use super::{File, Finding, Repository};

/// Limits on what a file holds.
#[derive(serde::Deserialize)]
pub(super) struct Limits {
    max_lines: usize,
    /// Extensions of the files whose lines are counted.
    counted: Vec<String>,
    machine_paths: Vec<String>,
    npm_registry: String,
}

/// The file that spells what other files must not.
const RULES: &str = "infra/xtask/tidy.toml";

/// Sources are short, and have neither tabs nor spaces at the end of a line.
pub(super) fn check(repository: &Repository<'_>) -> Result<Vec<Finding>> {
    let limits = &repository.rules.text;
    let mut findings = Vec::new();
    for file in
        repository.files.iter().filter(|file| limits.counted.iter().any(|known| known == file.extension()))
    {
        let lines = file.text.lines().count();
        if lines > limits.max_lines {
            findings.push(Finding::new(&file.path, format!("{lines} lines; at most {}", limits.max_lines)));
        }
        for (number, line) in numbered(file) {
            let place = || format!("{}:{number}", file.path);
            if line.ends_with([' ', '\t']) {
                findings.push(Finding::new(place(), "ends in white space"));
            }
            if line.contains('\t') {
                findings.push(Finding::new(place(), "holds a tab"));
            }
        }
    }
    Ok(findings)
}

/// No file names a path of one machine or a mirror of a registry.
pub(super) fn check_places(repository: &Repository<'_>) -> Result<Vec<Finding>> {
    let limits = &repository.rules.text;
    // A checkout in `/` or one level below it has too common a name.
    let checkout = format!("{}/", repository.workspace.root.display());
    let checkout = (checkout.matches('/').count() > 2).then_some(&checkout);
    let machine_paths: Vec<_> = limits.machine_paths.iter().chain(checkout).collect();
    let mut findings = Vec::new();
    for file in repository.files.iter().filter(|file| file.path != RULES) {
        for (number, line) in numbered(file) {
            let place = || format!("{}:{number}", file.path);
            if let Some(path) = machine_paths.iter().find(|path| names_path(line, path)) {
                findings.push(Finding::new(place(), format!("names a path of one machine ({path}…)")));
            }
            if names_mirror(line, &limits.npm_registry) {
                findings.push(Finding::new(place(), format!("is not from {}", limits.npm_registry)));
            }
        }
    }
    Ok(findings)
}

/// Whether `line` has an absolute path that begins with `path`, not merely a longer one that contains it.
fn names_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "./_-}{)$*".contains(character))
    })
}

/// Whether `line` is one of `package-lock.json` that takes a package from elsewhere.
fn names_mirror(line: &str, registry: &str) -> bool {
    let source = line.trim_start().strip_prefix("\"resolved\": \"");
    source.is_some_and(|source| source.starts_with("http") && !source.starts_with(registry))
}

fn numbered(file: &File) -> impl Iterator<Item = (usize, &str)> {
    file.text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_path_is_told_from_the_end_of_an_address() {
        let path = format!("/{}/", "srv");
        assert!(names_path("see /srv/keelson", &path));
        assert!(names_path("PATH=/srv/keelson", &path));
        assert!(!names_path("https://example.com/srv/keelson", &path));
        assert!(!names_path("../srv/keelson", &path));
    }

    #[test]
    fn a_package_from_a_mirror_is_seen() {
        let registry = "https://registry.npmjs.org/";
        assert!(names_mirror("  \"resolved\": \"https://mirror.test/axe/-/axe-4.14.0.tgz\",", registry));
        assert!(!names_mirror(
            "  \"resolved\": \"https://registry.npmjs.org/axe/-/axe-4.14.0.tgz\",",
            registry
        ));
    }
}
