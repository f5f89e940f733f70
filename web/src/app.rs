//! Where everything comes together: the shared state, the frame around the pages.

use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::pages;
use crate::shell::Shell;
use crate::state::State;

/// Puts the panel into the page, in the place of the skeleton that is there before.
pub(crate) fn start() {
    let place = document().get_element_by_id("app").and_then(|element| element.dyn_into().ok());
    let place: web_sys::HtmlElement = place.or_else(|| document().body()).expect("the page has a body");
    place.set_inner_html("");
    mount_to(place, App).forget();
}

#[component]
fn App() -> impl IntoView {
    State::provide();
    view! {
        <Shell>
            <pages::Pages />
        </Shell>
    }
}
