//! Long lists: the newest page keeps itself fresh, older pages are added below when asked for.

use api::Page;
use leptos::prelude::*;

use crate::client::{self, Address};
use crate::live::Value;
use crate::submit::Submission;
use crate::ui::button::Button;
use crate::ui::error_card::InlineProblem;

/// A list with a button for what is older.
#[component]
pub(crate) fn Older<T: Value>(
    /// The newest page.
    newest: Signal<Page<T>>,
    /// Where the list is.
    address: impl Fn() -> Address<Page<T>> + Send + Sync + 'static,
    /// Shows the items.
    show: fn(Signal<Vec<T>>) -> AnyView,
) -> impl IntoView {
    // Older pages hang on the `next` of the first: when that moves on, they would overlap with it.
    let older = RwSignal::new(Vec::<T>::new());
    let next = RwSignal::new(newest.with_untracked(|page| page.next.clone()));
    let head = Memo::new(move |_| newest.with(|page| page.next.clone()));
    Effect::new(move |before: Option<Option<String>>| {
        let head = head.get();
        if before.is_some_and(|before| before != head) {
            older.set(Vec::new());
            next.set(head.clone());
        }
        head
    });
    let items = Signal::derive(move || {
        let mut items = newest.with(|page| page.items.clone());
        older.with(|older| items.extend(older.iter().cloned()));
        items
    });
    let submission = Submission::quiet();
    let load = move || {
        let Some(after) = next.get_untracked() else { return };
        let address = address().with("after", after);
        submission.run(async move { client::get(&address).await }, move |page: Page<T>| {
            older.try_update(|older| older.extend(page.items));
            next.try_set(page.next);
        });
    };
    let load = Callback::new(move |()| load());
    view! {
        {show(items)}
        <InlineProblem problem=submission.problem />
        <Show when=move || next.with(Option::is_some)>
            <div class="older"><Button busy=submission.busy on_press=load>"Show older"</Button></div>
        </Show>
    }
}
