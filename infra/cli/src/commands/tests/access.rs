//! Who calls, and what is said when that does not do.

use api::{Problem, ProblemKind};
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_server_that_is_away_ends_with_3_and_a_hint() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let went = Shell::signed_in().types(&url, "status").await;
    assert_eq!(went.exit, Exit::Unreachable);
    insta::assert_snapshot!(went.printed.replace(&url, "http://HERE"), @"
    error: no answer from http://HERE/api/overview: Connection refused (os error 111)
    Nothing was changed. Start a server with `keelson up`, or name another with --server or KEELSON_SERVER.
    ");
}

#[tokio::test]
async fn something_else_behind_the_address_is_named() {
    let fake = Fake::start().await;
    let went = Shell::signed_in().types(&fake.url, "status").await;
    assert_eq!(went.exit, Exit::Failed);
    insta::assert_snapshot!(went.printed.replace(&fake.url, "http://HERE"), @"
    error: http://HERE/api/overview answered 501 Not Implemented, but not the way Keelson does: nobody said what GET /api/overview answers
    Check the address: something else may listen there, or stand in between.
    ");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_told_by_where_it_was_found() {
    let fake = Fake::start().await;
    fake.says("GET /api/users", 401, &Problem::new(ProblemKind::Unauthenticated, "the token is not known"));
    let went = Shell::signed_in().types(&fake.url, "user list").await;
    assert_eq!(went.exit, Exit::NotAllowed);
    insta::assert_snapshot!(went.printed, @"
    error: You are not signed in: the token is not known
    The token from KEELSON_TOKEN was not accepted. Sign in with `keelson sign-in`, or set KEELSON_TOKEN.
    ");
    fake.seen(|seen| assert_eq!(seen[0].header("authorization"), Some("Bearer kls_test")));
}

#[tokio::test]
async fn a_github_actions_job_asks_for_a_token_for_this_server_alone() {
    let fake = Fake::start().await;
    fake.says("GET /token", 200, &json!({ "value": "job.id.token", "count": 1 }));
    fake.says("GET /api/services/storefront/artifacts", 200, &json!({ "items": [artifact('a')] }));
    let request_url = format!("{}/token?api-version=2.0", fake.url);
    let job = Shell::new(&[
        ("ACTIONS_ID_TOKEN_REQUEST_URL", &request_url),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner"),
    ]);
    let went = job.types(&fake.url, "artifact list storefront --json").await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    fake.seen(|seen| {
        let audience = api::endpoint::percent_encode(&format!("keelson:{}", fake.url)).replace(':', "%3A");
        assert_eq!(seen[0].line, format!("GET /token?api-version=2.0&audience={audience}"));
        assert_eq!(seen[0].header("authorization"), Some("Bearer runner"));
        assert_eq!(seen[1].header("authorization"), Some("Bearer job.id.token"));
    });
}

#[tokio::test]
async fn signing_in_turns_a_one_time_link_into_a_kept_token() {
    let fake = Fake::start().await;
    let me = json!({ "login": "ada", "name": "Ada", "teams": [], "grants": [] });
    fake.says_with("POST /auth/session", 200, &[("set-cookie", "keelson=session; HttpOnly; Path=/")], &me);
    fake.says("POST /api/tokens", 200, &json!({
        "secret": "kls_new",
        "token": {
            "id": "tok_01a2031fb7a074048404040404040404", "name": "keelson sign-in", "owner": "ada", "grants": [],
            "permissions": [], "created_at": "2026-11-22T12:00:00Z",
        },
    }));
    fake.says("DELETE /auth/session", 200, &());
    fake.says("GET /api/tokens", 200, &json!([]));
    let shell = Shell::new(&[]);
    let went = shell.types(&fake.url, &format!("sign-in {}/sign-in#one-time", fake.url)).await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    assert!(!went.printed.contains("kls_new"), "the token is not shown");
    shell.types(&fake.url, "token list").await;
    fake.seen(|seen| {
        assert_eq!(seen[0].json(), json!({ "secret": "one-time" }));
        assert_eq!(seen[1].header("cookie"), Some("keelson=session"));
        assert_eq!(seen[1].header("origin"), Some(fake.url.as_str()));
        assert_eq!(seen[2].line, "DELETE /auth/session");
        assert_eq!(seen[3].header("authorization"), Some("Bearer kls_new"));
    });
}

#[tokio::test]
async fn signing_in_without_a_link_says_how() {
    let went = Shell::new(&[]).types("http://127.0.0.1:1", "sign-in").await;
    assert_eq!(went.exit, Exit::Usage);
    insta::assert_snapshot!(went.printed, @"
    error: a one-time sign-in link is needed. `keelson up` prints one for whoever starts the server; anybody else gets theirs from an admin, by `keelson user link LOGIN`. Then: keelson sign-in 'LINK'
    Nothing was done. See `keelson --help`.
    ");
}

#[tokio::test]
async fn a_token_is_printed_alone_so_that_a_script_can_take_it() {
    let fake = Fake::start().await;
    fake.says(
        "POST /api/tokens",
        200,
        &json!({
            "secret": "kls_new",
            "token": {
                "id": "tok_01a2031fb7a074048404040404040404", "name": "ci", "owner": "ada", "grants": [],
                "permissions": ["push_artifact"], "created_at": "2026-11-22T12:00:00Z",
            },
        }),
    );
    let line =
        "token create ci --service storefront --permission push-artifact --grant developer@shop --days 30";
    let went = Shell::signed_in().types(&fake.url, line).await;
    assert!(went.printed.ends_with("\nkls_new\n"), "{}", went.printed);
    fake.seen(|seen| {
        insta::assert_snapshot!(seen[0].json(), @r#"{"days":30,"grants":[{"role":"developer","team":"shop"}],"name":"ci","permissions":["push_artifact"],"service":"storefront"}"#);
    });
}
