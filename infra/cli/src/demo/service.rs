//! `keelson demo-service`: a small shop that serves a page, fails or dawdles as its `version.toml` says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use domain::Period;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Failure;
use crate::surroundings::Surroundings;

/// After so many requests it writes a line about them.
const TELL_EVERY: u64 = 200;

/// What `version.toml` says.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Description {
    name: String,
    title: String,
    /// The share of requests that fail, 0 to 1.
    error_share: f64,
    /// How long every request takes longer than it should.
    delay: Period,
}

struct Shop {
    version: Description,
    artifact: String,
    served: AtomicU64,
}

/// Serves on `PORT` until it is told to end.
///
/// # Errors
/// When there is no version, or the port is taken.
pub(crate) async fn run(surroundings: &Surroundings) -> Result<(), Failure> {
    let path = surroundings.directory().join("version.toml");
    let text = std::fs::read_to_string(&path).map_err(Failure::file(format!("read {}", path.display())))?;
    let version: Description = toml::from_str(&text).map_err(|error| Failure::Failed(error.to_string()))?;
    let artifact = surroundings.variable("KEELSON_ARTIFACT").unwrap_or_default().to_owned();
    let port = surroundings.variable("PORT").and_then(|port| port.parse::<u16>().ok());
    let port = port.ok_or_else(|| Failure::Usage("PORT must say where to listen".to_owned()))?;
    let doing = format!("listen on port {port}");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(Failure::file(doing))?;
    log("info", &format!("{} {} is open", version.name, version.title), &json!({ "port": port }));
    let mut end = signal(SignalKind::terminate()).map_err(Failure::file("wait for the end"))?;
    let serving = axum::serve(listener, router(version, artifact));
    serving
        .with_graceful_shutdown(async move {
            end.recv().await;
        })
        .await
        .map_err(Failure::file("serve"))
}

fn router(version: Description, artifact: String) -> Router {
    let shop = Arc::new(Shop { version, artifact, served: AtomicU64::new(0) });
    Router::new().route("/readyz", get(ready)).fallback(page).with_state(shop)
}

/// Says which build answers, so that Keelson can tell it is the right one.
async fn ready(State(shop): State<Arc<Shop>>) -> Response {
    axum::Json(json!({ "artifact": shop.artifact, "version": shop.version.name })).into_response()
}

async fn page(State(shop): State<Arc<Shop>>, request: Request) -> Response {
    let number = shop.served.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(usual(number) + shop.version.delay.std()).await;
    if (number + 1).is_multiple_of(TELL_EVERY) {
        log("info", &format!("{} requests served", number + 1), &json!({}));
    }
    if fails(number, shop.version.error_share) {
        let path = request.uri().path();
        log(
            "error",
            &format!("{path}: the payment provider refused an empty basket"),
            &json!({ "status": 500 }),
        );
        return (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong. Your basket is safe.")
            .into_response();
    }
    Html(html(&shop.version)).into_response()
}

/// A few milliseconds, more for some requests than for others.
fn usual(number: u64) -> Duration {
    Duration::from_millis(3 + number * 7 % 11)
}

/// Whether this request is among the share that fails: evenly spread, so that the demo tells the same story always.
#[expect(clippy::cast_precision_loss, reason = "the sample service never serves 2^52 requests")]
fn fails(number: u64, share: f64) -> bool {
    let failed_until = |count: u64| (count as f64 * share).floor();
    failed_until(number + 1) > failed_until(number)
}

fn html(version: &Description) -> String {
    let Description { name, title, .. } = version;
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Storefront {name}</title>\
         <body style=\"font:16px/1.5 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem\">\
         <h1>Storefront</h1><p>Version {name}: {title}.</p>\n"
    )
}

/// A line of JSON, as services should write them.
fn log(level: &str, message: &str, more: &Value) {
    let mut line = json!({ "level": level, "message": message });
    if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
        line.extend(more.clone());
    }
    // Nobody reads it any more: then it has nothing to say.
    let _ = std::io::Write::write_all(&mut std::io::stdout(), format!("{line}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_ten_is_one_in_ten_from_the_start() {
        let failed: Vec<u64> = (0..40).filter(|number| fails(*number, 0.1)).collect();
        assert_eq!(failed, [9, 19, 29, 39]);
        assert!(!(0..1_000).any(|number| fails(number, 0.0)));
    }

    #[tokio::test]
    async fn it_says_which_artifact_it_is() {
        let version = Description {
            name: "1.0".to_owned(),
            title: "Open".to_owned(),
            error_share: 0.0,
            delay: Period::ZERO,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = router(version, "sha256:abc".to_owned());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let server = url.parse().unwrap();
        let http = crate::client::http(&server).unwrap();
        let ready: Value = http.get(format!("{url}/readyz")).send().await.unwrap().json().await.unwrap();
        assert_eq!(ready["artifact"], "sha256:abc");
        let page = http.get(format!("{url}/basket")).send().await.unwrap();
        assert!(page.text().await.unwrap().contains("Version 1.0: Open."));
    }
}
