//! What the real program writes, whatever it does with secrets: none of them is in its log, its database or an address.

use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::product::Product;

/// Files that hold a secret because that is what they are for, readable by their owner alone.
const KEEPERS: [&str; 1] = ["cli-token"];

/// Every other file in the folder, with its bytes.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            files(&path, found);
        } else if kind.is_file() && !KEEPERS.contains(&entry.file_name().to_str().unwrap()) {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

#[tokio::test]
async fn no_secret_is_in_the_log_the_database_or_an_address_of_the_real_program() {
    // Everything it and its libraries would tell.
    let product = Product::start_with(&[("KEELSON_LOG", "trace,dynoxide=error")]).await;
    let canary = |name: &str| format!("canary-7f3a91-{name}-0123456789abcdef");
    let mut secrets = vec!["canary-7f3a91".to_owned(), product.token()];

    // A git host that does not answer: what comes of asking it is logged and told.
    let api = json!({ "url": "http://127.0.0.1:9/api/v3", "token": canary("api") });
    let connection = json!({ "kind": "github", "secret": canary("hook"), "api": api });
    let (status, said) = product.call(Method::PUT, "/api/connections/github", &connection).await;
    // The one answer that has the webhook's secret says so on purpose.
    assert_eq!(status, 200, "{said}");
    let (_, rotated) = product.call(Method::POST, "/api/connections/github/rotate", &json!({})).await;
    let rotated: Value = serde_json::from_str(&rotated).unwrap();
    secrets.push(rotated["secret"].as_str().unwrap().to_owned());
    let manifest = "[service]\nname = \"shop\"\nteam = \"shop\"\nrepository = \"github:acme/shop\"\n\
         [[environment]]\nname = \"production\"\npromote = \"auto\"\n\
         target = { kind = \"process\", command = [\"./run\"] }\n";
    let applied = product.call(Method::PUT, "/api/services/shop", &json!({ "manifest": manifest })).await;
    assert_eq!(applied.0, 200, "{}", applied.1);
    let token: Value = product.keelson(&["token", "create", "ci"]);
    secrets.push(token["secret"].as_str().unwrap().to_owned());

    let asked = async || {
        let (_, said) = product.call(Method::GET, "/api/connections/github", &Value::Null).await;
        said.contains("\"trouble\"").then_some(said)
    };
    let mut found =
        vec![("the connection".to_owned(), product.until("it was asked", asked).await.into_bytes())];
    let (_, audit) = product.call(Method::GET, "/api/audit?limit=100", &Value::Null).await;
    found.push(("the audit log".to_owned(), audit.into_bytes()));
    files(product.folder(), &mut found);
    let folder = product.stop_and_keep();
    files(folder.path(), &mut found);

    let log = found.iter().find(|(place, _)| place.ends_with("server.log")).unwrap();
    let log = String::from_utf8_lossy(&log.1);
    assert!(log.contains("/api/connections/{connection}"), "it logs what it is asked: {log}");
    assert!(found.iter().any(|(place, _)| place.ends_with("keelson.db")));
    for (place, bytes) in &found {
        for secret in &secrets {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{secret} is in {place}");
        }
    }
}
