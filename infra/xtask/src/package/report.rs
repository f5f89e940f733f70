//! What was packaged, for people and for machines.

use anyhow::{Result, bail, ensure};

use super::Package;

/// What an archive may weigh: a function that is larger starts more slowly.
const BUDGET: usize = 8_000_000;

/// A table.
pub(super) fn table(packages: &[Package]) -> String {
    let mut lines = vec![format!(
        "{:12}{:10}{:>12}{:>12}  sha256 of the archive",
        "program", "processor", "size", "zipped"
    )];
    for package in packages {
        let Package { program, architecture, size, zipped, sha256, .. } = package;
        let row = format!(
            "{program:12}{:10}{:>12}{:>12}  {sha256}",
            architecture.name(),
            megabytes(*size),
            megabytes(*zipped)
        );
        lines.push(row);
    }
    if let Some(folder) = packages.first().and_then(|package| package.path.parent()) {
        lines.push(format!("in {}", folder.display()));
    }
    lines.join("\n")
}

/// One line of JSON for each.
pub(super) fn json(packages: &[Package]) -> String {
    let line = |package: &Package| {
        let Package { program, architecture, size, path, zipped, sha256 } = package;
        let architecture = architecture.name();
        let path = path.display().to_string();
        // Nothing in it but the path could need an escape, and Rust's own are JSON's for what paths are made of.
        format!(
            r#"{{"program":"{program}","architecture":"{architecture}","size":{size},"path":{path:?},"zipped":{zipped},"sha256":"{sha256}"}}"#
        )
    };
    packages.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// # Errors
/// When one is larger than it may be.
pub(super) fn within_budget(packages: &[Package]) -> Result<()> {
    for Package { program, zipped, .. } in packages {
        ensure!(
            *zipped <= BUDGET,
            "{program} weighs {} zipped, and may weigh {}",
            megabytes(*zipped),
            megabytes(BUDGET)
        );
    }
    Ok(())
}

/// # Errors
/// When two builds of the same did not make the same.
pub(super) fn compare(one: &[Package], other: &[Package]) -> Result<()> {
    let differs = one
        .iter()
        .zip(other)
        .filter(|(one, other)| (&one.program, &one.sha256) != (&other.program, &other.sha256));
    let differs: Vec<&str> = differs.map(|(one, _)| one.program.as_str()).collect();
    if one.len() != other.len() || !differs.is_empty() {
        bail!("a second build from nothing made other archives: {}", differs.join(", "));
    }
    Ok(())
}

/// Millions of bytes with two decimals.
fn megabytes(bytes: usize) -> String {
    format!("{}.{:02} MB", bytes / 1_000_000, bytes % 1_000_000 / 10_000)
}

#[cfg(test)]
mod tests {
    use super::super::Architecture;
    use super::*;

    fn package(zipped: usize, sha256: &str) -> Package {
        Package {
            program: "relay".to_owned(),
            architecture: Architecture::Arm64,
            size: 4_280_824,
            path: "/build/lambda/relay-arm64.zip".into(),
            zipped,
            sha256: sha256.to_owned(),
        }
    }

    #[test]
    fn people_get_a_table_and_machines_a_line_each() {
        let packages = [package(1_900_000, "ab12")];
        insta::assert_snapshot!(table(&packages), @r"
        program     processor         size      zipped  sha256 of the archive
        relay       arm64          4.28 MB     1.90 MB  ab12
        in /build/lambda
        ");
        insta::assert_snapshot!(json(&packages), @r#"{"program":"relay","architecture":"arm64","size":4280824,"path":"/build/lambda/relay-arm64.zip","zipped":1900000,"sha256":"ab12"}"#);
    }

    #[test]
    fn what_is_too_large_or_not_the_same_twice_is_named() {
        within_budget(&[package(BUDGET, "")]).unwrap();
        let refusal = within_budget(&[package(BUDGET + 10_000, "")]).unwrap_err();
        insta::assert_snapshot!(refusal, @"relay weighs 8.01 MB zipped, and may weigh 8.00 MB");
        compare(&[package(1, "ab")], &[package(1, "ab")]).unwrap();
        let refusal = compare(&[package(1, "ab")], &[package(1, "cd")]).unwrap_err();
        insta::assert_snapshot!(refusal, @"a second build from nothing made other archives: relay");
        compare(&[package(1, "ab")], &[]).unwrap_err();
    }
}
