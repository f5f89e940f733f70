//! Whoever tries to come in as somebody else, or to bring somebody in as themselves.

use domain::Period;
use testkit::issuer::Lie;

use super::*;

#[tokio::test]
async fn whatever_is_wrong_with_the_answer_nobody_is_signed_in_and_the_reason_is_kept() {
    let scene = Scene::new().await;
    let lies = [
        Lie::Issuer,
        Lie::Audience,
        Lie::AuthorizedParty,
        Lie::Nonce,
        Lie::NoNonce,
        Lie::Expired,
        Lie::FromTheFuture,
        Lie::NeverIssued,
        Lie::Unsigned,
        Lie::PublicKeyAsSecret,
        Lie::UnknownKey,
        Lie::ForgedSignature,
        Lie::NoSubject,
        Lie::NoIdToken,
        Lie::GroupsOverage,
        Lie::Huge,
        Lie::AnswersForAnother,
    ];
    let mut told = Vec::new();
    for lie in lies {
        scene.world.advance(Period::seconds(120));
        scene.issuer.lie(lie);
        let (browser, end) = scene.sign_in().await;
        assert_eq!(browser.me().await, "401", "{lie:?}");
        let [event] = happened(&scene.world).await.try_into().unwrap();
        let problem = end.strip_prefix("/sign-in?problem=").unwrap().to_owned();
        assert_eq!(browser.methods().await.refused.unwrap().problem.code(), problem);
        told.push(format!("{lie:?}: {problem}: {}", event.replace(scene.issuer.url(), "ISSUER")));
    }
    insta::assert_snapshot!(told.join("\n"));
    assert!(scene.world.core.store.users().await.unwrap().is_empty(), "nobody was added");
    scene.issuer.lie(None);
    assert_eq!(scene.sign_in().await.1, "/");
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_signs_nobody_in() {
    for lie in [Lie::ConfigurationOfAnother, Lie::KeysElsewhere] {
        let scene = Scene::new().await;
        scene.issuer.lie(lie);
        let browser = scene.browser();
        let begun = browser.get("/auth/oidc?next=/audit").await;
        assert_eq!(begun.header("location"), Some("/sign-in?problem=unreachable&next=%2Faudit"), "{lie:?}");
        assert!(happened(&scene.world).await.is_empty(), "nobody has gone anywhere");
        scene.issuer.lie(None);
        scene.world.advance(Period::seconds(5));
        assert_eq!(scene.sign_in().await.1, "/", "it is asked again soon");
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_keeps_nobody_waiting() {
    let scene = Scene::new().await;
    scene.issuer.lie(Lie::Silent);
    assert_eq!(scene.sign_in().await.1, "/sign-in?problem=unreachable");
}

#[tokio::test]
async fn the_way_back_works_once() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    let back = browser.begin(&scene.issuer, "").await;
    let handle = browser.cookies.lock().unwrap().clone();
    assert_eq!(browser.finish(&back).await, "/");
    *browser.cookies.lock().unwrap() = handle;
    assert_eq!(browser.finish(&back).await, "/sign-in?problem=expired");
    assert_eq!(happened(&scene.world).await.len(), 2, "linked and signed in, once");
}

#[tokio::test]
async fn of_many_that_take_the_way_back_at_once_one_is_signed_in() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    let back = browser.begin(&scene.issuer, "").await;
    let handle = browser.cookies.lock().unwrap().clone();
    let again = || Browser { client: scene.client.clone(), cookies: Mutex::new(handle.clone()) };
    let (a, b, c) = (again(), again(), again());
    let ends = tokio::join!(a.finish(&back), b.finish(&back), c.finish(&back));
    let ends = [ends.0, ends.1, ends.2];
    assert!(ends.iter().filter(|end| *end == "/").count() <= 1, "{ends:?}");
    let sessions = [a.me().await, b.me().await, c.me().await];
    let signed_in = sessions.iter().filter(|me| *me != "401").count();
    assert_eq!(signed_in, ends.iter().filter(|end| *end == "/").count());
}

#[tokio::test]
async fn a_link_to_the_way_back_does_nothing_in_another_browser() {
    let scene = Scene::new().await;
    let attacker = scene.browser();
    let back = attacker.begin(&scene.issuer, "").await;
    let victim = scene.browser();
    assert_eq!(victim.finish(&back).await, "/sign-in?problem=other_browser");
    // Nor while the victim signs in as well: the state is the attacker's.
    let own = victim.begin(&scene.issuer, "").await;
    assert_eq!(victim.finish(&back).await, "/sign-in?problem=mixed_up");
    assert_eq!(victim.me().await, "401");
    assert_eq!(victim.finish(&own).await, "/", "and the victim's own way is not ended by it");
    assert_eq!(attacker.finish(&back).await, "/");
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_worth_nothing() {
    let scene = Scene::new().await;
    let code_of = |back: &str| {
        let query = back.split_once('?').unwrap().1;
        query.split('&').find_map(|pair| pair.strip_prefix("code=")).unwrap().to_owned()
    };
    let (attacker, victim) = (scene.browser(), scene.browser());
    let (theirs, own) = (attacker.begin(&scene.issuer, "").await, victim.begin(&scene.issuer, "").await);
    let swapped = own.replace(&code_of(&own), &code_of(&theirs));
    assert_eq!(victim.finish(&swapped).await, "/sign-in?problem=code_refused");
    assert_eq!(victim.me().await, "401");
    for code in ["made-up".to_owned(), "x".repeat(5_000), String::new()] {
        let browser = scene.browser();
        let back = browser.begin(&scene.issuer, "").await;
        let end = browser.finish(&back.replace(&code_of(&back), &code)).await;
        assert_eq!(end, "/sign-in?problem=code_refused");
    }
}

#[tokio::test]
async fn a_way_back_without_a_state_or_with_a_made_up_one_is_refused() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    browser.begin(&scene.issuer, "").await;
    for query in ["", "?code=x", "?code=x&state=", "?code=x&state=guess", "?error=access_denied"] {
        let end = browser.finish(&format!("/auth/oidc/callback{query}")).await;
        assert_eq!(end, "/sign-in?problem=mixed_up", "{query}");
    }
    assert!(happened(&scene.world).await.is_empty(), "what anybody can send is no event");
}

#[tokio::test]
async fn a_sign_in_takes_ten_minutes_at_most() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    let back = browser.begin(&scene.issuer, "").await;
    scene.world.advance(Period::seconds(600));
    assert_eq!(browser.finish(&back).await, "/sign-in?problem=expired");
}

#[tokio::test]
async fn a_provider_that_says_no_is_understood() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    let back = browser.begin(&scene.issuer, "?next=/services").await;
    let (before, query) = back.split_once("code=").unwrap();
    let denied = format!(
        "{before}error=access_denied%3Cscript%3E&error_description=x{}",
        &query[query.find('&').unwrap()..]
    );
    assert_eq!(browser.finish(&denied).await, "/sign-in?problem=declined&next=%2Fservices");
    let events = happened(&scene.world).await;
    assert_eq!(
        events,
        ["Keelson: somebody was not signed in: the identity provider says `access_deniedscript`"]
    );
}

#[tokio::test]
async fn an_answer_that_does_not_say_whose_it_is_is_refused_if_the_provider_always_says_it() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    let back = browser.begin(&scene.issuer, "").await;
    let silent = back.split_once("&iss=").unwrap().0;
    assert_eq!(browser.finish(silent).await, "/sign-in?problem=other_issuer");
}

#[tokio::test]
async fn signing_in_leads_to_no_other_site() {
    let scene = Scene::new().await;
    for next in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%2F%09%2Fevil.example",
        "%2Fauth%2Foidc",
    ] {
        let browser = scene.browser();
        let back = browser.begin(&scene.issuer, &format!("?next={next}")).await;
        assert_eq!(browser.finish(&back).await, "/", "{next}");
    }
}

#[tokio::test]
async fn floods_are_stopped_before_they_reach_the_provider() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    let mut statuses = Vec::new();
    for _ in 0..70 {
        statuses.push(browser.get("/auth/oidc").await.status());
    }
    assert_eq!((statuses[0], statuses[69]), (302, 429));
    scene.world.advance(Period::seconds(1));
    assert_eq!(browser.get("/auth/oidc").await.status(), 302);
}
