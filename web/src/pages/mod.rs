//! The pages: which one is shown.

pub(crate) mod audit;
pub(crate) mod components;
pub(crate) mod delivery;
pub(crate) mod not_found;
pub(crate) mod overview;
pub(crate) mod promotion;
pub(crate) mod service;
pub(crate) mod services;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod trains;

use leptos::prelude::*;
use leptos::reactive::owner::Owner;
use leptos::tachys::reactive_graph::OwnedView;

use crate::paths::Page;
use crate::reactive::{dynamic, memo};
use crate::state::state;

/// The page of the address: another when the path is another, the same while only the query changes.
#[component]
pub(crate) fn Pages() -> impl IntoView {
    let path = state().location.path;
    let page = memo(move || Page::at(&path.get()));
    let owner = Owner::current().expect("a component has an owner");
    dynamic(move || {
        let page = page.get();
        // Each page has an owner of its own, which the view drops only after the next page is in its place: until
        // then parts of the old page may still run and look at what it owns.
        let owner = owner.child();
        let view = owner.with(|| view_of(page));
        OwnedView::new_with_owner(view, owner).into_any()
    })
}

fn view_of(page: Page) -> AnyView {
    match page {
        Page::Overview => overview::OverviewPage().into_any(),
        Page::Services => services::ServicesPage().into_any(),
        Page::Service(name) => service::service_page(name),
        Page::Promotion(id) => promotion::promotion_page(id),
        Page::Trains => trains::TrainsPage().into_any(),
        Page::Train(id) => trains::train_page(id),
        Page::Delivery => delivery::DeliveryPage().into_any(),
        Page::Audit => audit::AuditPage().into_any(),
        Page::Settings => settings::SettingsPage().into_any(),
        Page::SignIn => sign_in::SignInPage().into_any(),
        Page::Components => components::ComponentsPage().into_any(),
        Page::Nowhere => not_found::NotFound().into_any(),
    }
}
