//! What a team puts into its pipeline, run as CI runs it.

use std::path::PathBuf;
use std::process::{Command, Output};

use api::routes;
use serde_json::Value;

use crate::sample::Build;
use crate::team::Team;

/// The script that every CI system runs.
fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../infra/ci/push-artifact.sh")
}

fn push(team: &Team, token: &str, arguments: [&str; 3]) -> Output {
    let mut command = Command::new(script());
    command.args(arguments).env("KEELSON_URL", team.product.url()).env("KEELSON_TOKEN", token);
    command.env_remove("GITHUB_OUTPUT").output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_without_the_command_line_registers_what_it_built_and_it_ships() {
    let mut team = Team::new().await;
    let commit = team.github.push(&team.product, "one", "bob").await;
    team.github.check(&team.product, &commit, "unit", "success").await;
    let token: Value = team.product.keelson(&[
        "token",
        "create",
        "ci",
        "--service",
        "shop",
        "--permission",
        "push_artifact",
    ]);
    let token = token["secret"].as_str().unwrap().to_owned();
    let file = team.product.file("app.tar.gz", &Build::good("one").archive());

    let first = push(&team, &token, [&file, "shop", commit.as_str()]);
    let (out, err) = said(&first);
    assert!(first.status.success(), "{out}{err}");
    assert!(out.ends_with(&format!("is registered for shop at {}.\n", &commit.as_str()[..8])), "{out}");
    let listed = team.product.get(&routes::LIST_ARTIFACTS, &["shop"]).await;
    let artifact = listed.items.first().unwrap();
    assert!(artifact.registered_at.is_some() && out.starts_with(&artifact.digest.to_string()));
    team.runs("staging", artifact.digest).await;

    let again = push(&team, &token, [&file, "shop", commit.as_str()]);
    assert_eq!(said(&again).0, out, "doing it again is harmless");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_is_refused_says_why_and_shows_no_secret() {
    let team = Team::new().await;
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let file = team.product.file("app.tar.gz", b"bytes");
    let refused = |token: &str, arguments: [&str; 3]| {
        let output = push(&team, token, arguments);
        let (out, err) = said(&output);
        assert!(!output.status.success() && out.is_empty(), "{out}");
        assert!(err.ends_with("Nothing was registered.\n"), "{err}");
        assert!(!err.contains("kls_wrong"), "{err}");
        err
    };
    assert!(refused("kls_wrong", [&file, "shop", commit]).contains("Keelson refused (401)"));
    assert!(
        refused("kls_wrong", ["nothing.tar.gz", "shop", commit]).contains("there is no file nothing.tar.gz")
    );
}
