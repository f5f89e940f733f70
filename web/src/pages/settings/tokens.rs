//! API tokens: made here, shown once, revoked here.

use api::access::CreateToken;
use api::routes;
use domain::ServiceName;
use domain::access::Permission;
use jiff::Timestamp;
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{Data, derived, dynamic};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, Kind};
use crate::ui::confirm::Confirm;
use crate::ui::copy::CopyLine;
use crate::ui::dialog::close_open;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form, Select, all_or};
use crate::ui::icon::Icon;
use crate::ui::note::paragraph;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::table::{Head, table};
use crate::ui::time::Time;
use crate::wire::{CreatedToken, Page, Problem, ServiceRow, TokenView};
use crate::words::{self, sentence};

/// For how many days a token may be valid, to choose from; the first is suggested.
const DAYS: [u32; 4] = [90, 7, 30, 366];

/// The tokens, and a way to make one.
pub(super) fn tokens() -> AnyView {
    let live = Live::follow(|| Address::of(routes::LIST_TOKENS, &[]), |_| Pace::Still);
    view! {
        <Stale news=live.news />
        <section class="card" aria-labelledby="tokens">
            <header class="card-head"><h2 id="tokens">"Tokens"</h2></header>
            {loaded(live, || view! { <Skeleton rows=4 /> }.into_any(), list)}
        </section>
        {make()}
    }
    .into_any()
}

fn list(tokens: Data<Vec<TokenView>>) -> AnyView {
    let revoking = RwSignal::new(None::<TokenView>);
    let content = move || {
        tokens.with(|tokens| {
            if tokens.is_empty() {
                return view! {
                    <Empty
                        title="No token yet"
                        text="A token lets CI or a script call the API with rights of yours, narrowed. Make one below, or by:"
                        command="keelson token create ci --permission push_artifact"
                    />
                }
                .into_any();
            }
            table("Tokens, as a table", HEADS, tokens.iter().map(|token| told(token, revoking)).collect())
        })
    };
    let asked = move || match revoking.get() {
        Some(token) => revoke_dialog(token, revoking),
        None => ().into_any(),
    };
    view! { {dynamic(content)}{dynamic(asked)} }.into_any()
}

const HEADS: &[Head] = &[
    Head::text("Name"),
    Head::text("Owner"),
    Head::text("May"),
    Head::text("Last used"),
    Head::text("Expires"),
    Head::actions(),
];

fn told(token: &TokenView, revoking: RwSignal<Option<TokenView>>) -> AnyView {
    let moment = |at: Option<Timestamp>| match at {
        Some(at) => view! { <Time at /> }.into_any(),
        None => view! { <span class="muted">"never"</span> }.into_any(),
    };
    let asked = token.clone();
    view! {
        <tr>
            <th scope="row">{token.name.clone()}</th>
            <td>{token.owner.to_string()}</td>
            <td>{scope(token)}</td>
            <td>{moment(token.last_used_at)}</td>
            <td>{moment(token.expires_at)}</td>
            <td class="number">
                <Button label=format!("Revoke {}", token.name) on_press=move || revoking.set(Some(asked.clone()))>
                    "Revoke"
                </Button>
            </td>
        </tr>
    }
    .into_any()
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

fn revoke_dialog(token: TokenView, revoking: RwSignal<Option<TokenView>>) -> AnyView {
    let toasts = state().toasts;
    let submission = Submission::new();
    let TokenView { id, name, .. } = token;
    let title = format!("Revoke {name}");
    let consequence =
        format!("Whatever uses “{name}” is refused from now on. It cannot be made valid again.");
    let revoke = move || {
        let name = name.clone();
        let call = Call::of(routes::REVOKE_TOKEN, &[&id.to_string()], &());
        submission.run(call, move |()| {
            close_open();
            toasts.done(format!("Revoked {name}."));
        });
    };
    view! {
        <Confirm title consequence verb="Revoke" submission on_confirm=revoke on_close=move || revoking.set(None) />
    }
    .into_any()
}

fn make() -> impl IntoView {
    let made = RwSignal::new(None::<CreatedToken>);
    view! {
        <section class="card" aria-labelledby="make-token">
            <header class="card-head"><h2 id="make-token">"Make a token"</h2></header>
            {dynamic(move || match made.get() {
                Some(token) => shown_once(token, made).into_any(),
                None => ask(made).into_any(),
            })}
        </section>
    }
}

fn shown_once(token: CreatedToken, made: RwSignal<Option<CreatedToken>>) -> impl IntoView {
    view! {
        <p>"This is “" {token.token.name} "”. It is shown here once and cannot be read again."</p>
        <p><CopyLine text=token.secret what="the token" /></p>
        <p class="muted">"The command line reads it from the variable KEELSON_TOKEN; keep it where your CI keeps its secrets."</p>
        <div class="older"><Button on_press=move || made.set(None)>"Done"</Button></div>
    }
}

fn ask(made: RwSignal<Option<CreatedToken>>) -> impl IntoView {
    let services =
        Live::follow(|| Address::of(routes::LIST_SERVICES, &[]).with("limit", 100), |_| Pace::Slow);
    let name = RwSignal::new(String::new());
    let service = RwSignal::new(String::new());
    let days = RwSignal::new(DAYS[0].to_string());
    let permissions = RwSignal::new(vec![Permission::PushArtifact]);
    let submission = Submission::new();
    let refused =
        derived(move || name.with(|name| name.trim().is_empty()).then(|| "Give it a name first.".to_owned()));
    let make = move || {
        let request = CreateToken {
            name: name.get_untracked().trim().to_owned(),
            grants: Vec::new(),
            permissions: permissions.get_untracked(),
            service: service.get_untracked().parse::<ServiceName>().ok(),
            days: days.get_untracked().parse().ok(),
        };
        let call = Call::of(routes::CREATE_TOKEN, &[], &request);
        submission.run(call, move |token| made.set(Some(token)));
    };
    let options = derived(move || {
        services.with(|page: Option<&Page<ServiceRow>>| {
            let names = page
                .map(|page| page.items.as_slice())
                .unwrap_or_default()
                .iter()
                .map(|row| row.name.to_string());
            all_or("Every service", names)
        })
    });
    let spans: Vec<(String, String)> =
        DAYS.iter().map(|days| (days.to_string(), format!("{days} days"))).collect();
    view! {
        <Form on_submit=make>
            <Field label="Name" value=name required=true placeholder="CI of storefront" hint="So that somebody knows what stops when it is revoked." />
            <Select label="For" value=service options on_choice=move |name: String| service.set(name) />
            {dynamic(move || not_listed(services.news.problem.get()))}
            {permission_boxes(permissions)}
            <Select label="Valid for" value=days options=Signal::stored(spans) on_choice=move |chosen: String| days.set(chosen) />
            <InlineProblem problem=submission.problem />
            <Button kind=Kind::Primary icon=Icon::Key refused busy=submission.busy>"Make the token"</Button>
        </Form>
    }
}

/// Why no service is there to choose, if they could not be read.
fn not_listed(problem: Option<Problem>) -> AnyView {
    match problem {
        Some(problem) => {
            paragraph("hint", format!("The services are not listed: {}", sentence(&problem.detail)))
        }
        None => ().into_any(),
    }
}

fn permission_boxes(permissions: RwSignal<Vec<Permission>>) -> AnyView {
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
                        prop:checked=permissions.with_untracked(|permissions| permissions.contains(&permission))
                        on:change=move |event| toggle(event_target_checked(&event))
                    />
                    {words::permission(permission)}
                </label>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    view! {
        <fieldset class="checks">
            <legend>"It may"</legend>
            {boxes}
            <p class="hint">"Never more than you may yourself. With nothing chosen, everything you may."</p>
        </fieldset>
    }
    .into_any()
}
