use proptest::prelude::*;

use super::*;

mod freezes;
mod mistakes;
mod targets;

/// Everything a `keelson.toml` can say.
const FULL: &str = r#"
[service]
name = "storefront"
team = "shop"
repository = "github:acme/storefront"
branch = "trunk"

[ci]
required = ["lint", "unit", "integration"]
critical_path = "5m"

[ci.github]
repository_id = 123456
owner_id = 654321
workflow = "acme/storefront/.github/workflows/ship.yml@refs/heads/trunk"

[[environment]]
name = "staging"
promote = "auto"
target = { kind = "process", command = ["./storefront"], ready = "/readyz" }
steps = [{ weight = 100, bake = "2m" }]

[[environment]]
name = "production"
promote = "gated"
steps = [{ weight = 5, bake = "5m" }, { weight = 50, bake = "10m" }, { weight = 100, bake = "15m" }]
rollback_when = { error_rate = 0.02, p95 = "400ms", minimum_requests = 50 }
tags = { cost-center = "4711" }

[environment.target]
kind = "process"
command = ["python3", "serve.py", "--workers=2"]
port = 8080
ready = "/health/ready"
ready_successes = 3
start_timeout = "1m"
drain = "0s"
drain_streams = "0s"
env = { LOG_LEVEL = "info" }

[environment.gates]
soak = "30m"
approvals = { count = 1, from = "shop", not_author = true }
"#;

/// The least that a `keelson.toml` can say.
const SMALL: &str = r#"[service]
name = "storefront"
team = "shop"
repository = "github:acme/storefront"
[[environment]]
name = "staging"
target = { kind = "process", command = ["./storefront"] }
"#;

fn name(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

#[test]
fn everything_a_team_can_write_is_read() {
    insta::assert_json_snapshot!(Manifest::parse(FULL).unwrap(), @r#"
    {
      "service": {
        "name": "storefront",
        "team": "shop",
        "repository": "github:acme/storefront",
        "branch": "trunk"
      },
      "ci": {
        "required": [
          "lint",
          "unit",
          "integration"
        ],
        "critical_path": "5m",
        "github": {
          "repository_id": 123456,
          "owner_id": 654321,
          "workflow": "acme/storefront/.github/workflows/ship.yml@refs/heads/trunk"
        }
      },
      "environment": [
        {
          "name": "staging",
          "promote": "auto",
          "target": {
            "kind": "process",
            "command": [
              "./storefront"
            ],
            "port": null,
            "ready": "/readyz",
            "ready_successes": 2,
            "start_timeout": "30s",
            "drain": "30s",
            "drain_streams": "5s",
            "env": {}
          },
          "steps": [
            {
              "weight": 100,
              "bake": "2m"
            }
          ],
          "rollback_when": {
            "error_rate": null,
            "p95": null,
            "minimum_requests": null
          },
          "gates": {
            "soak": null,
            "approvals": null
          },
          "tags": {}
        },
        {
          "name": "production",
          "promote": "gated",
          "target": {
            "kind": "process",
            "command": [
              "python3",
              "serve.py",
              "--workers=2"
            ],
            "port": 8080,
            "ready": "/health/ready",
            "ready_successes": 3,
            "start_timeout": "1m",
            "drain": "0s",
            "drain_streams": "0s",
            "env": {
              "LOG_LEVEL": "info"
            }
          },
          "steps": [
            {
              "weight": 5,
              "bake": "5m"
            },
            {
              "weight": 50,
              "bake": "10m"
            },
            {
              "weight": 100,
              "bake": "15m"
            }
          ],
          "rollback_when": {
            "error_rate": 0.02,
            "p95": "400ms",
            "minimum_requests": 50
          },
          "gates": {
            "soak": "30m",
            "approvals": {
              "count": 1,
              "from": "shop",
              "not_author": true
            }
          },
          "tags": {
            "cost-center": "4711"
          }
        }
      ]
    }
    "#);
}

#[test]
fn what_is_left_out_has_its_default() {
    insta::assert_json_snapshot!(Manifest::parse(SMALL).unwrap(), @r#"
    {
      "service": {
        "name": "storefront",
        "team": "shop",
        "repository": "github:acme/storefront",
        "branch": "main"
      },
      "ci": {
        "required": [],
        "critical_path": null,
        "github": null
      },
      "environment": [
        {
          "name": "staging",
          "promote": "gated",
          "target": {
            "kind": "process",
            "command": [
              "./storefront"
            ],
            "port": null,
            "ready": "/readyz",
            "ready_successes": 2,
            "start_timeout": "30s",
            "drain": "30s",
            "drain_streams": "5s",
            "env": {}
          },
          "steps": [
            {
              "weight": 100,
              "bake": "0s"
            }
          ],
          "rollback_when": {
            "error_rate": null,
            "p95": null,
            "minimum_requests": null
          },
          "gates": {
            "soak": null,
            "approvals": null
          },
          "tags": {}
        }
      ]
    }
    "#);
}

#[test]
fn the_environments_are_in_the_order_of_the_way() {
    let manifest = Manifest::parse(FULL).unwrap();
    let named = |environment: Option<&EnvironmentSection>| environment.map(|found| found.name.to_string());
    let (staging, production) = (name("staging"), name("production"));
    assert_eq!(named(manifest.first()), Some("staging".to_owned()));
    assert_eq!(named(manifest.environment(&production)), Some("production".to_owned()));
    assert_eq!(named(manifest.after(&staging)), Some("production".to_owned()));
    assert_eq!(named(manifest.before(&production)), Some("staging".to_owned()));
    assert_eq!(named(manifest.before(&staging)), None);
    assert_eq!(named(manifest.after(&production)), None);
    assert_eq!(named(manifest.before(&name("nowhere"))), None);
    assert_eq!(named(manifest.after(&name("nowhere"))), None);
}

/// The full example with some of its lines swapped, dropped, doubled, cut or given another value.
fn disturbed() -> impl Strategy<Value = String> {
    let lines = FULL.lines().count();
    let values =
        ["1", "0", "-1", "1.5", "nan", "true", "'x'", "'5m'", "[]", "['x']", "{}", "[{}]", "1979-05-27"];
    let change = (0..lines, 0..lines, 0..5_u8, 0..80_usize);
    proptest::collection::vec(change, 0..6).prop_map(move |changes| {
        let mut lines: Vec<String> = FULL.lines().map(str::to_owned).collect();
        for (here, there, what, cut) in changes {
            match what {
                0 => lines.swap(here, there),
                1 => lines[here].clear(),
                2 => lines[here] = lines[there].clone(),
                3 => {
                    let key = lines[here].split('=').next().unwrap_or_default().to_owned();
                    lines[here] = format!("{key}= {}", values[cut % values.len()]);
                }
                _ => lines[here] = lines[here].chars().take(cut).collect(),
            }
        }
        lines.join("\n")
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        prop_assert!(Manifest::parse(&text).is_err());
    }

    #[test]
    fn what_is_read_is_what_serde_reads_and_what_is_refused_has_a_place(text in disturbed()) {
        match Manifest::parse(&text) {
            Ok(manifest) => prop_assert_eq!(toml::from_str::<Manifest>(&text), Ok(manifest)),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    let line = text.split('\n').nth(error.line - 1);
                    prop_assert!(line.is_some_and(|line| error.column <= line.chars().count() + 1), "{}", error);
                    prop_assert!(error.pointer.is_empty() || error.pointer.starts_with('/'), "{}", error.pointer);
                }
            }
        }
    }
}
