use api::ProblemKind;
use domain::Period;
use domain::access::{Grant, Permission, Place, Role, TokenScope};
use domain::access_records::{Session, Token};
use domain::ci_identity::CiIdentity;
use edge::{ApiError, Caller, CiVerifier, Json, Routes, credentials};
use jiff::Timestamp;
use testkit::{Client, World, eventually, sha, user};

use crate::{CHANGE, ME, PUSH};

/// Every handler tells who calls.
fn client(world: &World) -> Client {
    async fn who(caller: Caller) -> Json<String> {
        Json(caller.actor.label())
    }
    world.client(Routes::<()>::new(&world.core).on(&ME, who).on(&CHANGE, who).on(&PUSH, who).build(()))
}

async fn with_ada() -> World {
    let world = World::new().await;
    world.put(&user("ada", Role::Developer)).await;
    world
}

/// The session cookie of somebody who just signed in.
async fn session(world: &World, login: &str) -> String {
    let secret = world.core.ids.secret();
    let session = Session {
        hash: credentials::secret_hash(&secret),
        login: login.parse().unwrap(),
        created_at: world.core.now(),
        expires_at: credentials::SESSION_LIFETIME.after(world.core.now()),
    };
    world.put(&session).await;
    let cookie = credentials::session_cookie(&world.core.settings, &secret);
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// Why the bearer token is not taken.
async fn refusal(world: &World, bearer: &str) -> String {
    client(world).as_token(bearer).call(&ME, &[]).await.problem(ProblemKind::Unauthenticated).detail
}

#[tokio::test]
async fn nobody_is_told_how_to_be_somebody() {
    let world = World::new().await;
    let answer = client(&world).call(&ME, &[]).await;
    let detail = answer.problem(ProblemKind::Unauthenticated).detail;
    insta::assert_snapshot!(detail, @"Sign in, or send an API token as `Authorization: Bearer kls_…`.");
    insta::assert_snapshot!(answer.header("www-authenticate").unwrap(), @r#"Bearer realm="keelson""#);
}

#[tokio::test]
async fn a_session_is_its_person_until_it_ends() {
    let world = with_ada().await;
    let cookie = session(&world, "ada").await;
    let call = || client(&world).call(&ME, &[]).header("cookie", &cookie);
    assert_eq!(call().await.ok(), "ada");
    world.advance(Period::seconds(12 * 60 * 60 - 1));
    assert_eq!(call().await.ok(), "ada");
    world.advance(Period::seconds(1));
    insta::assert_snapshot!(call().await.problem(ProblemKind::Unauthenticated).detail, @"Your session has ended. Sign in again.");
}

#[tokio::test]
async fn whoever_was_removed_is_nobody_at_once() {
    let world = with_ada().await;
    let cookie = session(&world, "ada").await;
    let mut transaction = world.core.store.transaction(world.core.now());
    transaction.remove(&user("ada", Role::Developer));
    transaction.commit().await.unwrap();
    let answer = client(&world).call(&ME, &[]).header("cookie", &cookie).await;
    insta::assert_snapshot!(answer.problem(ProblemKind::Unauthenticated).detail, @"`ada` is no longer a user of this installation.");
}

#[tokio::test]
async fn a_token_is_its_owner_by_that_token() {
    let world = with_ada().await;
    let secret = world.token("ada", TokenScope::default()).await;
    assert!(secret.starts_with("kls_"));
    assert_eq!(client(&world).as_token(&secret).call(&ME, &[]).await.ok(), "ada (token test)");
    let lower = client(&world).call(&ME, &[]).header("authorization", format!("bearer {secret}")).await;
    assert_eq!(lower.status(), 200, "the scheme may be written in any case");
}

#[tokio::test]
async fn a_token_that_is_not_taken_says_exactly_why() {
    let world = with_ada().await;
    let secret = world.token("ada", TokenScope::default()).await;
    let hash = credentials::secret_hash(&secret);
    insta::assert_snapshot!(refusal(&world, "kls_guessed").await, @"This API token is unknown here. Look whether it is complete.");
    insta::assert_snapshot!(refusal(&world, "sesame").await, @"`Authorization` must be `Bearer kls_…`, with an API token of this installation.");

    let now = world.core.now();
    change_token(&world, |token| Token { expires_at: Some(now), ..token }, hash).await;
    insta::assert_snapshot!(refusal(&world, &secret).await, @"The API token `test` expired at 2026-11-23T09:00:00Z.");
    change_token(&world, |token| Token { revoked_at: Some(now), ..token }, hash).await;
    insta::assert_snapshot!(refusal(&world, &secret).await, @"The API token `test` was revoked at 2026-11-23T09:00:00Z.");
}

async fn change_token(
    world: &World,
    change: impl Fn(Token) -> Token,
    hash: domain::access_records::SecretHash,
) {
    let token = world.core.store.token(&hash).await.unwrap().unwrap();
    let mut transaction = world.core.store.transaction(world.core.now());
    transaction.replace(&change(token.value), token.version);
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn the_use_of_a_token_is_noted_once_a_minute() {
    let world = with_ada().await;
    let secret = world.token("ada", TokenScope::default()).await;
    let hash = credentials::secret_hash(&secret);
    let use_and_wait = async || {
        let used_at = world.core.now();
        client(&world).as_token(&secret).call(&ME, &[]).await.ok();
        eventually("the use is noted", || async {
            let token = world.core.store.token(&hash).await.unwrap().unwrap();
            (token.value.last_used_at == Some(used_at)).then_some(token.version.get())
        })
        .await
    };
    assert_eq!(use_and_wait().await, 2);
    world.advance(Period::seconds(59));
    client(&world).as_token(&secret).call(&ME, &[]).await.ok();
    world.advance(Period::seconds(1));
    assert_eq!(use_and_wait().await, 3, "the use within the minute was not written");
}

#[tokio::test]
async fn a_session_changes_things_only_for_the_panels_own_pages() {
    let world = with_ada().await;
    let cookie = session(&world, "ada").await;
    let client = client(&world);
    let check = async |headers: &[(&'static str, &str)], expected: u16| {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let call = client.call(&CHANGE, &[]).header("host", "127.0.0.1:4000").header("cookie", &cookie);
        assert_eq!(
            call.headers(headers.clone()).await.status(),
            expected,
            "{:?}",
            headers.collect::<Vec<_>>()
        );
    };
    check(&[("sec-fetch-site", "same-origin")], 200).await;
    check(&[("sec-fetch-site", "none")], 200).await;
    check(&[("sec-fetch-site", "same-site")], 403).await;
    check(&[("sec-fetch-site", "cross-site"), ("origin", "http://keelson.test")], 403).await;
    check(&[("origin", "http://keelson.test")], 200).await;
    check(&[("origin", "http://127.0.0.1:4000")], 200).await;
    check(&[("origin", "http://127.0.0.1:4001")], 403).await;
    check(&[("origin", "null")], 403).await;
    check(&[], 403).await;
    let looks = client.call(&ME, &[]).header("cookie", &cookie).header("sec-fetch-site", "cross-site").await;
    assert_eq!(looks.status(), 200, "looking changes nothing");
    let secret = world.token("ada", TokenScope::default()).await;
    assert_eq!(
        client.as_token(&secret).call(&CHANGE, &[]).await.status(),
        200,
        "no browser sends a token by itself"
    );
}

const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl";

fn job() -> CiIdentity {
    CiIdentity {
        issuer: "https://token.actions.githubusercontent.com".to_owned(),
        repository: "acme/storefront".to_owned(),
        repository_id: 74,
        owner_id: 65,
        git_ref: "refs/heads/main".to_owned(),
        commit: sha(1),
        event: "push".to_owned(),
        workflow_ref: "acme/storefront/.github/workflows/ship.yml@refs/heads/main".to_owned(),
        job_workflow_ref: None,
        run_id: "7".to_owned(),
        run_attempt: 1,
        started_by: "grace".to_owned(),
        expires_at: Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn a_ci_job_is_taken_at_its_issuers_word_where_artifacts_are_registered_and_nowhere_else() {
    let mut world = World::new().await;
    let push = || async { client(&world).as_token(JWT).call(&PUSH, &["storefront"]).await };
    insta::assert_snapshot!(push().await.problem(ProblemKind::Unauthenticated).detail, @"This installation takes no CI identities. Use an API token.");

    world.core = world.core.clone().with_ci_verifier(CiVerifier::new(|token| async move {
        if token == JWT { Ok(job()) } else { Err(ApiError::unauthenticated("The signature is wrong.")) }
    }));
    let push = |token| client(&world).as_token(token).call(&PUSH, &["storefront"]);
    assert_eq!(push(JWT).await.ok(), "grace (CI of acme/storefront)");
    assert_eq!(push("a.b.c").await.problem(ProblemKind::Unauthenticated).detail, "The signature is wrong.");
    insta::assert_snapshot!(refusal(&world, JWT).await, @"A CI job's own identity is taken only where artifacts are registered. Use an API token here.");
}

#[tokio::test]
async fn a_ci_job_fails_every_check_of_rights() {
    async fn careless(caller: Caller) -> Result<Json<String>, ApiError> {
        caller.check(Permission::PushArtifact, &Place::default())?;
        Ok(Json("registered".to_owned()))
    }
    let world = World::new().await;
    let core = world.core.clone().with_ci_verifier(CiVerifier::new(|_| async { Ok(job()) }));
    let client = world.client(Routes::<()>::new(&core).on(&PUSH, careless).build(()));
    let answer = client.as_token(JWT).call(&PUSH, &["storefront"]).await;
    insta::assert_snapshot!(answer.problem(ProblemKind::Forbidden).detail, @"The identity of a CI job gives no right to register artifacts: it registers artifacts of services whose manifests name its workflow, and no more.");
}

#[tokio::test]
async fn a_token_never_reaches_further_than_its_owner() {
    let world = World::new().await;
    world.put(&user("ada", Role::Viewer)).await;
    world.service(&testkit::manifest("storefront")).await;
    let scope = TokenScope { grants: vec![Grant::everywhere(Role::Admin)], ..TokenScope::default() };
    let secret = world.token("ada", scope).await;
    let answer = client(&world).as_token(&secret).call(&PUSH, &["storefront"]).await;
    insta::assert_snapshot!(answer.problem(ProblemKind::Forbidden).detail, @"You may not register artifacts for storefront. It takes the role developer for team shop; an admin can grant it.");
}
