//! The command palette: everything by keyboard.

use api::routes;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::client::Address;
use crate::live::Live;
use crate::polling::Pace;
use crate::reactive::{Data, dynamic, maybe, memo, text, when};
use crate::shell::search::{self, Does, Entry};
use crate::shell::theme;
use crate::state::state;
use crate::ui::dialog::{self, Dialog, close_open};
use crate::wire::{Page, ServiceRow};

/// How many entries are shown.
const MOST: usize = 50;

/// Listens for its keys, and shows the palette while it is open.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let state = state();
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let asks = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("k");
        let slash = event.key() == "/" && !is_typing(&event);
        if (asks || slash) && !dialog::is_open() {
            event.prevent_default();
            state.palette.set(true);
        }
    });
    on_cleanup(move || listener.remove());
    when(move || state.palette.get(), || open().into_any())
}

fn is_typing(event: &web_sys::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

fn open() -> impl IntoView {
    let state = state();
    let typed = RwSignal::new(String::new());
    let first = || Address::of(routes::LIST_SERVICES, &[]).with("limit", 100);
    let services = Live::follow(first, |_| Pace::Slow);
    // Where there are more than are here, the server looks for the last word: `roll back shop` means the shop.
    let has_more = memo(move || {
        services.with(|page: Option<&Page<ServiceRow>>| page.is_some_and(|page| page.next.is_some()))
    });
    let wanted = move || {
        let word = typed.with(|typed| typed.split_whitespace().next_back().map(str::to_owned));
        first().with_some("q", word.filter(|_| has_more.get()))
    };
    let looked_up = Live::follow(wanted, |_| Pace::Slow);
    let at = RwSignal::new(0_usize);
    let entries = Data::memo(move || {
        let rows = |page: Option<&Page<ServiceRow>>| page.map(|page| page.items.clone()).unwrap_or_default();
        let mut all = services.with(rows);
        let more = looked_up.with(rows);
        all.extend(
            more.into_iter()
                .filter(|row| !all.iter().any(|known| known.name == row.name))
                .collect::<Vec<_>>(),
        );
        search::entries(&all)
    });
    let found =
        Data::memo(move || entries.with(|entries| typed.with(|typed| search::find(entries, typed, MOST))));
    let choose = Callback::new(move |entry: Entry| {
        if entry.does == Does::Nothing {
            return;
        }
        close_open();
        state.palette.set(false);
        match entry.does {
            Does::Go(href) => state.location.go(&href),
            // The palette gives the focus back first, so that the question can return it there.
            Does::Ask(ask) => request_animation_frame(move || state.asked.set(Some(*ask))),
            Does::Theme(theme) => theme::choose(theme),
            Does::Nothing => {}
        }
    });
    let move_by_key = move |event: web_sys::KeyboardEvent| {
        let last = found.with_untracked(|found| found.len().saturating_sub(1));
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = if *at >= last { 0 } else { *at + 1 }),
            "ArrowUp" => at.update(|at| *at = at.checked_sub(1).unwrap_or(last)),
            "Home" => at.set(0),
            "End" => at.set(last),
            "Enter" => {
                if let Some(entry) = found.with_untracked(|found| found.get(at.get_untracked()).cloned()) {
                    choose.run(entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
        scroll_to(at.get_untracked());
    };
    view! {
        <Dialog title="Search or jump to" on_close=move || state.palette.set(false) class="palette">
            <input
                class="palette-input"
                type="text"
                role="combobox"
                aria-label="Search or jump to"
                aria-expanded="true"
                aria-controls="palette-list"
                aria-activedescendant=text(move || option_id(at.get()))
                autocomplete="off"
                spellcheck="false"
                autofocus
                placeholder="A service, a page, or what to do"
                prop:value=text(move || typed.get())
                on:input=move |event| { typed.set(event_target_value(&event)); at.set(0); }
                on:keydown=move_by_key
            />
            <ul id="palette-list" class="palette-list" role="listbox" aria-label="Found">
                {dynamic(move || {
                    let found = found.get().into_iter().enumerate();
                    found.map(|(index, entry)| option(index, entry, at, choose)).collect::<Vec<_>>().into_any()
                })}
            </ul>
            {when(move || found.with(Vec::is_empty), || {
                view! { <p class="palette-none muted" role="status">"Nothing is called that."</p> }.into_any()
            })}
        </Dialog>
    }
}

fn option(index: usize, entry: Entry, at: RwSignal<usize>, choose: Callback<Entry>) -> AnyView {
    let is_refused = entry.does == Does::Nothing;
    let (title, hint) = (entry.title.clone(), entry.hint.clone());
    view! {
        <li
            id=option_id(index)
            role="option"
            class="palette-row"
            aria-selected=maybe(move || Some(if at.get() == index { "true" } else { "false" }))
            aria-disabled=is_refused.then_some("true")
            on:click=move |_| choose.run(entry.clone())
            on:pointermove=move |_| if at.get_untracked() != index { at.set(index) }
        >
            <span>{title}</span>
            <span class="muted">{hint}</span>
        </li>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("palette-option-{index}")
}

fn scroll_to(index: usize) {
    if let Some(row) = document().get_element_by_id(&option_id(index)) {
        // `nearest` by an options object would be calmer, but `false` needs no further web API.
        row.scroll_into_view_with_bool(false);
    }
}
