//! Where everything comes together: the shared state, the routes, the frame around the pages.

use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
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
        <Router>
            <Shell>
                <FlatRoutes fallback=pages::not_found::NotFound>
                    <Route path=path!("/") view=pages::overview::OverviewPage />
                    <Route path=path!("/services") view=pages::services::ServicesPage />
                    <Route path=path!("/services/:service") view=pages::service::ServicePage />
                    <Route path=path!("/promotions/:promotion") view=pages::promotion::PromotionPage />
                    <Route path=path!("/audit") view=pages::audit::AuditPage />
                    <Route path=path!("/settings") view=pages::settings::SettingsPage />
                    <Route path=path!("/sign-in") view=pages::sign_in::SignInPage />
                    <Route path=path!("/components") view=pages::components::ComponentsPage />
                </FlatRoutes>
            </Shell>
        </Router>
    }
}
