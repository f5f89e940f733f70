//! The `keelson.toml` of the sample service, as its team changes it while the story goes on.

use std::path::Path;

use super::cast::{CHECKS, CONNECTION, REPOSITORY, SERVICE, TEAM};

/// How far the team's `keelson.toml` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edition {
    /// Production takes everything at once.
    First,
    /// Production takes a canary.
    Canary,
    /// Production asks somebody first.
    Approved,
}

/// The file's text. `program` is what the artifacts run.
pub(super) fn text(edition: Edition, program: &Path) -> String {
    // A string of JSON is one of TOML too.
    let program = serde_json::Value::from(program.display().to_string());
    let checks = CHECKS.map(|check| format!("{check:?}")).join(", ");
    let steps = match edition {
        Edition::First => "[{ weight = 100, bake = \"3s\" }]".to_owned(),
        Edition::Canary | Edition::Approved => {
            let steps = [(10, "12s"), (50, "12s"), (100, "6s")];
            let steps =
                steps.map(|(weight, bake)| format!("  {{ weight = {weight}, bake = \"{bake}\" }},\n"));
            format!("[\n{}]", steps.concat())
        }
    };
    let approvals = match edition {
        Edition::First | Edition::Canary => "",
        Edition::Approved => "approvals = { count = 1, not_author = true }\n",
    };
    format!(
        r#"# The sample service of Keelson's demo. `keelson service apply -f` brings changes of this file in.

[service]
name = "{SERVICE}"
team = "{TEAM}"
repository = "{CONNECTION}:{REPOSITORY}"

[ci]
required = [{checks}]

[[environment]]
name = "staging"
promote = "auto"
steps = [{{ weight = 100, bake = "3s" }}]

[environment.target]
kind = "process"
command = ["./run"]
drain = "5s"
env = {{ KEELSON_BIN = {program} }}

[[environment]]
name = "production"
promote = "gated"
steps = {steps}
# A release that does worse than this, and worse than the one it replaces, goes back by itself.
rollback_when = {{ error_rate = 0.05, p95 = "400ms", minimum_requests = 10 }}

[environment.target]
kind = "process"
command = ["./run"]
drain = "5s"
env = {{ KEELSON_BIN = {program} }}

[environment.gates]
soak = "5s"
{approvals}"#
    )
}

#[cfg(test)]
mod tests {
    use domain::manifest::Manifest;

    use super::*;

    #[test]
    fn every_edition_is_a_manifest() {
        for edition in [Edition::First, Edition::Canary, Edition::Approved] {
            let text = text(edition, Path::new("/opt/\"quoted\"/keelson"));
            let manifest = Manifest::parse(&text).unwrap_or_else(|errors| panic!("{text}\n{errors:?}"));
            let approvals = manifest.environments[1].gates.approvals.is_some();
            assert_eq!(approvals, edition == Edition::Approved);
        }
    }
}
