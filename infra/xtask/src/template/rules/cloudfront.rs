//! CloudFront serves the panel from a bucket that nobody else reads, and leads every path of the API to the API, with a
//! secret that keeps others from going around it.

use serde_json::{Value, json};

use super::super::gate::matches;
use super::super::stack::{Resource, many};
use super::{Said, Subject};

/// The header by which functions know CloudFront.
const ORIGIN_HEADER: &str = "x-keelson-origin";
/// Rules of the firewall that a webhook may break: it is long, and tells what is in commits.
const COUNTED: [&str; 5] = [
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "EC2MetaDataSSRF_BODY",
];
/// Addresses of the panel, one of each kind.
const PAGES: [&str; 5] = ["/", "/index.html", "/assets/app-0123.js", "/services/storefront", "/sign-in"];

pub(super) fn check(subject: &Subject<'_>, said: &mut Said) {
    for distribution in subject.stack.of("AWS::CloudFront::Distribution") {
        origins(subject, distribution, said);
        behaviors(subject, distribution, said);
    }
    if subject.stack.of("AWS::CloudFront::Distribution").count() != 1 {
        said.at("Resources", "there must be one distribution (row 12)");
    }
    records(subject, said);
    for function in subject.stack.of("AWS::CloudFront::Function") {
        let code = function.at("FunctionCode").as_str().unwrap_or_default();
        said.unless(code.contains("'/index.html'"), function, "does not lead addresses to the page (row 12)");
    }
    firewall(subject, said);
    network(subject, said);
}

/// A domain of one's own leads to CloudFront by both versions of IP.
fn records(subject: &Subject<'_>, said: &mut Said) {
    let mut kinds: Vec<&Value> =
        subject.stack.of("AWS::Route53::RecordSet").map(|it| it.at("Type")).collect();
    kinds.sort_by_key(|kind| kind.to_string());
    if kinds != ["A", "AAAA"] {
        said.at("Resources", "there must be a record for either version of IP (row 12)");
    }
}

fn origins(subject: &Subject<'_>, distribution: Resource<'_>, said: &mut Said) {
    let stack = subject.stack;
    let origin = |id: &str| {
        distribution
            .list("DistributionConfig.Origins")
            .find(move |origin| origin["Id"] == id)
            .unwrap_or(&Value::Null)
    };
    let (panel, api) = (origin("panel"), origin("api"));
    let closed =
        stack.target(&panel["OriginAccessControlId"], "AWS::CloudFront::OriginAccessControl").is_some()
            && panel["S3OriginConfig"] == json!({"OriginAccessIdentity": ""})
            && stack.target(&panel["DomainName"], "AWS::S3::Bucket").is_some();
    said.unless(closed, distribution, "must read the panel by an origin access control (row 12)");
    let secure = api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
        && api["CustomOriginConfig"]["OriginSSLProtocols"] == json!(["TLSv1.2"])
        && api["CustomOriginConfig"]["OriginReadTimeout"] == 30
        && stack.target(&api["DomainName"], "AWS::ApiGatewayV2::Api").is_some();
    said.unless(secure, distribution, "must ask the API over TLS 1.2 (row 12)");
    let told = api["OriginCustomHeaders"].as_array().into_iter().flatten().any(|header| {
        let resolved = header["HeaderValue"]["Fn::Sub"].as_str().unwrap_or_default();
        header["HeaderName"] == ORIGIN_HEADER
            && resolved.starts_with("{{resolve:secretsmanager:")
            && stack.target(&header["HeaderValue"], "AWS::SecretsManager::Secret").is_some()
    });
    said.unless(told, distribution, "does not say the origin's secret to the API (row 11)");
}

/// Every path of the API leads there, and no page of the panel does.
fn behaviors(subject: &Subject<'_>, distribution: Resource<'_>, said: &mut Said) {
    let patterns: Vec<&str> = distribution
        .list("DistributionConfig.CacheBehaviors")
        .filter_map(|behavior| behavior["PathPattern"].as_str())
        .collect();
    let to_api = |path: &str| patterns.iter().any(|pattern| matches(pattern, path));
    for operation in &subject.facts.operations {
        let leads = to_api(operation.path());
        said.unless(leads, distribution, &format!("does not lead {} to the API (row 12)", operation.path()));
    }
    for page in PAGES {
        said.unless(!to_api(page), distribution, &format!("leads {page} to the API (row 12)"));
    }
    // A webhook is not followed to where it is redirected to.
    let hooks =
        distribution.list("DistributionConfig.CacheBehaviors").find(|it| it["PathPattern"] == "/hooks/*");
    let secure = hooks.is_some_and(|hooks| hooks["ViewerProtocolPolicy"] == "https-only");
    said.unless(secure, distribution, "takes webhooks without TLS (row 12)");
}

/// A firewall, where it is wanted, limits, knows bad inputs, and logs.
fn firewall(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    for acl in stack.of("AWS::WAFv2::WebACL") {
        let rule =
            |name: &str| acl.list("Rules").find(|rule| rule["Name"] == name).unwrap_or(&Value::Null).clone();
        let rate = rule("rate");
        let limit = &rate["Statement"]["RateBasedStatement"];
        let limited = rate["Action"] == json!({"Block": {}})
            && limit["AggregateKeyType"] == "IP"
            && limit["Limit"].as_u64().is_some_and(|limit| limit <= 10_000);
        said.unless(limited, acl, "does not limit addresses (row 12)");
        for (name, group) in [
            ("known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet"),
            ("common", "AWSManagedRulesCommonRuleSet"),
        ] {
            let rule = rule(name);
            let managed = &rule["Statement"]["ManagedRuleGroupStatement"];
            let well = rule["OverrideAction"] == json!({"None": {}})
                && managed["VendorName"] == "AWS"
                && managed["Name"] == group;
            said.unless(well, acl, &format!("lacks the rules {group} (row 12)"));
        }
        let common = rule("common");
        let overrides = &common["Statement"]["ManagedRuleGroupStatement"]["RuleActionOverrides"];
        let counted: Vec<&str> = many(overrides)
            .iter()
            .filter(|it| it["ActionToUse"] == json!({"Count": {}}))
            .filter_map(|it| it["Name"].as_str())
            .collect();
        said.unless(counted == COUNTED, acl, "refuses webhooks for what they tell (row 12)");
        let mut priorities: Vec<_> = acl.list("Rules").map(|rule| rule["Priority"].as_u64()).collect();
        priorities.dedup();
        said.unless(
            priorities == [Some(0), Some(1), Some(2)],
            acl,
            "does not say which rule comes first (row 12)",
        );
        let logs = |it: Resource<'_>| stack.target(it.at("ResourceArn"), "AWS::WAFv2::WebACL").is_some();
        said.unless(stack.of("AWS::WAFv2::LoggingConfiguration").any(logs), acl, "does not log (row 12)");
    }
}

/// In a VPC, S3 and DynamoDB are reached by ways of their own, and nothing leaves but by HTTPS.
fn network(subject: &Subject<'_>, said: &mut Said) {
    let stack = subject.stack;
    let endpoint = |service: &str| {
        stack
            .of("AWS::EC2::VPCEndpoint")
            .any(|it| it.at("ServiceName")["Fn::Sub"].as_str().is_some_and(|name| name.ends_with(service)))
    };
    for group in stack.of("AWS::EC2::SecurityGroup") {
        let ways = [".s3", ".dynamodb"].into_iter().all(endpoint);
        said.unless(ways, group, "is in a VPC without ways of its own to S3 and DynamoDB (row 19)");
    }
    let wanted = json!({"Fn::If": [
        "InVpc",
        {"SecurityGroupIds": [{"Ref": "FunctionsSecurityGroup"}], "SubnetIds": {"Ref": "SubnetIds"}},
        {"Ref": "AWS::NoValue"},
    ]});
    for function in stack.of("AWS::Lambda::Function") {
        said.unless(
            function.at("VpcConfig") == &wanted,
            function,
            "must be in the VPC where there is one, and only then (row 19)",
        );
    }
}
