//! An address at which there is nothing.

use leptos::prelude::*;

use crate::paths;
use crate::ui::empty::Empty;
use crate::ui::page::PageHead;

/// Says so, and leads back.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    view! {
        <PageHead title="Nothing is here" />
        <Empty title="There is no such page" text="It may have been removed, or the address was not copied whole.">
            <a class="button" href=paths::OVERVIEW>"Go to the overview"</a>
        </Empty>
    }
}
