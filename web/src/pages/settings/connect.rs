//! Connecting a git host: the form, then the steps to take there, then the wait for its first word.

use api::connection::{ConnectionDetail, ConnectionSecret, PutConnection};
use api::routes;
use domain::ConnectionName;
use leptos::prelude::*;

use crate::client::{self, Address};
use crate::live::Live;
use crate::polling::Pace;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::copy::CopyLine;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::time::Time;

/// What GitHub calls the events that Keelson reads.
const EVENTS: &str = "Pushes, Pull requests, Merge groups, Check runs, Check suites, Workflow runs, Workflow jobs, \
                      Statuses, Deployments, Deployment statuses, Releases";

/// A secret that is shown once, and what it is for.
#[derive(Clone)]
pub(super) struct Shown {
    secret: ConnectionSecret,
    is_rotation: bool,
}

impl Shown {
    /// The secret of a connection that was just made.
    fn made(secret: ConnectionSecret) -> Self {
        Self { secret, is_rotation: false }
    }

    /// The second secret of a connection.
    pub(super) fn rotated(secret: ConnectionSecret) -> Self {
        Self { secret, is_rotation: true }
    }
}

/// The form, or what follows it.
#[component]
pub(super) fn Connect(made: RwSignal<Option<Shown>>) -> impl IntoView {
    move || match made.get() {
        Some(shown) if shown.is_rotation => view! { <Rotated shown made /> }.into_any(),
        Some(shown) => view! { <Steps shown made /> }.into_any(),
        None => view! { <Ask made /> }.into_any(),
    }
}

#[component]
fn Ask(made: RwSignal<Option<Shown>>) -> impl IntoView {
    let name = RwSignal::new("github".to_owned());
    let secret = RwSignal::new(String::new());
    let submission = Submission::new();
    let refused = Signal::derive(move || {
        name.with(|name| name.trim().parse::<ConnectionName>().err())
            .map(|error| crate::words::sentence(&error.to_string()))
    });
    let connect = move || {
        let name = name.get_untracked().trim().to_owned();
        let secret = secret.get_untracked();
        let secret = (!secret.is_empty()).then_some(secret);
        submission.run(
            async move {
                let request = PutConnection { secret, ..PutConnection::of_kind("github") };
                client::call(routes::PUT_CONNECTION, &[&name], &request).await
            },
            move |secret| made.set(Some(Shown::made(secret))),
        );
    };
    view! {
        <section class="card" aria-labelledby="connect">
            <header class="card-head"><h2 id="connect">"Connect GitHub"</h2></header>
            <Form on_submit=connect>
                <Field label="Name" value=name required=true hint="Part of the webhook's address, and of the repository in keelson.toml." />
                <Field
                    label="Secret"
                    value=secret
                    kind="password"
                    hint="Leave it empty, and Keelson makes a good one. A name that exists gets a new secret at once."
                />
                <InlineProblem problem=submission.problem />
                <Button kind=Kind::Primary icon=Icon::Plug refused busy=submission.busy>"Connect"</Button>
            </Form>
        </section>
    }
}

#[component]
fn Steps(shown: Shown, made: RwSignal<Option<Shown>>) -> impl IntoView {
    let ConnectionSecret { connection, secret } = shown.secret;
    let out_of_reach = is_on_this_machine(&connection.hook_url);
    view! {
        <section class="card" aria-labelledby="connect">
            <header class="card-head"><h2 id="connect">"Now tell GitHub"</h2></header>
            <ol class="setup">
                <li>"On GitHub, open the repository or the organization, then Settings, Webhooks, Add webhook."</li>
                <li><p>"Payload URL"</p><CopyLine text=connection.hook_url what="the URL" /></li>
                <li><p>"Content type"</p><CopyLine text="application/json" what="the content type" /></li>
                <li>
                    <p>"Secret. It is shown here once and cannot be read again."</p>
                    <CopyLine text=secret what="the secret" />
                </li>
                <li>
                    <p>"Which events: let me select individual events"</p>
                    <p class="muted">{EVENTS}</p>
                    <p class="muted">"“Send me everything” works too: what Keelson has no use for is counted and not kept."</p>
                </li>
                <li>"Add webhook. GitHub then sends a ping."</li>
            </ol>
            {out_of_reach.then(|| view! {
                <p class="notice tone-warn">
                    <Glyph icon=Icon::Warning />
                    <span>
                        "GitHub cannot reach this address: it is on this machine only. Put a tunnel or a reverse proxy \
                        before it, and start Keelson with --public-url."
                    </span>
                </p>
            })}
            <Ping name=connection.name />
            <div class="older"><Button on_press=move || made.set(None)>"Done"</Button></div>
        </section>
    }
}

/// Waits for the first delivery.
#[component]
fn Ping(name: ConnectionName) -> impl IntoView {
    let address = Address::of(routes::GET_CONNECTION, &[name.as_str()]);
    let live = Live::follow(move || address.clone(), |_: &ConnectionDetail| Pace::Moving);
    let heard = Memo::new(move |_| live.data.with(|detail| detail.as_ref().map_or(Heard::Nothing, heard)));
    view! {
        <div class="ping" role="status">
            {move || match heard.get() {
                Heard::Nothing => view! {
                    <p class="muted"><Glyph icon=Icon::HalfCircle /><span>"Waiting for the ping"<span class="dots"></span></span></p>
                }
                .into_any(),
                Heard::Ping(at) => view! {
                    <p class="tone-ok toned"><Glyph icon=Icon::Check /><span>"GitHub was heard " <Time at />". The connection works."</span></p>
                }
                .into_any(),
                Heard::Refused => view! {
                    <p class="tone-bad"><Glyph icon=Icon::Warning /><span>
                        "A delivery was refused: its signature does not fit the secret, or its content type is not \
                        application/json. Correct the webhook on GitHub and press Redeliver there."
                    </span></p>
                }
                .into_any(),
            }}
        </div>
    }
}

/// What has been heard over a new connection.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Heard {
    Nothing,
    Ping(jiff::Timestamp),
    Refused,
}

fn heard(detail: &ConnectionDetail) -> Heard {
    match (detail.connection.last_delivery_at, detail.connection.rejected) {
        (Some(at), _) => Heard::Ping(at),
        (None, 0) => Heard::Nothing,
        (None, _) => Heard::Refused,
    }
}

#[component]
fn Rotated(shown: Shown, made: RwSignal<Option<Shown>>) -> impl IntoView {
    let ConnectionSecret { connection, secret } = shown.secret;
    view! {
        <section class="card" aria-labelledby="rotated">
            <header class="card-head"><h2 id="rotated">"The new secret of " {connection.name.to_string()}</h2></header>
            <p>"Enter it in the webhook's settings on the git host. It is shown here once and cannot be read again."</p>
            <CopyLine text=secret what="the secret" />
            {connection.rotation_ends_at.map(|until| view! {
                <p class="muted">"The old secret stops being accepted " <Time at=until />"."</p>
            })}
            <div class="older"><Button on_press=move || made.set(None)>"Done"</Button></div>
        </section>
    }
}

/// Whether only programs on the same machine reach the address.
fn is_on_this_machine(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let name = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or(host) };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.starts_with("127.")
        || host.starts_with("[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_on_this_machine_is_known() {
        for near in ["http://127.0.0.1:7700/hooks/a", "http://localhost/hooks/a", "http://[::1]:7700/hooks/a"]
        {
            assert!(is_on_this_machine(near), "{near}");
        }
        for far in ["https://keelson.acme.example/hooks/a", "http://10.0.0.7:7700/hooks/127.0.0.1"] {
            assert!(!is_on_this_machine(far), "{far}");
        }
    }
}
