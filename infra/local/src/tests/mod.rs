//! The whole runtime, over HTTP, in a folder of its own.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use api::access::{Me, SignIn};
use api::routes;
use axum::body::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;

use crate::{Options, Running, start};

fn options(dir: &Path) -> Options {
    Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        owner: "Ada".to_owned(),
        ..Options::new(dir.to_owned())
    }
}

async fn send(
    running: &Running,
    request: http::request::Builder,
    path: &str,
    body: Vec<u8>,
) -> Response<Bytes> {
    let request = request.uri(running.address().join(path)).body(Full::new(Bytes::from(body))).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

async fn post(running: &Running, path: &str, body: &impl Serialize) -> Response<Bytes> {
    let request = Request::builder().method("POST").header(CONTENT_TYPE, "application/json");
    send(running, request, path, serde_json::to_vec(body).unwrap()).await
}

async fn get(running: &Running, path: &str, name: http::HeaderName, value: &str) -> Response<Bytes> {
    send(running, Request::builder().header(name, value), path, Vec::new()).await
}

fn me(response: &Response<Bytes>) -> Me {
    assert_eq!(response.status(), StatusCode::OK, "{response:?}");
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn whoever_starts_keelson_can_sign_in_and_use_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(options(dir.path())).await.unwrap();
    assert_eq!(running.owner().as_str(), "ada");

    let link = running.sign_in_link().await.unwrap().url;
    let secret = link.strip_prefix(&running.url().join("/sign-in#")).unwrap().to_owned();
    let signed_in = post(&running, routes::SIGN_IN.route.path, &SignIn { secret }).await;
    assert_eq!(me(&signed_in).login.as_str(), "ada");
    let cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert_eq!(me(&get(&running, "/api/me", COOKIE, &cookie).await).name, "Ada");

    let file = running.token_file();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(file).unwrap();
    let (token, address) = text.trim_end().split_once('\n').unwrap();
    assert_eq!(address, running.address().as_str());
    assert_eq!(
        me(&get(&running, "/api/me", AUTHORIZATION, &format!("Bearer {token}")).await).login.as_str(),
        "ada"
    );
    running.shutdown().await.unwrap();
}
