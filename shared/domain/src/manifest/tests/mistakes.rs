//! What is refused, where, and in which words.

use super::*;

fn mistakes(text: &str) -> String {
    let errors = Manifest::parse(text).expect_err("this manifest is fine");
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The mistakes of the full example, with one thing changed at a time.
#[track_caller]
fn after_each(changes: &[(&str, &str)]) -> String {
    let change = |(from, to): &(&str, &str)| {
        assert_eq!(FULL.matches(from).count(), 1, "{from}");
        mistakes(&FULL.replacen(from, to, 1))
    };
    changes.iter().map(change).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_mistake_is_reported_with_its_place_and_in_the_order_of_the_text() {
    let text = r#"[service]
naem = "storefront"
team = "Shop!"
repository = "acme/storefront"

[ci]
requierd = ["lint"]

[[environment]]
name = "staging"
promote = "automatic"
target = { kind = "process", command = [] }
steps = [{ weight = 5 }, { weight = 101, bake = 5 }]

[environment.gates]
soak = "30 minutes"
aprovals = { count = 1 }

[[environment]]
name = "staging"
"#;
    let errors = Manifest::parse(text).unwrap_err();
    let lines: Vec<String> = errors.iter().map(|error| format!("{error} [{}]", error.pointer)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    2:1: unknown key `naem`; did you mean `name`? known here: `name`, `team`, `repository`, `branch` [/service/naem]
    3:8: `Shop!` is not a team name: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter [/service/team]
    4:14: `acme/storefront` is not a repository: it names no connection before a colon; write `connection:owner/name`, such as `github:acme/storefront` [/service/repository]
    7:1: unknown key `requierd`; did you mean `required`? known here: `required`, `critical_path`, `github` [/ci/requierd]
    11:11: `promote` must be `auto` or `gated` or `manual`, not `automatic` [/environment/0/promote]
    12:40: the command is empty; name the program, such as `["./storefront"]` [/environment/0/target/command]
    13:37: `weight` must be a whole number from 1 to 100, not `101` [/environment/0/steps/1/weight]
    13:49: `bake` must be a period in quotes, such as `30s` or `5m`, not `5` [/environment/0/steps/1/bake]
    16:8: the first environment has none before it to soak in; take `soak` out, or put it into a later one [/environment/0/gates/soak]
    16:8: `30 minutes` is not a period: write a number and a unit, such as `400ms`, `15s`, `5m`, `2h`, `1d` or `1h 30m` [/environment/0/gates/soak]
    17:1: unknown key `aprovals`; did you mean `approvals`? known here: `soak`, `approvals`, `freeze` [/environment/0/gates/aprovals]
    19:1: `target` is missing; add it, such as `target = { kind = "process", command = ["./storefront"] }` [/environment/1/target]
    20:8: `/environment/0` has the name `staging` already; each needs its own [/environment/1/name]
    "#);
}

#[test]
fn what_is_not_toml_is_reported_where_it_stops_being_it() {
    let texts =
        ["[service]\nname = storefront\n", "[service]\nname = 'a'\nname = 'b'\n", "[service", "a = {"];
    insta::assert_snapshot!(texts.map(mistakes).join("\n"), @"
    2:8: this is not TOML: string values must be quoted, expected literal string
    3:1: this is not TOML: duplicate key
    1:9: this is not TOML: unclosed table, expected `]`
    1:6: this is not TOML: unclosed inline table, expected `}`
    ");
}

#[test]
fn a_text_is_neither_empty_nor_endless() {
    insta::assert_snapshot!(mistakes(""), @"
    1:1: `service` is missing; add it, such as `[service]`
    1:1: `environment` is missing; add it, such as `[[environment]]`
    ");
    insta::assert_snapshot!(mistakes(&"#\n".repeat(131_073)), @"1:1: the file has 262146 bytes; at most 262144 are read");
}

#[test]
fn what_is_not_supported_is_refused_as_unknown() {
    let sections = r#"
[[slo]]
name = "checkout"
[[runbook]]
path = "a.md"
[oncall]
policy = "shop"
[budget]
monthly = "400 USD"
"#;
    insta::assert_snapshot!(mistakes(&format!("{SMALL}{sections}")), @"
    9:3: unknown key `slo`; known here: `service`, `ci`, `environment`
    11:3: unknown key `runbook`; known here: `service`, `ci`, `environment`
    13:2: unknown key `oncall`; known here: `service`, `ci`, `environment`
    15:2: unknown key `budget`; known here: `service`, `ci`, `environment`
    ");
    let changed = after_each(&[
        (r#"soak = "30m""#, "freezes = []\nerror_budget = true"),
        ("kind = \"process\"\ncommand", "kind = \"batch\"\nqueue = \"storefront\"\ncommand"),
    ]);
    insta::assert_snapshot!(changed, @"
    42:1: unknown key `freezes`; did you mean `freeze`? known here: `soak`, `approvals`, `freeze`
    43:1: unknown key `error_budget`; known here: `soak`, `approvals`, `freeze`
    31:8: `kind` must be `process` or `lambda` or `ecs` or `server`, not `batch`
    ");
}

#[test]
fn the_service_section_names_what_exists() {
    let changed = after_each(&[
        (r#"name = "storefront""#, "name = 17"),
        (r#"team = "shop""#, r#"team = ["shop"]"#),
        (r#""trunk""#, r#"" ""#),
        (r#""github:acme/storefront""#, r#""https://github.com/acme/storefront""#),
        (r#"required = ["lint", "#, r#"required = ["lint", true, "#),
        (r#"critical_path = "5m""#, r#"critical_path = "0s""#),
        ("123456", "-1"),
        ("654321", "99999999999999999999"),
    ]);
    insta::assert_snapshot!(changed, @"
    3:8: `name` must be text in quotes, not `17`
    4:8: `team` must be text in quotes, not an array
    6:10: `branch` must be one line of 1 to 255 characters, not empty text
    5:14: `https://github.com/acme/storefront` is not a repository: it is an address, and the connection knows the host; write `connection:owner/name`, such as `github:acme/storefront`
    9:21: `required[1]` must be text in quotes, not `true`
    10:17: `critical_path` must be longer than no time, not `0s`
    13:17: `repository_id` must be a whole number, 1 or more, not `-1`
    14:12: `owner_id` must be a whole number, 1 or more, not `99999999999999999999`
    ");
}

#[test]
fn there_is_an_environment() {
    let service = SMALL.split("[[").next().unwrap();
    let texts = [
        service.to_owned(),
        format!("environment = []\n{service}"),
        SMALL.replace("[[environment]]", "[environment]"),
    ];
    insta::assert_snapshot!(texts.map(|text| mistakes(&text)).join("\n"), @"
    1:1: `environment` is missing; add it, such as `[[environment]]`
    1:15: a service needs an environment; add one, such as `[[environment]]`
    5:1: write `[[environment]]`, in double brackets: a service may have several
    ");
}

#[test]
fn each_environment_has_its_own_name_and_port() {
    let changed = after_each(&[
        (r#"name = "production""#, r#"name = "staging""#),
        (r#"ready = "/readyz" }"#, "port = 0x1f90 }"),
        ("port = 8080", "port = 80800"),
    ]);
    insta::assert_snapshot!(changed, @"
    24:8: `/environment/0` has the name `staging` already; each needs its own
    33:8: `/environment/0` has the port `8080` already; each needs its own
    33:8: `port` must be a whole number from 1 to 65535, not `80800`
    ");
}

#[test]
fn weights_rise_to_all_traffic() {
    let changed = after_each(&[
        ("weight = 5,", "weight = 0,"),
        ("weight = 5,", "weight = 50,"),
        ("weight = 5,", "weight = 5.0,"),
        (r#"weight = 100, bake = "15m""#, "weight = 99"),
        (r#"[{ weight = 100, bake = "2m" }]"#, "[]"),
        (r#"[{ weight = 100, bake = "2m" }]"#, r#"[{ bake = "2m" }]"#),
        (r#"[{ weight = 100, bake = "2m" }]"#, r#"{ weight = 100 }"#),
    ]);
    insta::assert_snapshot!(changed, @"
    26:21: `weight` must be a whole number from 1 to 100, not `0`
    26:51: weights must rise from step to step, and 50 comes after 50
    26:21: `weight` must be a whole number from 1 to 100, not `5.0`
    26:81: the last weight must be 100, not 99
    21:9: a rollout needs a step; add `{ weight = 100 }`, or take `steps` out
    21:10: `weight` is missing; add it, such as `weight = 100`
    21:9: `steps` must be an array, in square brackets, not a table
    ");
}

#[test]
fn a_process_can_be_started_and_asked() {
    let changed = after_each(&[
        (r#""python3""#, r#""../python3""#),
        (r#""python3""#, r#""/usr/bin/python3""#),
        (r#""python3", "serve.py""#, r#""", 1"#),
        (r#"["./storefront"]"#, "[]"),
        (r#""/health/ready""#, r#""health""#),
        ("ready_successes = 3", "ready_successes = 21"),
        (r#"start_timeout = "1m""#, r#"start_timeout = "0s""#),
        (r#"drain = "0s""#, r#"drain = "1h 1ms""#),
        (r#"drain_streams = "0s""#, r#"drain_streams = "2h""#),
        (r#"LOG_LEVEL = "info""#, r#"LOG_LEVEL = 1, PORT = "80", "A=B" = """#),
    ]);
    insta::assert_snapshot!(changed, @r#"
    32:12: `command[0]` must be a program inside the artifact, such as `./storefront`, or a bare name, not `../python3`
    32:12: `command[0]` must be a program inside the artifact, such as `./storefront`, or a bare name, not `/usr/bin/python3`
    32:12: `command[0]` must be a program inside the artifact, such as `./storefront`, or a bare name, not empty text
    32:16: `command[1]` must be text in quotes, not `1`
    20:40: the command is empty; name the program, such as `["./storefront"]`
    34:9: `ready` must be a path that starts with `/`, such as `/readyz`, not `health`
    35:19: `ready_successes` must be a whole number from 1 to 20, not `21`
    36:17: `start_timeout` must be longer than no time and at most 1h, not `0s`
    37:9: `drain` must be at most 1h, not `1h 1ms`
    38:17: `drain_streams` must be at most 1h, not `2h`
    39:21: `LOG_LEVEL` must be text in quotes, not `1`
    39:31: `PORT` is set by Keelson; take it out
    39:45: the name of an environment variable must not be empty nor contain `=`
    "#);
}

#[test]
fn thresholds_gates_and_tags_have_bounds() {
    let many_tags: Vec<String> = (0..51).map(|n| format!("t{n} = 'x'")).collect();
    let changed = after_each(&[
        ("0.02", "1.01"),
        ("0.02", "nan"),
        (r#""400ms""#, "400"),
        (r#""400ms""#, r#""0ms""#),
        ("minimum_requests = 50", "minimum_requests = -1"),
        ("count = 1,", "count = 0,"),
        ("not_author = true", r#"not_author = "yes""#),
        (r#""4711""#, r#""""#),
        (r#"cost-center = "4711""#, &many_tags.join(", ")),
        (r#"[{ weight = 100, bake = "2m" }]"#, "[{ weight = 100 }]\ngates = { soak = \"1m\" }"),
    ]);
    insta::assert_snapshot!(changed, @"
    27:32: `error_rate` must be a number from 0 to 1, not `1.01`
    27:32: `error_rate` must be a number from 0 to 1, not `nan`
    27:44: `p95` must be a period in quotes, such as `30s` or `5m`, not `400`
    27:44: `p95` must be longer than no time, not `0ms`
    27:72: `minimum_requests` must be a whole number, 0 or more, not `-1`
    43:23: `count` must be a whole number from 1 to 20, not `0`
    43:54: `not_author` must be `true` or `false`, not `yes`
    28:24: `cost-center` must be one line of 1 to 256 characters, not empty text
    28:8: there are 51 tags; at most 50 are allowed
    22:18: the first environment has none before it to soak in; take `soak` out, or put it into a later one
    ");
}

#[test]
fn a_pointer_escapes_what_rfc_6901_says() {
    let errors = Manifest::parse(&format!("{SMALL}\"a/b~c\" = 1\n")).unwrap_err();
    assert_eq!(errors[0].pointer, "/environment/0/a~1b~0c");
}

#[test]
fn a_column_counts_characters() {
    insta::assert_snapshot!(mistakes(&SMALL.replace("\"staging\"", "\"staging\"\ntags = { \"größe\" = 1 }")), @"7:20: `größe` must be text in quotes, not `1`");
}

#[test]
fn the_number_of_mistakes_reported_is_bounded() {
    let keys: String = (0..500).map(|n| format!("k{n} = 1\n")).collect();
    let errors = Manifest::parse(&format!("{SMALL}{keys}")).unwrap_err();
    assert_eq!(errors.len(), 100);
    assert_eq!(errors[0].line, 8);
}
