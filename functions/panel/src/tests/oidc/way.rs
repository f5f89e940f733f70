//! The way there and back, when all is well.

use domain::Period;
use testkit::issuer::{CLIENT_ID, SignedBy};

use super::*;

#[tokio::test]
async fn somebody_signs_in_and_lands_where_they_wanted_to_go() {
    let scene = Scene::new().await;
    let browser = scene.browser();
    assert_eq!(browser.methods().await.provider.as_deref(), Some("Acme"));
    let begun = browser.get("/auth/oidc?next=%2Faudit%3Fkind%3Dsigned_in").await;
    let address = begun.header("location").unwrap();
    let query: BTreeMap<&str, &str> =
        address.split_once('?').unwrap().1.split('&').filter_map(|pair| pair.split_once('=')).collect();
    assert_eq!(query["tenant"], "acme", "what the provider's own address asks for is kept");
    assert_eq!((query["response_type"], query["code_challenge_method"]), ("code", "S256"));
    assert_eq!(query["client_id"], CLIENT_ID);
    assert_eq!(query["scope"], "openid+profile+email");
    assert_eq!(query["redirect_uri"], "http%3A%2F%2Fkeelson.test%2Fauth%2Foidc%2Fcallback");
    let cookie = begun.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"), "{cookie}");
    let back = scene.issuer.visit(address).await;
    let done = browser.get(&back).await;
    assert_eq!(done.header("location"), Some("/audit?kind=signed_in"));
    let cookies = done.headers("set-cookie");
    assert!(cookies[0].starts_with("keelson_session=") && cookies[0].ends_with("HttpOnly; SameSite=Strict"));
    assert_eq!(cookies[1], "keelson_sign_in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    assert_eq!(browser.me().await, "ada: developer");
    let events = happened(&scene.world).await.join("\n").replace(scene.issuer.url(), "ISSUER");
    insta::assert_snapshot!(events, @r"
    ada: 1001 of ISSUER is ada
    ada: ada signed in by ISSUER
    ");
    let user = scene.world.core.store.user(&"ada".parse().unwrap()).await.unwrap().unwrap().value;
    assert_eq!((user.name.as_str(), user.emails), ("Ada Lovelace", vec!["ada@example.com".to_owned()]));
}

#[tokio::test]
async fn whoever_signs_in_again_is_the_same_person_whatever_they_are_called() {
    let scene = Scene::new().await;
    scene.sign_in().await;
    let mut renamed = ada(&["dev"]);
    renamed["preferred_username"] = json!("countess");
    renamed["email"] = json!("countess@example.com");
    scene.issuer.person(renamed);
    let (browser, end) = scene.sign_in().await;
    assert_eq!((end.as_str(), browser.me().await.as_str()), ("/", "ada: developer"));
    assert_eq!(scene.world.core.store.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_way_back_may_lead_to_another_process() {
    let scene = Scene::new().await;
    let settings = {
        let roles = ROLES.parse().unwrap();
        let (issuer, client_id) = (scene.issuer.url().to_owned(), CLIENT_ID.to_owned());
        SignInSettings {
            issuer,
            client_id,
            client_secret: Some(Hidden(CLIENT_SECRET.to_owned())),
            scopes: "openid".to_owned(),
            groups_claim: "groups".to_owned(),
            roles,
            label: "Acme".to_owned(),
        }
    };
    let mut browser = scene.browser();
    let back = browser.begin(&scene.issuer, "").await;
    browser.client = process(&scene.world, settings);
    assert_eq!(browser.finish(&back).await, "/");
    assert_eq!(browser.me().await, "ada: developer");
}

#[tokio::test]
async fn two_that_sign_in_for_the_first_time_at_once_are_one_person() {
    let scene = Scene::new().await;
    let (one, other) = (scene.browser(), scene.browser());
    let (back, there) = (one.begin(&scene.issuer, "").await, other.begin(&scene.issuer, "").await);
    let ends = tokio::join!(one.finish(&back), other.finish(&there));
    assert_eq!(ends, ("/".to_owned(), "/".to_owned()));
    assert_eq!(
        (one.me().await, other.me().await),
        ("ada: developer".to_owned(), "ada: developer".to_owned())
    );
    assert_eq!(scene.world.core.store.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn tokens_signed_by_other_keys_are_taken_if_the_provider_publishes_them() {
    let scene = Scene::new().await;
    for how in [SignedBy::Rs256, SignedBy::Es256, SignedBy::Es256WithoutName] {
        scene.issuer.sign_by(how);
        assert_eq!(scene.sign_in().await.1, "/", "{how:?}");
    }
    assert_eq!(scene.issuer.key_sets(), 1, "they are remembered");
    scene.issuer.rotate_keys();
    assert_eq!(scene.sign_in().await.1, "/sign-in?problem=token_refused", "not asked for again at once");
    scene.world.advance(Period::seconds(60));
    assert_eq!(scene.sign_in().await.1, "/");
    assert_eq!(scene.issuer.key_sets(), 2);
}

#[tokio::test]
async fn the_installation_proves_who_it_is_as_the_provider_takes_it() {
    let scene = Scene::new().await;
    scene.issuer.take_proofs(&["client_secret_post"]);
    assert_eq!(scene.sign_in().await.1, "/");
    let public = Scene::with(|sign_in| sign_in.client_secret = None).await;
    public.issuer.take_proofs(&["none"]);
    assert_eq!(public.sign_in().await.1, "/");
    let wrong = Scene::with(|sign_in| sign_in.client_secret = Some(Hidden("guess".to_owned()))).await;
    assert_eq!(wrong.sign_in().await.1, "/sign-in?problem=code_refused");
    let reason = happened(&wrong.world).await;
    assert_eq!(
        reason,
        ["Keelson: somebody was not signed in: the identity provider does not take the code: invalid_client"]
    );
}

#[tokio::test]
async fn without_a_provider_none_is_offered() {
    let world = World::new().await;
    let browser = Browser {
        client: world.client(router(App::new(world.core.clone()).unwrap())),
        cookies: Mutex::default(),
    };
    assert_eq!(browser.methods().await, SignInMethods { provider: None, refused: None });
    for path in ["/auth/oidc", "/auth/oidc/callback?code=x&state=y"] {
        assert_eq!(browser.finish(path).await, "/sign-in?problem=not_offered");
    }
    assert!(happened(&world).await.is_empty());
}
