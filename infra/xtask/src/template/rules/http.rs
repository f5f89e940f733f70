//! The HTTP API has the API's own routes, none that is open by mistake, and none without a limit.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::stack::{leads_to, many};
use super::{Said, Subject};

/// Whatever no endpoint answers.
pub(super) const DEFAULT: &str = "$default";

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    let mut routes = BTreeSet::new();
    for route in subject.stack.of("AWS::ApiGatewayV2::Route") {
        let key = route.at("RouteKey").as_str().unwrap_or_default();
        said.unless(routes.insert(key), route, "is there twice (row 11)");
    }
    let wanted: BTreeSet<&str> =
        subject.facts.operations.iter().map(|it| it.route.as_str()).chain([DEFAULT]).collect();
    for missing in wanted.difference(&routes) {
        said.at("Api", format!("has no route for {missing} (row 11)"));
    }
    for strange in routes.difference(&wanted) {
        said.at("Api", format!("has a route for {strange}, which the API does not know (row 11)"));
    }
    public(subject, said);
    permitted(subject, said);
    limited(subject, said);
}

/// Only what `gate.toml` lists may be called without saying who calls.
fn public(subject: &Subject<'_>, said: &mut Said) {
    let listed: BTreeSet<&str> = subject.gate.public.routes.iter().map(String::as_str).collect();
    let open = subject.facts.operations.iter().filter(|it| it.public).map(|it| it.route.as_str());
    for route in listed.symmetric_difference(&open.collect()) {
        said.at("Api", format!("{route} is open in the API or in gate.toml, and not in both (row 11)"));
    }
}

/// The API may call each function that it leads to.
fn permitted(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for integration in stack.of("AWS::ApiGatewayV2::Integration") {
        let Some(alias) = stack.target(integration.at("IntegrationUri"), "AWS::Lambda::Alias") else {
            continue;
        };
        let may = stack.of("AWS::Lambda::Permission").any(|permission| {
            let arn = permission.at("SourceArn")["Fn::Sub"].as_str().unwrap_or_default();
            leads_to(permission.at("FunctionName"), alias.id)
                && arn.contains(":execute-api:")
                && arn.ends_with("${Api}/*")
        });
        said.unless(may, integration, "leads to a function that the API may not call (row 3)");
        let used =
            stack.of("AWS::ApiGatewayV2::Route").any(|route| leads_to(route.at("Target"), integration.id));
        said.unless(used, integration, "is led to by no route (row 11)");
    }
}

/// Whoever is not known yet is limited most, and every access is logged as JSON.
fn limited(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for stage in stack.of("AWS::ApiGatewayV2::Stage") {
        let settings = stage.at("RouteSettings");
        let most = stack.most(stage.at("DefaultRouteSettings.ThrottlingRateLimit"));
        let strangers = subject.facts.operations.iter().filter(|operation| {
            operation.public && ["/auth/", "/hooks/"].iter().any(|start| operation.path().starts_with(start))
        });
        for operation in strangers {
            let limit = &settings[&operation.route];
            let [rate, burst] =
                ["ThrottlingRateLimit", "ThrottlingBurstLimit"].map(|name| stack.most(&limit[name]));
            let is_sign_in = operation.path().starts_with("/auth/");
            let well = rate > 0.0 && burst >= rate && (!is_sign_in || rate < most);
            said.unless(well, stage, &format!("does not limit {} (row 11)", operation.route));
            depends(subject, &stage.body["DependsOn"], &operation.route, said);
        }
        let format = stage.at("AccessLogSettings.Format").as_str().unwrap_or_default();
        let fields: Value = serde_json::from_str(format).unwrap_or_default();
        let has =
            |value: &str| fields.as_object().is_some_and(|fields| fields.values().any(|it| it == value));
        let told = ["$context.requestId", "$context.routeKey", "$context.status"].into_iter().all(has);
        said.unless(told, stage, "does not log request, route and status as JSON (row 11)");
    }
    said_unless_one(stack.of("AWS::ApiGatewayV2::Stage").count(), said);
}

fn said_unless_one(stages: usize, said: &mut Said) {
    if stages != 1 {
        said.at("Api", "must have one stage (row 11)");
    }
}

/// CloudFormation makes a stage before routes that nothing says it needs, and a limit of a route that is not there fails.
fn depends(subject: &Subject<'_>, on: &Value, route: &str, said: &mut Said) {
    let resource = subject.stack.of("AWS::ApiGatewayV2::Route").find(|it| it.at("RouteKey") == route);
    if let Some(resource) = resource {
        let depends = many(on).iter().any(|id| id == resource.id);
        said.unless(depends, resource, "must be there before the stage that limits it (row 11)");
    }
}
