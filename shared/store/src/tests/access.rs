use domain::access_records::{InvalidToken, Token};

use super::samples::{hash, later, login, now, session, sign_in_link, token, token_id, user};
use super::{assert_conflict, world};

#[tokio::test]
async fn people_are_found_by_login() {
    let world = world().await;
    world.put([user()]).await;
    assert_eq!(world.store.user(&login()).await.unwrap().unwrap().value, user());
    assert_eq!(world.store.users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_expired_session_is_not_there_although_nobody_has_swept_it() {
    let world = world().await;
    world.put([session()]).await;
    assert!(world.store.session(&hash(1), later(3_599)).await.unwrap().is_some());
    assert!(world.store.session(&hash(1), later(3_600)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_sign_in_link_signs_in_once() {
    let world = world().await;
    world.put([sign_in_link()]).await;
    let link = world.store.sign_in_link(&hash(9), now()).await.unwrap().unwrap();
    world.commit(|tx| tx.take(&link).put_new(&session())).await.unwrap();

    assert!(world.store.sign_in_link(&hash(9), now()).await.unwrap().is_none());
    let mut another = session();
    another.hash = hash(2);
    assert_conflict(world.commit(|tx| tx.take(&link).put_new(&another)).await);
    assert!(world.store.session(&hash(2), now()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_sign_in_link_that_is_too_old_is_not_found() {
    let world = world().await;
    world.put([sign_in_link()]).await;
    assert!(world.store.sign_in_link(&hash(9), later(900)).await.unwrap().is_none());
}

#[tokio::test]
async fn signing_out_twice_does_no_harm() {
    let world = world().await;
    world.put([session()]).await;
    for _ in 0..2 {
        world.commit(|tx| tx.remove(&session())).await.unwrap();
    }
    assert!(world.store.session(&hash(1), now()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_is_found_and_listed_whether_it_is_still_taken_or_not() {
    let world = world().await;
    let open = Token { revoked_at: None, ..token(1) };
    world.put([open, Token { revoked_at: Some(now()), ..token(2) }]).await;
    let check = async |hash, at| world.store.token(&hash).await.unwrap().unwrap().value.check(at);
    assert_eq!(check(hash(1), later(3_599)).await, Ok(()));
    assert_eq!(check(hash(1), later(3_600)).await, Err(InvalidToken::Expired { at: later(3_600) }));
    assert_eq!(check(hash(2), now()).await, Err(InvalidToken::Revoked { at: now() }));
    assert!(world.store.token(&hash(3)).await.unwrap().is_none());

    let shown = world.store.tokens_of(&login()).await.unwrap();
    let ids: Vec<_> = shown.iter().map(|row| row.value.id).collect();
    assert_eq!(ids, [token_id(2), token_id(1)]);
}

#[tokio::test]
async fn a_token_is_found_by_its_identifier() {
    let world = world().await;
    world.put([token(1)]).await;
    assert_eq!(world.store.token_by_id(&token_id(1)).await.unwrap().unwrap().value, token(1));
    assert!(world.store.token_by_id(&token_id(2)).await.unwrap().is_none());
}
