//! Trains: services that promote together, in order, and go back together in reverse.

mod train;

use api::routes;
use leptos::prelude::*;

use crate::actions::Ask;
use crate::client::Address;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling;
use crate::reactive::{Data, dynamic};
use crate::state::state;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::empty::Empty;
use crate::ui::icon::Icon;
use crate::ui::more::with_older;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::table::{Head, table, tr};
use crate::ui::time::Time;
use crate::wire::{Page, Train};
use crate::words::{self, sentence};

pub(crate) use train::train_page;

/// Every train, newest first.
#[component]
pub(crate) fn TrainsPage() -> impl IntoView {
    let address = || Address::of(routes::LIST_TRAINS, &[]).with("limit", 50);
    let live = Live::follow(address, |page: &Page<Train>| {
        polling::of_trains(page.items.iter().map(|train| train.phase))
    });
    let asked = state().asked;
    let create = view! {
        <Button kind=Kind::Primary icon=Icon::Train on_press=move || asked.set(Some(Ask::CreateTrain))>
            "New train"
        </Button>
    };
    view! {
        <PageHead title="Trains" actions=create.into_any() />
        <Stale news=live.news />
        {loaded(
            live,
            || view! { <Skeleton rows=6 /> }.into_any(),
            move |page| with_older(page, address, trains),
        )}
    }
}

fn trains(items: Data<Vec<Train>>) -> AnyView {
    const HEADS: &[Head] = &[
        Head::text("Train"),
        Head::text("State"),
        Head::text("To"),
        Head::text("Services"),
        Head::text("Put together"),
        Head::text("Why"),
    ];
    dynamic(move || {
        items.with(|items| {
            if items.is_empty() {
                return view! {
                    <Empty
                        title="No train yet"
                        text="Changes that belong together go as a train: its services promote one after the other, in \
                              order, and if one fails, those before it go back. Put one together here, or with:"
                        command="keelson train create production payments storefront"
                    />
                }
                .into_any();
            }
            table("Trains, as a table", HEADS, items.iter().map(line).collect())
        })
    })
}

fn line(train: &Train) -> AnyView {
    let services: Vec<&str> = train.cars.iter().map(|car| car.service.as_str()).collect();
    let waits = train.cars.iter().find_map(|car| {
        let reason = car.waits_for.first()?;
        Some(format!("{}: {reason}", car.service))
    });
    let why = train.reason.clone().or(waits).map(|why| sentence(&why));
    let name = view! { <a class="train-name" href=paths::train(&train.id)>{train.title()}</a> }.into_any();
    let by = format!(" · {}", train.by);
    let cells = vec![
        ("", view! { <Badge told=words::train(train.phase) /> }.into_any()),
        ("", train.environment.to_string().into_any()),
        ("train-services", services.join(" → ").into_any()),
        ("train-by", view! { <Time at=train.created_at /> <span class="muted">{by}</span> }.into_any()),
        ("table-text", why.into_any()),
    ];
    tr(name, cells)
}
