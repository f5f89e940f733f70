//! Connecting a git host: the form, then the steps to take there, then the wait for its first word.

use api::connection::PutConnection;
use api::routes;
use domain::ConnectionName;
use domain::connection::{HostKind, Signing};
use domain::host_setup::{HostSetup, host_setup};
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::live::Live;
use crate::polling::Pace;
use crate::reactive::{derived, dynamic};
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::copy::CopyLine;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form, Select};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::time::Time;
use crate::wire::{ConnectionDetail, ConnectionSecret};

/// What can be connected, each with its value and its words.
const HOSTS: [(&str, &str, HostKind, Signing); 5] = [
    ("github", "GitHub", HostKind::GitHub, Signing::BodyHmac),
    ("gitlab", "GitLab", HostKind::GitLab, Signing::StandardWebhooks),
    ("gitlab-before-19", "GitLab before 19.0", HostKind::GitLab, Signing::PlainToken),
    ("gitea", "Gitea or Forgejo", HostKind::Gitea, Signing::BodyHmac),
    ("bitbucket", "Bitbucket", HostKind::Bitbucket, Signing::BodyHmac),
];

/// A secret that is shown once, and what it is for.
#[derive(Clone)]
pub(super) struct Shown {
    secret: ConnectionSecret,
    /// Which host it is for and how it signs; none when it takes the place of another.
    host: Option<(HostKind, Signing)>,
}

impl Shown {
    /// The secret of a connection that was just made.
    fn made(secret: ConnectionSecret, kind: HostKind, signing: Signing) -> Self {
        Self { secret, host: Some((kind, signing)) }
    }

    /// The second secret of a connection.
    pub(super) fn rotated(secret: ConnectionSecret) -> Self {
        Self { secret, host: None }
    }
}

/// The form, or what follows it.
pub(super) fn connect(made: RwSignal<Option<Shown>>) -> AnyView {
    dynamic(move || match made.get() {
        Some(Shown { secret, host: None }) => rotated(secret, made).into_any(),
        Some(Shown { secret, host: Some((kind, signing)) }) => {
            steps(secret, host_setup(kind, signing), kind.title(), made).into_any()
        }
        None => ask(made).into_any(),
    })
}

fn ask(made: RwSignal<Option<Shown>>) -> impl IntoView {
    let host = RwSignal::new(HOSTS[0].0.to_owned());
    let name = RwSignal::new(HOSTS[0].0.to_owned());
    let secret = RwSignal::new(String::new());
    let chosen = move || {
        host.with_untracked(|value| HOSTS.into_iter().find(|host| host.0 == value)).unwrap_or(HOSTS[0])
    };
    let choose = move |value: String| {
        host.set(value);
        name.set(chosen().2.word().to_owned());
    };
    let hosts = HOSTS.map(|(value, title, ..)| (value.to_owned(), title.to_owned())).to_vec();
    let submission = Submission::new();
    let refused = derived(move || {
        name.with(|name| name.trim().parse::<ConnectionName>().err())
            .map(|error| crate::words::sentence(&error.to_string()))
    });
    let connect = move || {
        let name = name.get_untracked().trim().to_owned();
        let secret = secret.get_untracked();
        let secret = (!secret.is_empty()).then_some(secret);
        let (_, _, kind, signing) = chosen();
        let signed = Some(signing.word().to_owned());
        let request = PutConnection { signing: signed, secret, ..PutConnection::of_kind(kind.word()) };
        let call = Call::of(routes::PUT_CONNECTION, &[&name], &request);
        submission.run(call, move |secret| made.set(Some(Shown::made(secret, kind, signing))));
    };
    view! {
        <section class="card" aria-labelledby="connect">
            <header class="card-head"><h2 id="connect">"Connect a git host"</h2></header>
            <Form on_submit=connect>
                <Select label="Host" value=host on_choice=choose options=Signal::stored(hosts) />
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

fn steps(
    ConnectionSecret { connection, secret }: ConnectionSecret,
    setup: HostSetup,
    host: &'static str,
    made: RwSignal<Option<Shown>>,
) -> impl IntoView {
    let out_of_reach = is_on_this_machine(&connection.hook_url);
    view! {
        <section class="card" aria-labelledby="connect">
            <header class="card-head"><h2 id="connect">"Now tell " {host}</h2></header>
            <ol class="setup">
                <li>"There, open " {setup.page} "."</li>
                <li><p>{setup.url_field}</p><CopyLine text=connection.hook_url what="the URL" /></li>
                {setup.content_type.map(|content_type| view! {
                    <li><p>"Content type"</p><CopyLine text=content_type what="the content type" /></li>
                }.into_any())}
                <li>
                    <p>{setup.secret_field} ". It is shown here once and cannot be read again."</p>
                    <CopyLine text=secret what="the secret" />
                </li>
                <li>
                    <p>"Events"</p>
                    <p class="muted">{setup.events}</p>
                    <p class="muted">"All of them work too: what Keelson has no use for is counted and not kept."</p>
                </li>
                <li>"Add the webhook. " {setup.first_word}</li>
            </ol>
            {out_of_reach.then(|| view! {
                <p class="notice tone-warn">
                    <Glyph icon=Icon::Warning />
                    <span>
                        {host} " cannot reach this address: it is on this machine only. Put a tunnel or a reverse proxy \
                        before it, and start Keelson with --public-url."
                    </span>
                </p>
            }.into_any())}
            {ping(&connection.name)}
            <div class="older"><Button on_press=move || made.set(None)>"Done"</Button></div>
        </section>
    }
}

/// Waits for the first delivery.
fn ping(name: &ConnectionName) -> AnyView {
    let address = Address::of(routes::GET_CONNECTION, &[name.as_str()]);
    let live = Live::follow(move || address.clone(), |_: &ConnectionDetail| Pace::Moving);
    let heard = move || live.with(|detail| detail.map_or(Heard::Nothing, heard));
    view! {
        <div class="ping" role="status">
            {dynamic(move || match heard() {
                Heard::Nothing => view! {
                    <p class="muted"><Glyph icon=Icon::HalfCircle /><span>"Waiting for the first delivery"<span class="dots"></span></span></p>
                }
                .into_any(),
                Heard::Ping(at) => view! {
                    <p class="tone-ok toned"><Glyph icon=Icon::Check /><span>"It was heard " <Time at />". The connection works."</span></p>
                }
                .into_any(),
                Heard::Refused => view! {
                    <p class="tone-bad"><Glyph icon=Icon::Warning /><span>
                        "A delivery was refused: its signature does not fit the secret. Correct the webhook on the git host \
                        and let it deliver again."
                    </span></p>
                }
                .into_any(),
            })}
        </div>
    }
    .into_any()
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

fn rotated(
    ConnectionSecret { connection, secret }: ConnectionSecret,
    made: RwSignal<Option<Shown>>,
) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="rotated">
            <header class="card-head"><h2 id="rotated">"The new secret of " {connection.name.to_string()}</h2></header>
            <p>"Enter it in the webhook's settings on the git host. It is shown here once and cannot be read again."</p>
            <CopyLine text=secret what="the secret" />
            {connection.rotation_ends_at.map(|until| view! {
                <p class="muted">"The old secret stops being accepted " <Time at=until />"."</p>
            }.into_any())}
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
