//! Long lists: the newest page keeps itself fresh, older pages are added below when asked for.

use std::any::Any;

use leptos::prelude::*;

use crate::client::Address;
use crate::reactive::{Data, effect, when};
use crate::submit::Submission;
use crate::ui::button::Button;
use crate::ui::error_card::InlineProblem;
use crate::wire::Page;

/// What a list may hold.
pub(crate) trait Item: Clone + PartialEq + Send + Sync + 'static {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Item for T {}

/// A list with a button for what is older. `P` is a page of it, or an answer that holds one.
pub(crate) fn with_older<T: Item, P: AsRef<Page<T>> + Any + Send + Sync>(
    newest: Data<P>,
    address: impl Fn() -> Address<P> + Send + Sync + 'static,
    show: impl Fn(Data<Vec<T>>) -> AnyView,
) -> AnyView {
    with_more(newest, address, "Show older", show)
}

/// A list with a button for what comes next.
pub(crate) fn with_more<T: Item, P: AsRef<Page<T>> + Any + Send + Sync>(
    newest: Data<P>,
    address: impl Fn() -> Address<P> + Send + Sync + 'static,
    label: &'static str,
    show: impl Fn(Data<Vec<T>>) -> AnyView,
) -> AnyView {
    // Older pages hang on the `next` of the first: when that moves on, they would overlap with it.
    let older = RwSignal::new(Vec::<T>::new());
    let next = RwSignal::new(newest.with_untracked(|page| page.as_ref().next.clone()));
    let mut before = next.get_untracked();
    effect(move || {
        let head = newest.with(|page| page.as_ref().next.clone());
        if before != head {
            older.set(Vec::new());
            next.set(head.clone());
            before = head;
        }
    });
    let items = Data::memo(move || {
        let mut items = newest.with(|page| page.as_ref().items.clone());
        older.with(|older| items.extend(older.iter().cloned()));
        items
    });
    let submission = Submission::quiet();
    let load = Callback::new(move |()| {
        let Some(after) = next.get_untracked() else { return };
        let asked = Some(after.clone());
        submission.read(address().with("after", after), move |page: &P| {
            let page = page.as_ref();
            // The first page may have moved on meanwhile; this one would overlap with it.
            if next.try_get_untracked().flatten() != asked {
                return;
            }
            older.try_update(|older| older.extend(page.items.iter().cloned()));
            next.try_set(page.next.clone());
        });
    });
    view! {
        {show(items)}
        <InlineProblem problem=submission.problem />
        {when(
            move || next.with(Option::is_some),
            move || view! {
                <div class="older"><Button busy=submission.busy on_press=load>{label}</Button></div>
            }.into_any(),
        )}
    }
    .into_any()
}
