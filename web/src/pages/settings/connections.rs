//! The connections to git hosts: whether each is alive, and what it sent.

use api::connection::RotateConnection;
use api::routes;
use domain::ConnectionName;
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::format;
use crate::live::{Live, loaded};
use crate::pages::settings::api_access::{Asked, access, dialogs, repositories};
use crate::pages::settings::connect::{Shown, connect};
use crate::polling::Pace;
use crate::reactive::{Data, dynamic, each, either, memo, row, when};
use crate::submit::Submission;
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Kind};
use crate::ui::copy::CopyLine;
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::disclosure::disclosure;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Form, Select};
use crate::ui::icon::Icon;
use crate::ui::properties::{Properties, Property};
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::table::{Head, table};
use crate::ui::time::Time;
use crate::wire::{ConnectionDetail, ConnectionSecret, ConnectionView, DeliveryView};
use crate::words::{self, Told, Tone};

/// For how many hours the old secret stays valid, to choose from.
const OVERLAPS: [(&str, &str); 4] =
    [("24", "24 hours"), ("1", "One hour"), ("168", "One week"), ("0", "Not at all: the old one ends now")];

/// The connections, and a way to add one.
pub(super) fn connections(live: Live<Vec<ConnectionView>>) -> AnyView {
    let made = RwSignal::new(None::<Shown>);
    view! {
        <Stale news=live.news />
        {loaded(live, || view! { <Skeleton rows=4 /> }.into_any(), move |all| list(all, made))}
        {connect(made)}
    }
    .into_any()
}

fn list(connections: Data<Vec<ConnectionView>>, made: RwSignal<Option<Shown>>) -> AnyView {
    let cards = move || {
        connections.with(|all| {
            let one = |connection: &ConnectionView| {
                let name = connection.name.clone();
                row(&connection.name, move || card(connections, name, made))
            };
            all.iter().map(one).collect()
        })
    };
    either(
        move || connections.with(Vec::is_empty),
        || {
            view! {
            <Empty
                title="No git host is connected"
                text="Keelson learns of commits, pull requests and checks from your git host's webhooks. Connect it below, or by the command line:"
                command="keelson connection add github"
            />
        }
        .into_any()
        },
        move || each(cards),
    )
}

/// Whether a connection is alive.
fn told(connection: &ConnectionView) -> Told {
    match connection.last_delivery_at {
        Some(_) => Told { tone: Tone::Ok, icon: Icon::Dot, word: "Live" },
        None => Told { tone: Tone::Unknown, icon: Icon::Question, word: "Nothing received yet" },
    }
}

fn card(
    connections: Data<Vec<ConnectionView>>,
    name: ConnectionName,
    made: RwSignal<Option<Shown>>,
) -> AnyView {
    let id = format!("connection-{name}");
    let title = name.to_string();
    let delivered = deliveries(name.clone());
    let wanted = name.clone();
    let view =
        Data::newest(move || connections.with(|all| all.iter().find(|one| one.name == wanted).cloned()));
    let rotating = RwSignal::new(false);
    let asked = Asked::nothing();
    let is_watched = memo(move || view.with(|view| view.api.is_some()));
    let watched = name.clone();
    let rotate = name.clone();
    view! {
        <section class="card" aria-labelledby=id.clone()>
            <header class="card-head">
                <h2 id=id.clone()>{title}</h2>
                {dynamic(move || view.with(|view| view! { <Badge told=told(view) /> }.into_any()))}
                <div class="card-tools card-end">
                    <Button label=format!("Rotate the secret of {name}") on_press=move || rotating.set(true)>
                        "Rotate the secret"
                    </Button>
                </div>
            </header>
            {dynamic(move || view.with(facts))}
            {dynamic(move || view.with(|view| access(view, asked)))}
            {when(move || is_watched.get(), move || repositories(&watched))}
            {delivered}
            {when(move || rotating.get(), move || rotation(rotate.clone(), rotating, made))}
            {dialogs(name, asked)}
        </section>
    }
    .into_any()
}

/// Asks for how long the old secret stays valid.
fn rotation(name: ConnectionName, open: RwSignal<bool>, made: RwSignal<Option<Shown>>) -> AnyView {
    let submission = Submission::new();
    let overlap = RwSignal::new(OVERLAPS[0].0.to_owned());
    let options = OVERLAPS.map(|(hours, words)| (hours.to_owned(), words.to_owned())).to_vec();
    let title = format!("Rotate the secret of {name}");
    let rotate = move || {
        let request = RotateConnection { secret: None, overlap_hours: overlap.get_untracked().parse().ok() };
        let call = Call::of(routes::ROTATE_CONNECTION, &[name.as_str()], &request);
        submission.run(call, move |secret: ConnectionSecret| {
            close_open();
            made.set(Some(Shown::rotated(secret)));
        });
    };
    view! {
        <Dialog title on_close=move || open.set(false)>
            <p>
                "Keelson makes a second secret, shown once below. Enter it on the git host while the old one is still accepted, and no webhook is refused."
            </p>
            <Form on_submit=rotate>
                <Select label="The old secret stays valid for" value=overlap options=Signal::stored(options) on_choice=move |hours: String| overlap.set(hours) />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Primary busy=submission.busy>"Rotate"</Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
    .into_any()
}

fn facts(view: &ConnectionView) -> AnyView {
    let counts = format!(
        "{} recorded · {} ignored · {} repeated · {} refused",
        format::count(view.accepted),
        format::count(view.ignored),
        format::count(view.duplicates),
        format::count(view.rejected)
    );
    let last = view
        .last_delivery_at
        .map(|at| view! { <Property name="Last delivery"><Time at /></Property> }.into_any());
    let rotation = view.rotation_ends_at.map(|until| {
        view! { <Property name="Old secret">"still accepted; stops " <Time at=until /></Property> }.into_any()
    });
    let url = view.hook_url.clone();
    view! {
        <Properties>
            <Property name="Webhook URL"><CopyLine text=url what="the URL" /></Property>
            {last}
            <Property name="Deliveries">{counts}</Property>
            {rotation}
        </Properties>
    }
    .into_any()
}

fn deliveries(name: ConnectionName) -> AnyView {
    let summary = view! { <summary>"Last deliveries"</summary> }.into_any();
    let content = move || {
        let address = Address::of(routes::GET_CONNECTION, &[name.as_str()]);
        let live = Live::follow(move || address.clone(), |_: &ConnectionDetail| Pace::Moving);
        loaded(
            live,
            || view! { <Skeleton rows=4 /> }.into_any(),
            |detail| dynamic(move || detail.with(delivery_table)),
        )
    };
    disclosure("more", summary, content)
}

fn delivery_table(detail: &ConnectionDetail) -> AnyView {
    const HEADS: &[Head] = &[
        Head::text("Event"),
        Head::text("Outcome"),
        Head::text("When"),
        Head::number("Size"),
        Head::text("More"),
        Head::text("The host's id"),
    ];
    if detail.deliveries.is_empty() {
        return view! { <p class="muted">"Nothing has arrived yet."</p> }.into_any();
    }
    let one = |delivery: &DeliveryView| {
        let tone = words::delivery(&delivery.outcome).class();
        view! {
            <tr>
                <th scope="row"><code>{delivery.event.clone()}</code></th>
                <td class=format!("toned {tone}")>{delivery.outcome.clone()}</td>
                <td><Time at=delivery.at /></td>
                <td class="number">{format::bytes(delivery.size)}</td>
                <td class="table-text">{delivery.detail.clone()}</td>
                <td class="muted"><code>{delivery.id.clone()}</code></td>
            </tr>
        }
        .into_any()
    };
    table("Last deliveries", HEADS, detail.deliveries.iter().map(one).collect())
}
