//! The settings of a service: its `keelson.toml` as it was applied.

use api::service::ServiceView;
use leptos::prelude::*;

use crate::ui::copy::CopyLine;
use crate::ui::log::Log;
use crate::ui::properties::{Properties, Property};
use crate::ui::time::Time;

/// The manifest, and how to change it.
#[component]
pub(super) fn Settings(view: Signal<ServiceView>) -> impl IntoView {
    let lines = Signal::derive(move || {
        view.with(|view| view.manifest.lines().map(str::to_owned).collect::<Vec<_>>())
    });
    view! {
        <section class="card" aria-labelledby="manifest">
            <header class="card-head"><h2 id="manifest">"keelson.toml"</h2></header>
            <Properties>
                <Property name="Revision">{move || view.with(|view| view.revision)}</Property>
                <Property name="Applied">
                    <Time at=Signal::derive(move || view.with(|view| view.applied_at)) />
                    " by "
                    {move || view.with(|view| view.applied_by.label())}
                </Property>
            </Properties>
            <Log label="keelson.toml as it was applied" lines />
            <p class="muted">"It lives in the service's repository. Change it there, then apply it:"</p>
            <CopyLine text="keelson service apply" what="the command" />
        </section>
    }
}
