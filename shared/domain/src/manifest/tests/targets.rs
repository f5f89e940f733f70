//! What runs on AWS, as a `keelson.toml` says it.

use super::*;

/// One environment of every kind that AWS runs.
const AWS: &str = r#"[service]
name = "storefront"
team = "shop"
repository = "github:acme/storefront"

[[environment]]
name = "staging"
target = { kind = "lambda", function = "storefront-staging" }
steps = [{ weight = 10 }, { weight = 50 }, { weight = 100 }]

[[environment]]
name = "shifted"
target = { kind = "lambda", function = "storefront", alias = "prod", codedeploy = { application = "shop", group = "live", config = "CodeDeployDefault.LambdaCanary10Percent5Minutes" } }

[[environment]]
name = "containers"
target = { kind = "ecs", cluster = "shop", service = "storefront", container = "app", port = 80, image = "registry.example:5000/shop/storefront" }
steps = [{ weight = 20, bake = "5m" }, { weight = 100 }]

[[environment]]
name = "servers"
target = { kind = "server", application = "shop", group = "servers", config = "CodeDeployDefault.OneAtATime" }
"#;

fn after(from: &str, to: &str) -> String {
    assert_eq!(AWS.matches(from).count(), 1, "{from}");
    let errors = Manifest::parse(&AWS.replacen(from, to, 1)).expect_err("this manifest is fine");
    errors.iter().map(|error| format!("{error} [{}]", error.pointer)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_of_target_is_read_as_serde_reads_it() {
    let manifest = Manifest::parse(AWS).unwrap();
    assert_eq!(toml::from_str::<Manifest>(AWS), Ok(manifest.clone()));
    let kinds: Vec<&str> =
        manifest.environments.iter().map(|environment| environment.target.kind()).collect();
    assert_eq!(kinds, ["lambda", "lambda", "ecs", "server"]);
    let Target::Lambda(staging) = &manifest.environments[0].target else { panic!("no function") };
    assert_eq!((staging.alias.as_str(), &staging.codedeploy), ("live", &None));
    let groups: Vec<Option<&str>> = manifest
        .environments
        .iter()
        .map(|environment| environment.target.codedeploy().map(|group| group.group.as_str()))
        .collect();
    assert_eq!(groups, [None, Some("live"), None, Some("servers")]);
}

#[test]
fn what_aws_would_refuse_is_refused_at_its_place() {
    let changed = [
        (r#"function = "storefront-staging" }"#, r#"alias = "live" }"#),
        ("storefront-staging", "arn:aws:lambda:eu-central-1:1:function:storefront"),
        (r#"alias = "prod""#, r#"alias = "17""#),
        (r#"alias = "prod""#, r#"command = ["./storefront"]"#),
        (r#", config = "CodeDeployDefault.LambdaCanary10Percent5Minutes""#, ""),
        (r#"group = "live""#, r#"kind = "lambda", group = "live shop""#),
        ("port = 80,", "port = 0,"),
        (r#"container = "app", "#, ""),
        ("5000/shop/storefront", "5000/shop/storefront:latest"),
        ("5000/shop/storefront", "5000/shop/storefront@sha256:00"),
        (r#", config = "CodeDeployDefault.OneAtATime""#, ""),
    ];
    let changed: Vec<String> = changed.iter().map(|(from, to)| after(from, to)).collect();
    insta::assert_snapshot!(changed.join("\n"), @r#"
    8:10: `function` is missing; add it, such as `function = "storefront"` [/environment/0/target/function]
    8:40: `function` must be a function's name of up to 64 letters, digits, `-` and `_`, not `arn:aws:lambda:eu-central-1:1:function:storefront` [/environment/0/target/function]
    13:62: `alias` must be an alias of up to 128 letters, digits, `-` and `_`, not of digits alone, not `17` [/environment/1/target/alias]
    13:54: unknown key `command`; known here: `kind`, `function`, `alias`, `codedeploy` [/environment/1/target/command]
    13:83: `config` is missing; add it, such as `config = "CodeDeployDefault.LambdaCanary10Percent5Minutes"` [/environment/1/target/codedeploy/config]
    13:107: unknown key `kind`; known here: `application`, `group`, `config` [/environment/1/target/codedeploy/kind]
    13:132: `group` must be a name of up to 100 letters, digits and `+=,.@_-`, not `live shop` [/environment/1/target/codedeploy/group]
    17:94: `port` must be a whole number from 1 to 65535, not `0` [/environment/2/target/port]
    17:10: `container` is missing; add it, such as `container = "app"` [/environment/2/target/container]
    17:106: `image` must be a repository without a tag or a digest, which is the artifact's, not `registry.example:5000/shop/storefront:latest` [/environment/2/target/image]
    17:106: `image` must be a repository without a tag or a digest, which is the artifact's, not `registry.example:5000/shop/storefront@sha256:00` [/environment/2/target/image]
    22:10: `config` is missing; add it, such as `config = "CodeDeployDefault.OneAtATime"` [/environment/3/target/config]
    "#);
}

#[test]
fn steps_are_those_that_whoever_moves_the_traffic_can_take() {
    let changed = [
        ("Minutes\" } }\n", "Minutes\" } }\nsteps = [{ weight = 10, bake = \"5m\" }, { weight = 100 }]\n"),
        ("{ weight = 20, bake = \"5m\" }", "{ weight = 5 }, { weight = 20 }"),
    ];
    let changed: Vec<String> = changed.iter().map(|(from, to)| after(from, to)).collect();
    insta::assert_snapshot!(changed.join("\n"), @r#"
    14:9: CodeDeploy moves the traffic here, as its `config` says; leave one step, of weight 100, or take `steps` out [/environment/1/steps]
    18:9: ECS moves traffic once or with one canary before; leave one step, or two such as `[{ weight = 10, bake = "5m" }, { weight = 100 }]` [/environment/2/steps]
    "#);
}

#[test]
fn two_environments_do_not_share_what_runs_one_release() {
    let changed = [
        (r#"function = "storefront", alias = "prod""#, r#"function = "storefront-staging""#),
        (
            "name = \"servers\"\n",
            "name = \"more\"\ntarget = { kind = \"ecs\", cluster = \"shop\", service = \"storefront\", container = \"app\", port = 80, image = \"x\" }\n[[environment]]\nname = \"servers\"\n",
        ),
    ];
    let changed: Vec<String> = changed.iter().map(|(from, to)| after(from, to)).collect();
    insta::assert_snapshot!(changed.join("\n"), @"
    13:10: `/environment/0` has the alias `live` of `storefront-staging` already; each needs its own [/environment/1/target]
    22:10: `/environment/2` has the service `storefront` of `shop` already; each needs its own [/environment/3/target]
    ");
}
