//! Promoting, rolling back, following.

use api::{Problem, ProblemKind};
use serde_json::{Value, json};

use super::*;

const PROMOTION: &str = "prm_01a2031f427077078707070707070707";

fn summary(phase: &str) -> Value {
    json!({
        "id": PROMOTION, "service": "storefront", "environment": "production",
        "release": { "artifact": digest('b'), "commit": "b".repeat(40) },
        "origin": "manual", "by": "ada", "phase": phase, "weight": 0, "waits_for": [],
        "created_at": "2026-11-22T12:00:00Z", "cancel": {},
        "diff": format!("{}..{}@3", "a".repeat(64), "b".repeat(64)),
    })
}

fn view(phase: &str) -> Value {
    let mut view = summary(phase);
    view["ships"] = ships();
    for list in ["gates", "approvals", "steps", "releases"] {
        view[list] = json!([]);
    }
    view["roll_back"] = json!({});
    view
}

fn ships() -> Value {
    json!({
        "from": { "artifact": digest('b'), "commit": "b".repeat(40) },
        "to": { "artifact": digest('a'), "commit": "a".repeat(40) },
        "backwards": true, "pull_requests": [], "authors": ["Grace Hopper"], "complete": true, "promote": {},
        "commits": [{
            "sha": "b".repeat(40), "title": "Show prices with tax", "at": "2026-01-01T00:00:00Z",
            "authors": [{ "name": "Grace Hopper" }],
        }],
    })
}

#[tokio::test]
async fn the_first_digits_of_a_digest_name_an_artifact() {
    let fake = Fake::start().await;
    let page = |digit, next: Option<&str>| json!({ "items": [artifact(digit)], "next": next });
    fake.says("GET /api/services/storefront/artifacts", 200, &page('a', Some("more")));
    fake.says("GET /api/services/storefront/artifacts", 200, &page('b', None));
    fake.says("POST /api/promotions", 200, &summary("waiting"));
    let went = Shell::signed_in().types(&fake.url, "promote storefront production --artifact bbbbbb").await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    assert!(fake.lines()[1].ends_with("?limit=100&after=more"), "{:?}", fake.lines());
    fake.seen(|seen| {
        let expected =
            json!({ "service": "storefront", "environment": "production", "artifact": digest('b') });
        assert_eq!(seen[2].json(), expected);
    });
}

#[tokio::test]
async fn what_is_refused_ends_by_its_reason() {
    for (kind, exit) in [
        (ProblemKind::Conflict, Exit::Conflict),
        (ProblemKind::NotFound, Exit::NotFound),
        (ProblemKind::Forbidden, Exit::NotAllowed),
        (ProblemKind::Unavailable, Exit::Failed),
    ] {
        let fake = Fake::start().await;
        fake.says("POST /api/promotions", kind.status(), &Problem::new(kind, "nothing was changed"));
        let went = Shell::signed_in().types(&fake.url, "promote storefront production --json").await;
        assert_eq!(went.exit, exit);
    }
}

async fn with_a_way_back() -> Fake {
    let fake = Fake::start().await;
    fake.says(
        "GET /api/services/storefront/artifacts",
        200,
        &json!({ "items": [artifact('a'), artifact('b')] }),
    );
    fake.says("GET /api/services/storefront/ships", 200, &ships());
    fake.says("POST /api/services/storefront/environments/production/rollback", 200, &summary("rolling"));
    fake
}

#[tokio::test]
async fn a_rollback_says_what_un_ships_before_it_does_it() {
    let fake = with_a_way_back().await;
    let shell = Shell::signed_in().answering("y\n");
    let line = "rollback storefront production --to aaaaaa --reason slow";
    let went = shell.types(&fake.url, line).await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    assert!(went.printed.contains("1 commit un-ships by Grace Hopper"), "{}", went.printed);
    assert!(went.printed.contains("Roll storefront back in production? [y/N]"), "{}", went.printed);
    fake.seen(|seen| {
        let ships = format!("environment=production&artifact=sha256%3A{}", "a".repeat(64));
        assert!(seen[1].line.ends_with(&ships), "{}", seen[1].line);
        assert_eq!(seen[2].json(), json!({ "to": digest('a'), "reason": "slow" }));
    });
}

#[tokio::test]
async fn a_rollback_that_nobody_agreed_to_does_nothing() {
    let line = "rollback storefront production --to aaaaaa";
    for (shell, exit) in
        [(Shell::signed_in().answering("\n"), Exit::Failed), (Shell::signed_in(), Exit::Usage)]
    {
        let fake = with_a_way_back().await;
        assert_eq!(shell.types(&fake.url, line).await.exit, exit);
        assert!(!fake.lines().iter().any(|line| line.starts_with("POST")), "{:?}", fake.lines());
    }
}

#[tokio::test]
async fn a_rollback_with_yes_asks_nothing_and_looks_nothing_up() {
    let fake = with_a_way_back().await;
    let went = Shell::signed_in().types(&fake.url, "rollback storefront production --yes").await;
    assert_eq!(went.exit, Exit::Done);
    assert_eq!(fake.lines().len(), 1);
}

#[tokio::test]
async fn not_knowing_what_un_ships_does_not_block_a_rollback() {
    let fake = Fake::start().await;
    let away = Problem::new(ProblemKind::Unavailable, "the history does not answer");
    fake.says("GET /api/services/storefront", 503, &away);
    fake.says("POST /api/services/storefront/environments/production/rollback", 200, &summary("rolling"));
    let went = Shell::signed_in().answering("yes\n").types(&fake.url, "rollback storefront production").await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
}

#[tokio::test]
async fn an_approval_is_for_what_was_shown() {
    let fake = Fake::start().await;
    fake.says("GET /api/promotions", 200, &view("waiting"));
    fake.says("POST /api/promotions", 200, &summary("rolling"));
    let went = Shell::signed_in().answering("y\n").types(&fake.url, &format!("approve {PROMOTION}")).await;
    assert_eq!(went.exit, Exit::Done, "{}", went.printed);
    assert!(went.printed.contains("Show prices with tax"));
    fake.seen(|seen| {
        assert_eq!(seen[1].json(), json!({ "diff": format!("{}..{}@3", "a".repeat(64), "b".repeat(64)) }))
    });
}

#[tokio::test]
async fn following_ends_as_the_promotion_ends() {
    for (last, exit) in
        [("done", Exit::Done), ("rolled_back", Exit::NotShipped), ("failed", Exit::NotShipped)]
    {
        let fake = Fake::start().await;
        fake.says("GET /api/promotions", 200, &view("rolling"));
        fake.says("GET /api/promotions", 503, &Problem::new(ProblemKind::Unavailable, "restarting"));
        fake.says("GET /api/promotions", 200, &view(last));
        let went = Shell::signed_in().types(&fake.url, &format!("watch {PROMOTION}")).await;
        assert_eq!(went.exit, exit, "{}", went.printed);
        assert!(went.printed.contains("no answer; trying again"), "{}", went.printed);
    }
}

#[tokio::test]
async fn an_empty_answer_is_an_answer() {
    let fake = Fake::start().await;
    fake.says("DELETE /api/services/storefront/environments/production/hold", 200, &());
    let went = Shell::signed_in().types(&fake.url, "resume storefront production").await;
    assert_eq!(went.printed, "storefront goes on in production: what waits there may start.\n");
}

#[tokio::test]
async fn a_manifest_with_mistakes_is_not_sent() {
    let fake = Fake::start().await;
    let shell = Shell::signed_in();
    let file = shell.home().join("keelson.toml");
    std::fs::write(&file, "[service]\nname = \"storefront\"\n").unwrap();
    let went = shell.types(&fake.url, &format!("service apply -f {}", file.display())).await;
    assert_eq!(went.exit, Exit::Failed);
    assert!(went.printed.contains("nothing was changed"), "{}", went.printed);
    assert!(fake.lines().is_empty());
}
