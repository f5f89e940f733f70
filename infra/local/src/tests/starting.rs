use std::os::unix::fs::PermissionsExt as _;

use api::access::{Me, SignIn};
use api::routes;
use http::header::{COOKIE, SET_COOKIE};

use super::*;

#[tokio::test]
async fn whoever_starts_keelson_can_sign_in_and_use_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let running = started(dir.path()).await;
    assert_eq!(running.owner().as_str(), "ada");

    let link = running.sign_in_link().await.unwrap().url;
    let secret = link.strip_prefix(&running.url().join("/sign-in#")).unwrap().to_owned();
    let sign_in = Call::new(&running, Method::POST, routes::SIGN_IN.route.path).json(&SignIn { secret });
    let signed_in = sign_in.send().await;
    assert_eq!(read::<Me>(&signed_in).login.as_str(), "ada");
    let cookie = signed_in.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
    assert_eq!(read::<Me>(&Call::get(&running, "/api/me").header(COOKIE, cookie).send().await).name, "Ada");
    assert_eq!(call(&running, &routes::GET_ME, &[], None).await.login.as_str(), "ada");

    let file = running.token_file();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let address = fs::read_to_string(file).unwrap().lines().nth(1).unwrap().to_owned();
    assert_eq!(address, running.address().as_str());
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_later_start_keeps_the_owner_and_their_token_unless_it_was_revoked() {
    let dir = tempfile::tempdir().unwrap();
    let running = started(dir.path()).await;
    let first = token(&running);
    running.shutdown().await.unwrap();

    let running = started(dir.path()).await;
    assert_eq!(token(&running), first);
    let tokens = call(&running, &routes::LIST_TOKENS, &[], None).await;
    call(&running, &routes::REVOKE_TOKEN, &[&tokens[0].id.to_string()], None).await;
    running.shutdown().await.unwrap();

    let running = started(dir.path()).await;
    assert_ne!(token(&running), first);
    assert_eq!(call(&running, &routes::GET_ME, &[], None).await.login.as_str(), "ada");
    running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_folder_or_an_address_that_is_taken_is_named() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let running = started(dir.path()).await;
    let again = start(Options::new(dir.path().to_owned())).await.err().unwrap().to_string();
    assert!(again.starts_with("another Keelson (process "), "{again}");

    let listen = running.address().as_str().strip_prefix("http://").unwrap().parse().unwrap();
    let refused = start(Options { listen, ..Options::new(other.path().to_owned()) }).await.err().unwrap();
    assert!(refused.to_string().contains("cannot be listened on"), "{refused}");
    running.shutdown().await.unwrap();
}
