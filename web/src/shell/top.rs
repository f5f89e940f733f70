//! The top bar: which environment, search, theme, me.

use leptos::prelude::*;

use crate::paths;
use crate::query::Parameter;
use crate::reactive::{derived, when};
use crate::shell::account::Account;
use crate::shell::theme::ThemeButton;
use crate::state::state;
use crate::ui::field::{Select, all_or};
use crate::ui::icon::{Glyph, Icon};

/// The top bar.
#[component]
pub(crate) fn Top() -> impl IntoView {
    let state = state();
    view! {
        <header class="top">
            <EnvironmentFilter />
            <button
                type="button"
                class="search-button"
                aria-haspopup="dialog"
                aria-keyshortcuts="Control+K"
                on:click=move |_| state.palette.set(true)
            >
                <Glyph icon=Icon::Search />
                <span class="search-text">"Search or jump to"</span>
                <kbd>"Ctrl K"</kbd>
            </button>
            <div class="top-end">
                <ThemeButton />
                <Account />
            </div>
        </header>
    }
}

/// Which environment's lanes the lists of services show.
#[component]
fn EnvironmentFilter() -> impl IntoView {
    let environments = state().environments;
    let path = state().location.path;
    let chosen = Parameter::named("env");
    let is_here = move || {
        let lists_services = path.with(|path| path == paths::OVERVIEW || path == paths::SERVICES);
        lists_services && environments.with(|environments| environments.len() > 1)
    };
    let filter = move || {
        view! {
            <Select
                label="Environment"
                label_hidden=true
                value=derived(move || chosen.value.get().unwrap_or_default())
                options=derived(move || all_or("All environments", environments.get()))
                on_choice=move |name: String| chosen.set(Some(name))
            />
        }
        .into_any()
    };
    view! { <div class="top-start">{when(is_here, filter)}</div> }
}
