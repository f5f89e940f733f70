//! How the stack is deployed: with a look at the changes first, and outputs that say what they are.

use super::super::stack::within;
use super::{Said, Subject};

const SAMCONFIG: &str = "samconfig.toml";

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    for (name, output) in subject.stack.section("Outputs") {
        if output["Description"].as_str().is_none_or(str::is_empty) {
            said.at(name, "is an output that is not described (row 20)");
        }
    }
    let gate = subject.gate;
    let reasons = gate.star.iter().map(|it| &it.reason).chain(gate.free.iter().map(|it| &it.reason));
    if reasons.filter(|reason| reason.is_empty()).count() > 0 {
        said.at("infra/aws/gate.toml", "lets something pass without a reason");
    }
    let mut names = Vec::new();
    for (environment, settings) in &subject.facts.samconfig {
        let Ok(settings) = serde_json::to_value(settings) else { continue };
        if !settings.is_object() {
            continue;
        }
        let deploy = within(&settings, "deploy.parameters");
        let mut unless = |holds: bool, what: &str| {
            if !holds {
                said.at(SAMCONFIG, format!("[{environment}] {what} (row 20)"));
            }
        };
        unless(deploy["confirm_changeset"] == true, "must show the changes before they are made");
        unless(deploy["capabilities"] == "CAPABILITY_IAM", "must not be able to name roles");
        let overrides = deploy["parameter_overrides"].to_string();
        unless(overrides.contains("Environment="), "must say which environment it is");
        unless(overrides.contains("Team="), "must say whose it is");
        unless(
            within(&settings, "global.parameters.template_file") == "infra/aws/template.yaml",
            "must deploy the template",
        );
        names.push(within(&settings, "global.parameters.stack_name").to_string());
    }
    let count = names.len();
    names.sort();
    names.dedup();
    if names.len() != count || count < 2 {
        said.at(SAMCONFIG, "must have environments with a stack each (row 20)");
    }
}
