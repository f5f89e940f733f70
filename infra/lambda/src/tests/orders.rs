//! What whoever may invoke a function can order.

use serde_json::json;

use super::Stack;

#[tokio::test]
async fn the_first_link_makes_the_first_admin_and_later_ones_make_nobody() {
    let stack = Stack::new().await;
    let panel = stack.panel();
    let order = |login: &str| json!({"keelson": "sign_in_link", "login": login});
    let link = stack.invoke(&panel, &order("ada")).await.unwrap();
    assert!(link["url"].as_str().unwrap().starts_with("http://keelson.test/sign-in#"), "{link}");
    assert_eq!(stack.happened().await, ["user ada changed", "sign-in link made for ada"]);
    let again = stack.invoke(&panel, &order("ada")).await.unwrap();
    assert_ne!(link["url"], again["url"]);
    let refusal = stack.invoke(&panel, &order("eve")).await.unwrap_err();
    assert!(refusal.contains("There is no user `eve`."), "{refusal}");
    assert_eq!(stack.happened().await, ["sign-in link made for ada"]);
}

#[tokio::test]
async fn the_clock_looks_at_what_is_due() {
    let stack = Stack::new().await;
    let tick = json!({"keelson": "tick"});
    assert_eq!(stack.invoke(&stack.promotions(), &tick).await.unwrap(), json!({"done": 0}));
    assert_eq!(stack.invoke(&stack.webhooks(), &tick).await.unwrap(), json!({"done": 0}));
}

#[tokio::test]
async fn what_comes_due_by_what_was_done_is_done_at_once_but_not_for_ever() {
    let left = std::cell::Cell::new(3);
    let some = async || {
        left.set(left.get() - 1);
        Ok(usize::from(left.get() > 0))
    };
    assert_eq!(crate::ticks::ticks(some).await.unwrap(), 2);
    assert_eq!(crate::ticks::ticks(async || Ok(1)).await.unwrap(), 10);
}
