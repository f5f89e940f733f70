//! The connections to git hosts: whether each is alive, and what it sent.

use api::connection::{ConnectionDetail, ConnectionSecret, ConnectionView, RotateConnection};
use api::routes;
use domain::ConnectionName;
use leptos::html;
use leptos::prelude::*;

use crate::client::{self, Address};
use crate::format;
use crate::live::{Live, loaded};
use crate::pages::settings::connect::{Connect, Shown};
use crate::polling::Pace;
use crate::submit::Submission;
use crate::ui::badge::Badge;
use crate::ui::button::Button;
use crate::ui::copy::CopyLine;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::icon::Icon;
use crate::ui::properties::{Properties, Property};
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::time::Time;
use crate::words::{self, Told, Tone};

/// The connections, and a way to add one.
#[component]
pub(super) fn Connections() -> impl IntoView {
    let live = Live::follow(|| Address::of(routes::LIST_CONNECTIONS, &[]), |_| Pace::Still);
    let made = RwSignal::new(None::<Shown>);
    view! {
        <Stale live />
        {loaded(
            live,
            || view! { <Skeleton rows=4 /> }.into_any(),
            move |connections| view! { <List connections made /> }.into_any(),
        )}
        <Connect made />
    }
}

#[component]
fn List(connections: Signal<Vec<ConnectionView>>, made: RwSignal<Option<Shown>>) -> impl IntoView {
    let names = Memo::new(move |_| {
        connections.with(|all| all.iter().map(|connection| connection.name.clone()).collect::<Vec<_>>())
    });
    view! {
        <Show
            when=move || names.with(|names| !names.is_empty())
            fallback=|| view! {
                <Empty
                    title="No git host is connected"
                    text="Keelson learns of commits, pull requests and checks from your git host's webhooks. Connect it below, or by the command line:"
                    command="keelson connection add github"
                />
            }
        >
            <For each=move || names.get() key=ConnectionName::clone let(name)>
                <Connection connections name made />
            </For>
        </Show>
    }
}

/// Whether a connection is alive.
fn told(connection: &ConnectionView) -> Told {
    match connection.last_delivery_at {
        Some(_) => Told { tone: Tone::Ok, icon: Icon::Dot, word: "Live" },
        None => Told { tone: Tone::Unknown, icon: Icon::Question, word: "Nothing received yet" },
    }
}

#[component]
fn Connection(
    connections: Signal<Vec<ConnectionView>>,
    name: ConnectionName,
    made: RwSignal<Option<Shown>>,
) -> impl IntoView {
    let id = format!("connection-{name}");
    let title = name.to_string();
    let details_name = name.clone();
    let rotate_name = name.clone();
    let view = Memo::new(move |_| connections.with(|all| all.iter().find(|one| one.name == name).cloned()));
    let submission = Submission::new();
    let rotate = move || {
        let name = rotate_name.clone();
        submission.run(
            async move {
                let request = RotateConnection { secret: None, overlap_hours: None };
                client::call(routes::ROTATE_CONNECTION, &[name.as_str()], &request).await
            },
            move |secret: ConnectionSecret| made.set(Some(Shown::rotated(secret))),
        );
    };
    view! {
        <section class="card" aria-labelledby=id.clone()>
            <header class="card-head">
                <h2 id=id.clone()>{title}</h2>
                {move || view.get().map(|view| view! { <Badge told=told(&view) /> })}
                <div class="card-tools card-end">
                    <Button busy=submission.busy on_press=rotate>"Rotate the secret"</Button>
                </div>
            </header>
            <InlineProblem problem=submission.problem />
            {move || view.get().map(|view| view! { <Facts view /> })}
            <Deliveries name=details_name />
        </section>
    }
}

#[component]
fn Facts(view: ConnectionView) -> impl IntoView {
    let counts = format!(
        "{} recorded · {} ignored · {} repeated · {} refused",
        format::count(view.accepted),
        format::count(view.ignored),
        format::count(view.duplicates),
        format::count(view.rejected)
    );
    view! {
        <Properties>
            <Property name="Webhook URL"><CopyLine text=view.hook_url what="the URL" /></Property>
            {view.last_delivery_at.map(|at| view! { <Property name="Last delivery"><Time at /></Property> })}
            <Property name="Deliveries">{counts}</Property>
            {view.rotation_ends_at.map(|until| view! {
                <Property name="Old secret">"still accepted; stops " <Time at=until /></Property>
            })}
        </Properties>
    }
}

#[component]
fn Deliveries(name: ConnectionName) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let is_open = RwSignal::new(false);
    view! {
        <details
            class="more"
            node_ref=details
            on:toggle=move |_| is_open.set(details.get_untracked().is_some_and(|details| details.open()))
        >
            <summary>"Last deliveries"</summary>
            {move || is_open.get().then(|| {
                let address = Address::of(routes::GET_CONNECTION, &[name.as_str()]);
                let live = Live::follow(move || address.clone(), |_: &ConnectionDetail| Pace::Moving);
                loaded(
                    live,
                    || view! { <Skeleton rows=4 /> }.into_any(),
                    |detail| view! { <DeliveryTable detail /> }.into_any(),
                )
            })}
        </details>
    }
}

#[component]
fn DeliveryTable(detail: Signal<ConnectionDetail>) -> impl IntoView {
    let rows = move || {
        let deliveries = detail.with(|detail| detail.deliveries.clone());
        deliveries
            .into_iter()
            .map(|delivery| {
                let tone = words::delivery(&delivery.outcome).class();
                view! {
                    <tr>
                        <th scope="row"><code>{delivery.event}</code></th>
                        <td class=format!("toned {tone}")>{delivery.outcome}</td>
                        <td><Time at=delivery.at /></td>
                        <td class="number">{format::bytes(delivery.size)}</td>
                        <td class="table-text">{delivery.detail}</td>
                        <td class="muted"><code>{delivery.id}</code></td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <Show
            when=move || detail.with(|detail| !detail.deliveries.is_empty())
            fallback=|| view! { <p class="muted">"Nothing has arrived yet."</p> }
        >
            <div class="table-scroll" tabindex="0" role="region" aria-label="Last deliveries">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Event"</th>
                            <th scope="col">"Outcome"</th>
                            <th scope="col">"When"</th>
                            <th scope="col" class="number">"Size"</th>
                            <th scope="col">"More"</th>
                            <th scope="col">"The host's id"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Show>
    }
}
