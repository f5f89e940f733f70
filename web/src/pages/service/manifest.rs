//! The settings of a service: its `keelson.toml` as it was applied.

use leptos::prelude::*;

use crate::reactive::{Data, dynamic};
use crate::ui::copy::CopyLine;
use crate::ui::log::Log;
use crate::ui::properties::{Properties, Property};
use crate::ui::time::Time;
use crate::wire::Service;

/// The manifest, and how to change it.
pub(super) fn settings(view: Data<Service>) -> AnyView {
    view! {
        <section class="card" aria-labelledby="manifest">
            <header class="card-head"><h2 id="manifest">"keelson.toml"</h2></header>
            {dynamic(move || view.with(applied))}
            <p class="muted">"It lives in the service's repository. Change it there, then apply it:"</p>
            <CopyLine text="keelson service apply" what="the command" />
        </section>
    }
    .into_any()
}

fn applied(view: &Service) -> AnyView {
    let applied = view;
    let lines = applied.manifest.lines().map(str::to_owned).collect();
    let (revision, at, by) = (applied.revision.to_string(), applied.applied_at, applied.applied_by.label());
    view! {
        <Properties>
            <Property name="Revision">{revision}</Property>
            <Property name="Applied"><Time at /> " by " {by}</Property>
        </Properties>
        <Log label="keelson.toml as it was applied" lines />
    }
    .into_any()
}
