//! Roles say exactly what may be done, to what, and by whom.

use serde_json::{Value, json};

use super::super::stack::{Resource, many, statements};
use super::{Said, Subject};

/// The policies that are part of a role, or a policy of its own.
pub(super) fn documents<'a>(resource: Resource<'a>) -> Vec<&'a Value> {
    match resource.kind {
        "AWS::IAM::Role" => resource.list("Policies").map(|policy| &policy["PolicyDocument"]).collect(),
        "AWS::IAM::Policy" => vec![resource.at("PolicyDocument")],
        _ => Vec::new(),
    }
}

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    for resource in subject.stack.resources() {
        for statement in documents(resource).into_iter().flat_map(statements) {
            exact(subject, resource, statement, said);
        }
    }
    for role in subject.stack.of("AWS::IAM::Role") {
        said.unless(is_bounded(role), role, "is not bounded by the parameter PermissionsBoundary (row 2)");
        trusted(subject, role, said);
    }
}

/// Names every action, and every resource unless its actions have none.
fn exact(subject: &Subject<'_>, resource: Resource<'_>, statement: &Value, said: &mut Said) {
    let name = statement["Sid"].as_str().unwrap_or("a statement");
    let mut say = |what: &str| said.of(resource, format!("{name}: {what} (row 2)"));
    if statement["Effect"] != "Allow" {
        say("allows nothing");
    }
    if statement.get("NotAction").is_some() || statement.get("NotResource").is_some() {
        say("says what is not allowed, not what is");
    }
    let actions: Vec<&str> = many(&statement["Action"]).iter().filter_map(Value::as_str).collect();
    if actions.is_empty() || actions.iter().any(|action| action.contains('*')) {
        say("must name each action");
    }
    let on_all = many(&statement["Resource"]).iter().any(|resource| resource == "*");
    let has_none =
        |action: &&str| subject.gate.star.iter().any(|star| star.actions.iter().any(|it| it == action));
    if many(&statement["Resource"]).is_empty() || (on_all && !actions.iter().all(has_none)) {
        say("must name its resources, or gate.toml say why not");
    }
    // What tasks are bound to, and to whom a role may be handed on.
    if actions.contains(&"ecs:ListTasks") && statement["Condition"]["ArnEquals"]["ecs:cluster"].is_null() {
        say("must be bound to clusters");
    }
    if actions.contains(&"iam:PassRole")
        && statement["Condition"]["StringEquals"]["iam:PassedToService"].is_null()
    {
        say("must say to whom a role may be handed on");
    }
}

fn is_bounded(role: Resource<'_>) -> bool {
    let bound = json!({"Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundary"}, {"Ref": "AWS::NoValue"}]});
    role.at("PermissionsBoundary") == &bound
}

/// One service alone takes a role, the one that it is for.
fn trusted(subject: &Subject<'_>, role: Resource<'_>, said: &mut Said) {
    let stack = subject.stack;
    let is_for = |kind: &'static str, path: &str| {
        stack.of(kind).any(|user| super::super::stack::leads_to(user.at(path), role.id))
    };
    let service = if is_for("AWS::Lambda::Function", "Role") {
        "lambda.amazonaws.com"
    } else if is_for("AWS::Scheduler::Schedule", "Target.RoleArn") {
        "scheduler.amazonaws.com"
    } else if is_for("AWS::CodeDeploy::DeploymentGroup", "ServiceRoleArn") {
        "codedeploy.amazonaws.com"
    } else {
        return said.of(role, "is a role that nothing takes (row 2)");
    };
    let trusts: Vec<&Value> = role.list("AssumeRolePolicyDocument.Statement").collect();
    let [trust] = trusts[..] else { return said.of(role, "trusts more than one (row 2)") };
    let trusted = trust["Principal"] == json!({"Service": service})
        && trust["Effect"] == "Allow"
        && trust["Action"] == "sts:AssumeRole";
    said.unless(trusted, role, &format!("must be taken by {service} alone (row 2)"));
    // Schedules of other accounts could be pointed at it.
    let own = trust["Condition"] == json!({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}});
    said.unless(
        own || service != "scheduler.amazonaws.com",
        role,
        "may be taken for another account (row 2)",
    );
}
