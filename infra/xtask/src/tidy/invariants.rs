//! Every invariant in `ARCHITECTURE.md` is held by a test that exists.
//!
//! An invariant names its test as ``test: `where::name` ``, where `where` is a crate with its modules
//! (``test: `domain::rollout::tests::a_rollback_is_never_blocked` ``) or a file
//! (``test: `tests/browser/panel.test.mjs::every page is accessible` ``).

use anyhow::{Context, Result};

use super::{File, Finding, Repository};

const DOCUMENT: &str = "ARCHITECTURE.md";
const MARK: &str = "test: `";

/// Each test that the document names is there.
pub(super) fn check(repository: &Repository<'_>) -> Result<Vec<Finding>> {
    let Some(document) = repository.files.iter().find(|file| file.path == DOCUMENT) else {
        return Ok(Vec::new());
    };
    let mut findings = Vec::new();
    for (index, line) in document.text.lines().enumerate() {
        for named in line.split(MARK).skip(1) {
            let test = named.split('`').next().context("split yields a part")?;
            if !exists(repository, test)? {
                let place = format!("{DOCUMENT}:{}", index + 1);
                findings.push(Finding::new(place, format!("there is no test `{test}`")));
            }
        }
    }
    Ok(findings)
}

/// Whether the file or the crate that `test` names has the test.
fn exists(repository: &Repository<'_>, test: &str) -> Result<bool> {
    let Some((place, name)) = test.rsplit_once("::") else { return Ok(false) };
    if place.contains('/') {
        return Ok(repository.files.iter().any(|file| file.path == place && has_test(file, name)));
    }
    let krate = place.split("::").next().unwrap_or(place);
    let Ok(package) = repository.workspace.package(krate) else { return Ok(false) };
    let folder = format!("{}/", repository.workspace.folder(package)?);
    let mut sources = repository.files.iter().filter(|file| file.path.starts_with(&folder));
    Ok(sources.any(|file| file.extension() == "rs" && has_test(file, name)))
}

/// Whether `file` has a test called `name`: a function under a test attribute, or elsewhere its quoted title.
fn has_test(file: &File, name: &str) -> bool {
    if file.extension() != "rs" {
        return ['\'', '"', '`'].iter().any(|quote| file.text.contains(&format!("{quote}{name}{quote}")));
    }
    let declared = format!("fn {name}(");
    let lines: Vec<_> = file.text.lines().map(str::trim_start).collect();
    let declarations = lines.iter().enumerate().filter(|(_, line)| line.contains(&declared));
    declarations.into_iter().any(|(index, _)| {
        // The attributes and comments right above it.
        let above =
            lines[..index].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        above.into_iter().any(|line| line.starts_with("#[") && line.contains("test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_function_is_a_test_by_its_attribute() {
        let source = file("a.rs", "fn helper() {}\n\n    #[test]\n    // Why.\n    fn it_holds() {}\n");
        assert!(has_test(&source, "it_holds"));
        assert!(!has_test(&source, "helper"));
    }

    #[test]
    fn a_browser_test_is_found_by_its_title() {
        let source = file("a.test.mjs", "test('every page is accessible', async () => {});");
        assert!(has_test(&source, "every page is accessible"));
        assert!(!has_test(&source, "every page"));
    }
}
