//! cfn-lint with the serverless rules, and checkov, over the expanded template.

use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use super::Finding;
use super::expand::EXPANDED;
use crate::python::Environment;
use crate::workspace::Workspace;

/// What both find. They run at once.
pub(super) fn check(workspace: &Workspace, python: &Environment) -> Result<Vec<Finding>> {
    let mut lint = python.command(workspace, "cfn-lint");
    lint.args(["--append-rules", "cfn_lint_serverless.rules", "--include-checks", "W", "--format", "json"]);
    lint.args(["--template", EXPANDED]);
    let mut checkov = python.command(workspace, "checkov");
    checkov.args([
        "--framework",
        "cloudformation",
        "--skip-download",
        "--compact",
        "--quiet",
        "--output",
        "json",
    ]);
    checkov.args(["--file", EXPANDED]);
    // Nothing leaves this machine.
    checkov.env("BC_SKIP_MAPPING", "TRUE").env("CHECKOV_RUN_SCA_PACKAGE_SCAN_V2", "false");
    let (linted, checked) = thread::scope(|scope| {
        let linted = scope.spawn(|| said(&mut lint));
        (linted.join(), said(&mut checkov))
    });
    let linted = linted.map_err(|_| anyhow!("cfn-lint was lost"))??;
    let mut found = of_cfn_lint(&linted)?;
    found.extend(of_checkov(&checked?)?);
    Ok(found)
}

/// The JSON that a tool writes, whatever code it ends with: that it found something is no failure.
fn said(command: &mut Command) -> Result<Value> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{program}`"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match serde_json::from_str(text.trim()) {
        Ok(said) => Ok(said),
        Err(_) => bail!("`{program}` failed: {}{}", text, String::from_utf8_lossy(&output.stderr)),
    }
}

fn of_cfn_lint(said: &Value) -> Result<Vec<Finding>> {
    let matches = said.as_array().context("cfn-lint tells no list")?;
    let finding = |found: &Value| {
        let path = &found["Location"]["Path"];
        let resource = path[1].as_str().or(path[0].as_str()).unwrap_or(EXPANDED);
        Finding {
            check: text(&found["Rule"]["Id"]),
            resource: resource.to_owned(),
            what: text(&found["Message"]),
        }
    };
    Ok(matches.iter().map(finding).collect())
}

fn of_checkov(said: &Value) -> Result<Vec<Finding>> {
    let failed = said["results"]["failed_checks"].as_array().context("checkov tells no results")?;
    if said["summary"]["parsing_errors"] != 0 || said["summary"]["passed"].as_u64().unwrap_or_default() == 0 {
        bail!("checkov could not read the template: {}", said["summary"]);
    }
    let finding = |found: &Value| {
        let resource = text(&found["resource"]);
        Finding {
            check: text(&found["check_id"]),
            // `AWS::SQS::Queue.WebhooksQueue`
            resource: resource.rsplit('.').next().unwrap_or_default().to_owned(),
            what: text(&found["check_name"]),
        }
    };
    Ok(failed.iter().map(finding).collect())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
