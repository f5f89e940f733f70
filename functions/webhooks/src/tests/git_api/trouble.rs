//! What a host answers instead is shown in a sentence, and decides when it is asked again.

use domain::connection::HostKind;
use domain::watch::ConnectionWatch;
use insta::assert_snapshot;
use testkit::hosts::TOKEN;

use super::Watched;

/// What is shown while the host answers so, and after how many seconds it is asked again.
async fn shown(status: u16, headers: &[(&'static str, &str)]) -> String {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.advance(180);
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    watched.host.answer_with(Some((status, headers)));
    watched.tick().await;
    let now = watched.hooks.world.core.now();
    let api = watched.api().await;
    let detail = watched.detail().await;
    let trouble = api.trouble.clone().or_else(|| detail.repositories[0].trouble.clone()).unwrap();
    let next = api.next_check_at.unwrap().duration_since(now).as_secs();
    assert_eq!(api.checked_at, Some(now));
    watched.host.heal();
    watched.push(&[2]);
    watched.advance(u32::try_from(next).unwrap());
    watched.tick().await;
    assert!(watched.api().await.trouble.is_none(), "it goes on as if nothing had been");
    assert_eq!(watched.told_pushes().await, 2);
    format!("{next:>4} s: {}", trouble.reason)
}

#[tokio::test]
async fn each_refusal_is_shown_and_put_off_for_as_long_as_it_should_be() {
    let told = [
        shown(401, &[]).await,
        shown(403, &[]).await,
        shown(403, &[("x-ratelimit-remaining", "0"), ("retry-after", "600")]).await,
        shown(404, &[]).await,
        shown(429, &[("retry-after", "75")]).await,
        shown(500, &[]).await,
        shown(503, &[("retry-after", "9000")]).await,
    ];
    assert_snapshot!(told.join("\n"), @r#"
     900 s: GET /repos/acme/storefront/hooks/101/deliveries was answered with status 401: the API token is not valid, or not any more: set a new one. It says: no
     180 s: GET /repos/acme/storefront/git/ref/heads/main was answered with status 403: the API token may not do that: give it the right, or set another. It says: no
     600 s: GET /repos/acme/storefront/hooks/101/deliveries was answered with status 403: the host takes no more requests for a while. It says: no
     180 s: GET /repos/acme/storefront/git/ref/heads/main was answered with status 404: there is no such thing, or the API token may not know of it. It says: no
      75 s: GET /repos/acme/storefront/hooks/101/deliveries was answered with status 429: the host takes no more requests for a while. It says: no
      30 s: GET /repos/acme/storefront/hooks/101/deliveries was answered with status 500: the host has a problem of its own. It says: no
     240 s: GET /repos/acme/storefront/hooks/101/deliveries was answered with status 503: the host has a problem of its own. It says: no
    "#);
}

#[tokio::test]
async fn a_new_token_is_tried_at_once() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.set_token("an-old-one").await;
    watched.tick().await;
    let trouble = watched.api().await.trouble.unwrap();
    assert!(trouble.reason.contains("401"), "{}", trouble.reason);
    assert_eq!(watched.tick().await, 0, "and not again for a while");
    watched.set_token(TOKEN).await;
    assert_eq!(watched.tick().await, 1);
    assert!(watched.api().await.trouble.is_none());
}

#[tokio::test]
async fn a_host_that_is_away_is_asked_later_and_later_but_within_five_minutes() {
    let watched = Watched::of(HostKind::Gitea).await;
    watched.host.answer_with(Some((502, Vec::new())));
    watched.advance(180);
    let mut waits = Vec::new();
    for times in 1..=6 {
        watched.tick().await;
        let api = watched.api().await;
        assert_eq!(api.trouble.unwrap().times, times);
        let next = api.next_check_at.unwrap().duration_since(watched.hooks.world.core.now()).as_secs();
        waits.push(next);
        watched.advance(u32::try_from(next).unwrap());
    }
    assert_eq!(waits, [30, 60, 120, 240, 240, 240]);
}

#[tokio::test]
async fn a_look_that_ends_in_trouble_goes_on_from_where_it_began() {
    let watched = Watched::of(HostKind::GitHub).await;
    let (store, name) = (watched.hooks.store(), "github".parse().unwrap());
    let known = store.connection_watch(&name).await.unwrap().unwrap();
    let mut transaction = store.transaction(watched.hooks.world.core.now());
    transaction.replace(&ConnectionWatch { after: Some("acme/a".to_owned()), ..known.value }, known.version);
    transaction.commit().await.unwrap();
    watched.host.answer_with(Some((503, Vec::new())));
    watched.advance(180);
    watched.tick().await;
    let watch = store.connection_watch(&name).await.unwrap().unwrap().value;
    assert!(watch.trouble.is_some());
    assert_eq!(watch.after.as_deref(), Some("acme/a"));
}

#[tokio::test]
async fn a_token_that_may_not_read_webhooks_still_reads_branches() {
    let watched = Watched::of(HostKind::GitHub).await;
    watched.host.refuse("/hooks", 404);
    watched.push(&[2]);
    watched.advance(180);
    watched.tick().await;
    watched.advance(180);
    watched.tick().await;
    assert_eq!(watched.told_pushes().await, 2);
    let repository = &watched.detail().await.repositories[0];
    assert_snapshot!(repository.note.as_ref().unwrap(), @"Webhooks that failed cannot be looked at, branches are. GET /repos/acme/storefront/hooks was answered with status 404: there is no such thing, or the API token may not know of it. It says: no");
    assert!(repository.trouble.is_none());
}
