//! API tokens: made here, shown once, revoked here.

use api::access::{CreateToken, CreatedToken, TokenView};
use api::routes;
use domain::access::Permission;
use domain::{ServiceName, TokenId};
use leptos::prelude::*;

use crate::client::{self, Address};
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::confirm::Confirm;
use crate::ui::copy::CopyLine;
use crate::ui::dialog::close_open;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form, Select};
use crate::ui::icon::Icon;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::time::Time;
use crate::words;

/// For how many days a token may be valid, to choose from; the first is suggested.
const DAYS: [u32; 4] = [90, 7, 30, 366];

/// The tokens, and a way to make one.
#[component]
pub(super) fn Tokens() -> impl IntoView {
    let live = Live::follow(|| Address::of(routes::LIST_TOKENS, &[]), |_| Pace::Still);
    view! {
        <Stale live />
        <section class="card" aria-labelledby="tokens">
            <header class="card-head"><h2 id="tokens">"Tokens"</h2></header>
            {loaded(
                live,
                || view! { <Skeleton rows=4 /> }.into_any(),
                |tokens| view! { <Table tokens /> }.into_any(),
            )}
        </section>
        <Make />
    }
}

#[component]
fn Table(tokens: Signal<Vec<TokenView>>) -> impl IntoView {
    let revoking = RwSignal::new(None::<TokenView>);
    let rows = move || {
        tokens
            .get()
            .into_iter()
            .map(|token| {
                let asked = token.clone();
                view! {
                    <tr>
                        <th scope="row">{token.name.clone()}</th>
                        <td>{token.owner.to_string()}</td>
                        <td>{scope(&token)}</td>
                        <td>{match token.last_used_at {
                            Some(at) => view! { <Time at /> }.into_any(),
                            None => view! { <span class="muted">"never"</span> }.into_any(),
                        }}</td>
                        <td>{match token.expires_at {
                            Some(at) => view! { <Time at /> }.into_any(),
                            None => view! { <span class="muted">"never"</span> }.into_any(),
                        }}</td>
                        <td class="number">
                            <Button
                                label=Signal::stored(format!("Revoke {}", token.name))
                                on_press=move || revoking.set(Some(asked.clone()))
                            >
                                "Revoke"
                            </Button>
                        </td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <Show
            when=move || tokens.with(|tokens| !tokens.is_empty())
            fallback=|| view! { <Empty title="No token yet" text="A token lets CI or a script call the API with rights of yours, narrowed." /> }
        >
            <div class="table-scroll" tabindex="0" role="region" aria-label="Tokens, as a table">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Owner"</th>
                            <th scope="col">"May"</th>
                            <th scope="col">"Last used"</th>
                            <th scope="col">"Expires"</th>
                            <th scope="col"><span class="sr-only">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </Show>
        {move || revoking.get().map(|token| view! { <Revoke token revoking /> })}
    }
}

/// What a token may do, in one line.
fn scope(token: &TokenView) -> String {
    let may = if token.permissions.is_empty() {
        "Everything its owner may".to_owned()
    } else {
        token
            .permissions
            .iter()
            .map(|permission| words::permission(*permission))
            .collect::<Vec<_>>()
            .join(", ")
    };
    match &token.service {
        Some(service) => format!("{may}, for {service}"),
        None => may,
    }
}

#[component]
fn Revoke(token: TokenView, revoking: RwSignal<Option<TokenView>>) -> impl IntoView {
    let toasts = state().toasts;
    let submission = Submission::new();
    let TokenView { id, name, .. } = token;
    let title = format!("Revoke {name}");
    let consequence =
        format!("Whatever uses “{name}” is refused from now on. It cannot be made valid again.");
    let revoke = move || revoke(submission, id, name.clone(), toasts);
    view! {
        <Confirm title consequence verb="Revoke" submission on_confirm=revoke on_close=move || revoking.set(None) />
    }
}

fn revoke(submission: Submission, id: TokenId, name: String, toasts: crate::ui::toast::Toasts) {
    submission.run(
        async move { client::call(routes::REVOKE_TOKEN, &[&id.to_string()], &()).await },
        move |()| {
            close_open();
            toasts.done(format!("Revoked {name}."));
        },
    );
}

#[component]
fn Make() -> impl IntoView {
    let made = RwSignal::new(None::<CreatedToken>);
    view! {
        <section class="card" aria-labelledby="make-token">
            <header class="card-head"><h2 id="make-token">"Make a token"</h2></header>
            {move || match made.get() {
                Some(token) => view! { <Made token made /> }.into_any(),
                None => view! { <Ask made /> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Made(token: CreatedToken, made: RwSignal<Option<CreatedToken>>) -> impl IntoView {
    view! {
        <p>"This is “" {token.token.name} "”. It is shown here once and cannot be read again."</p>
        <p><CopyLine text=token.secret what="the token" /></p>
        <p class="muted">"The command line reads it from the variable KEELSON_TOKEN; keep it where your CI keeps its secrets."</p>
        <div class="older"><Button on_press=move || made.set(None)>"Done"</Button></div>
    }
}

#[component]
fn Ask(made: RwSignal<Option<CreatedToken>>) -> impl IntoView {
    let services = Live::follow(|| Address::of(routes::LIST_SERVICES, &[]), |_| Pace::Slow);
    let name = RwSignal::new(String::new());
    let service = RwSignal::new(String::new());
    let days = RwSignal::new(DAYS[0].to_string());
    let permissions = RwSignal::new(vec![Permission::PushArtifact]);
    let submission = Submission::new();
    let refused = Signal::derive(move || {
        name.with(|name| name.trim().is_empty()).then(|| "Give it a name first.".to_owned())
    });
    let make = move || {
        let request = CreateToken {
            name: name.get_untracked().trim().to_owned(),
            grants: Vec::new(),
            permissions: permissions.get_untracked(),
            service: service.get_untracked().parse::<ServiceName>().ok(),
            days: days.get_untracked().parse().ok(),
        };
        submission
            .run(async move { client::call(routes::CREATE_TOKEN, &[], &request).await }, move |token| {
                made.set(Some(token))
            });
    };
    let options = Signal::derive(move || {
        let rows = services.data.get().unwrap_or_default();
        let each = rows.into_iter().map(|row| (row.name.to_string(), row.name.to_string()));
        std::iter::once((String::new(), "Every service".to_owned())).chain(each).collect::<Vec<_>>()
    });
    let spans: Vec<(String, String)> =
        DAYS.iter().map(|days| (days.to_string(), format!("{days} days"))).collect();
    view! {
        <Form on_submit=make>
            <Field label="Name" value=name required=true placeholder="CI of storefront" hint="So that somebody knows what stops when it is revoked." />
            <Select label="For" value=service options on_choice=move |name: String| service.set(name) />
            <Permissions permissions />
            <Select label="Valid for" value=days options=Signal::stored(spans) on_choice=move |chosen: String| days.set(chosen) />
            <InlineProblem problem=submission.problem />
            <Button kind=Kind::Primary icon=Icon::Key refused busy=submission.busy>"Make the token"</Button>
        </Form>
    }
}

#[component]
fn Permissions(permissions: RwSignal<Vec<Permission>>) -> impl IntoView {
    let boxes = Permission::ALL
        .into_iter()
        .map(|permission| {
            let toggle = move |chosen: bool| {
                permissions.update(|permissions| {
                    permissions.retain(|one| *one != permission);
                    if chosen {
                        permissions.push(permission);
                    }
                });
            };
            view! {
                <label>
                    <input
                        type="checkbox"
                        prop:checked=move || permissions.with(|permissions| permissions.contains(&permission))
                        on:change:target=move |event| toggle(event.target().checked())
                    />
                    {words::permission(permission)}
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="checks">
            <legend>"It may"</legend>
            {boxes}
            <p class="hint">"Never more than you may yourself. With nothing chosen, everything you may."</p>
        </fieldset>
    }
}
