//! The frame around the pages: rail, top bar, palette, dialogs and messages.

mod account;
mod palette;
mod rail;
pub(crate) use rail::Brand;
mod search;
mod theme;
mod top;

use api::routes;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use crate::actions::Asked;
use crate::client::Call;
use crate::paths;
use crate::reactive::{effect, memo, text, when};
use crate::state::{State, state};
use crate::ui::toast::ToastRegion;
use crate::wire::Me;

/// The frame around the pages.
#[component]
pub(crate) fn Shell(
    /// The page.
    children: Children,
) -> impl IntoView {
    let state = state();
    let path = state.location.path;
    // Signing in is a page without a frame: there is nowhere to go yet.
    let is_framed = memo(move || path.get() != paths::SIGN_IN);
    ask_who_is_here(state);
    send_to_sign_in(state);
    focus_heading_after_navigation(state);
    view! {
        <a class="skip" href="#main" on:click=|event| { event.prevent_default(); focus_heading(); }>
            "Skip to the content"
        </a>
        <div class=text(move || if is_framed.get() { "frame" } else { "frame frame-bare" }.to_owned())>
            {when(move || is_framed.get(), || view! { <rail::Rail /><top::Top /> }.into_any())}
            <main id="main" tabindex="-1">{children()}</main>
        </div>
        {when(move || is_framed.get(), || view! { <palette::Palette /> }.into_any())}
        <Asked />
        <ToastRegion toasts=state.toasts />
    }
}

fn ask_who_is_here(state: State) {
    // Whoever comes to sign in is not asked who they are.
    if window().location().pathname().is_ok_and(|path| path == paths::SIGN_IN) {
        return;
    }
    spawn_local(async move {
        let call = Call::<Me>::of(routes::GET_ME, &[], &());
        match call.request.send().await.and_then(|raw| Call::<Me>::read(&raw)) {
            Ok(me) => state.me.set(Some(me)),
            Err(problem) => state.note(&problem),
        }
    });
}

fn send_to_sign_in(state: State) {
    let location = state.location;
    effect(move || {
        if state.signed_out.get() {
            let here = paths::with_query(&location.path.get_untracked(), &location.query.get_untracked());
            state.asked.set(None);
            if !here.starts_with(paths::SIGN_IN) {
                location.go_instead(&paths::sign_in_from(&here));
            }
        }
    });
}

/// A screen reader hears of the new page because the focus moves to its heading.
fn focus_heading_after_navigation(state: State) {
    let mut before = None;
    effect(move || {
        let path = Some(state.location.path.get());
        if before.is_some() && before != path {
            // The new page is rendered after this turn.
            request_animation_frame(|| request_animation_frame(focus_heading));
        }
        before = path;
    });
}

fn focus_heading() {
    let heading = document().query_selector("main h1").ok().flatten();
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<web_sys::HtmlElement>().ok()) {
        heading.focus().ok();
    }
}
