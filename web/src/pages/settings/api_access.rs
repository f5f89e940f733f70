//! How a git host is asked for what webhooks did not tell, and told of promotions: what came of it, and the token.

use api::connection::SetApiAccess;
use api::routes;
use domain::ConnectionName;
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::format;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{derived, dynamic};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::badge::Mark;
use crate::ui::button::{Button, Kind};
use crate::ui::confirm::Confirm;
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::digest::CommitText;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::properties::{Properties, Property};
use crate::ui::skeleton::Skeleton;
use crate::ui::table::{Head, table};
use crate::ui::time::Time;
use crate::wire::{
    ApiAccessView, ApiTroubleView, ConnectionDetail, ConnectionView, WatchedBranchView, WatchedRepositoryView,
};
use crate::words::{Told, Tone, sentence};

/// What is asked about the access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A token.
    Set,
    /// Whether to take it away.
    Remove,
}

/// What is known of the access, in the card of a connection.
pub(super) fn access(view: &ConnectionView, asked: RwSignal<Option<Asked>>) -> AnyView {
    let name = view.name.to_string();
    match &view.api {
        None => view! {
            <div class="access">
                <h3>"Repairs"</h3>
                <p class="muted note">
                    "Without an API token nothing is repaired: a webhook that gets lost is never noticed, and the host is not told of promotions."
                </p>
                <div class="card-tools">
                    <Button icon=Icon::Key label=format!("Set an API token for {name}") on_press=move || asked.set(Some(Asked::Set))>
                        "Set an API token"
                    </Button>
                </div>
            </div>
        }
        .into_any(),
        Some(api) => view! {
            <div class="access">
                <h3>"Repairs"</h3>
                {repairs(api)}
                <div class="card-tools">
                    <Button label=format!("Replace the API token of {name}") on_press=move || asked.set(Some(Asked::Set))>
                        "Replace the API token"
                    </Button>
                    <Button label=format!("Remove the API token of {name}") on_press=move || asked.set(Some(Asked::Remove))>
                        "Remove it"
                    </Button>
                </div>
            </div>
        }
        .into_any(),
    }
}

fn repairs(api: &ApiAccessView) -> AnyView {
    let open = api.missed.saturating_sub(api.repaired);
    let told = match (api.missed, open) {
        (0, _) => "Nothing was ever missed".to_owned(),
        (missed, 0) => format!("{} missed, all repaired by themselves", format::count(missed)),
        (missed, open) => format!(
            "{} missed, {} repaired by themselves, {} still open",
            format::count(missed),
            format::count(api.repaired),
            format::count(open)
        ),
    };
    let moment = |before: &'static str, at: Option<jiff::Timestamp>| {
        at.map(|at| view! { {before}<Time at /> }.into_any())
    };
    let looked = match api.checked_at {
        Some(at) => view! { <Time at />{moment(" · again ", api.next_check_at)} }.into_any(),
        None => view! { "Not yet"{moment(" · first ", api.next_check_at)} }.into_any(),
    };
    let how = if api.delivers_again {
        "Failed webhooks are delivered again, and branches are compared."
    } else {
        "Branches are compared; this host does not deliver webhooks again."
    };
    let told_of = if api.takes_deployments { "Deployments and commit statuses" } else { "Commit statuses" };
    let last = moment(" · last missed ", api.missed_at);
    let repaired = moment(" · last repaired ", api.repaired_at);
    let (url, token_added_at) = (api.url.clone(), api.token_added_at);
    view! {
        {trouble("The last look failed", api.trouble.as_ref())}
        {trouble("The host could not be told", api.untold.as_ref())}
        <Properties>
            <Property name="Missed">{told}{last}{repaired}</Property>
            <Property name="Looked at">{looked}<span class="muted">" · " {how}</span></Property>
            <Property name="The host is told">{told_of}" of every promotion"</Property>
            <Property name="API"><code>{url}</code>" · token set "<Time at=token_added_at /></Property>
        </Properties>
    }
    .into_any()
}

fn trouble(what: &str, trouble: Option<&ApiTroubleView>) -> AnyView {
    let Some(trouble) = trouble else { return ().into_any() };
    let what = what.to_owned();
    let times = format::counted(trouble.times as usize, "time", "times in a row");
    view! {
        <p class="notice tone-warn">
            <Glyph icon=Icon::Warning />
            <span>
                {what}": "{sentence(&trouble.reason)}" "{times}", since "<Time at=trouble.since />
                "; tried again "<Time at=trouble.again_at />"."
            </span>
        </p>
    }
    .into_any()
}

/// The repositories that are looked after, each with its branches.
pub(super) fn repositories(name: &ConnectionName) -> AnyView {
    let address = Address::of(routes::GET_CONNECTION, &[name.as_str()]);
    let live = Live::follow(move || address.clone(), |_: &ConnectionDetail| Pace::Still);
    loaded(
        live,
        || view! { <Skeleton rows=2 /> }.into_any(),
        |detail| dynamic(move || detail.with(|detail| watched(&detail.repositories))),
    )
}

fn watched(repositories: &[WatchedRepositoryView]) -> AnyView {
    const HEADS: &[Head] = &[
        Head::text("Repository"),
        Head::text("Branch"),
        Head::text("The host is at"),
        Head::text("Keelson"),
        Head::text("Last repaired"),
    ];
    if repositories.is_empty() {
        return view! {
            <p class="muted">"No service ships from a repository of this host yet, so none is looked after."</p>
        }
        .into_any();
    }
    let mut rows = Vec::new();
    for repository in repositories {
        if repository.branches.is_empty() {
            rows.push(row(repository, None));
        }
        rows.extend(repository.branches.iter().map(|branch| row(repository, Some(branch))));
    }
    let notes: Vec<AnyView> = repositories.iter().map(notes).collect();
    view! { <div class="notices">{notes}</div>{table("Repositories that are looked after", HEADS, rows)} }
        .into_any()
}

fn notes(repository: &WatchedRepositoryView) -> AnyView {
    let name = repository.repository.clone();
    let failed = format!("{name} could not be looked at");
    let note = repository.note.as_deref().map(|note| {
        view! { <p class="notice tone-plain"><Glyph icon=Icon::Question /><span>{name.clone()}": "{sentence(note)}</span></p> }
            .into_any()
    });
    let awaited = (repository.awaited > 0).then(|| {
        let deliveries = format::counted(repository.awaited, "delivery is", "deliveries are");
        view! { <p class="muted note">{repository.repository.clone()}": "{deliveries}" asked for again and awaited."</p> }.into_any()
    });
    view! { {note}{trouble(&failed, repository.trouble.as_ref())}{awaited} }.into_any()
}

fn row(repository: &WatchedRepositoryView, branch: Option<&WatchedBranchView>) -> AnyView {
    let Some(branch) = branch else {
        return view! {
            <tr><th scope="row">{repository.repository.clone()}</th><td class="muted" colspan="4">"not looked at yet"</td></tr>
        }
        .into_any();
    };
    let told = if branch.agrees {
        Told { tone: Tone::Ok, icon: Icon::Check, word: "Agrees" }
    } else {
        Told { tone: Tone::Warn, icon: Icon::Warning, word: "Differs: it is being made up for" }
    };
    let repaired = match branch.repaired_at {
        Some(at) => view! { <Time at /> }.into_any(),
        None => view! { <span class="muted">"never needed"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{repository.repository.clone()}</th>
            <td><code>{branch.branch.clone()}</code></td>
            <td><CommitText commit=branch.head.clone() />" "<span class="muted"><Time at=branch.seen_at /></span></td>
            <td><Mark told />" "{told.word}</td>
            <td>{repaired}</td>
        </tr>
    }
    .into_any()
}

/// What is being asked, if something is.
pub(super) fn dialogs(name: ConnectionName, asked: RwSignal<Option<Asked>>) -> AnyView {
    dynamic(move || match asked.get() {
        Some(Asked::Set) => set(name.clone(), asked),
        Some(Asked::Remove) => remove(name.clone(), asked),
        None => ().into_any(),
    })
}

fn set(name: ConnectionName, asked: RwSignal<Option<Asked>>) -> AnyView {
    let toasts = state().toasts;
    let submission = Submission::new();
    let (token, url) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let refused = derived(move || {
        token.with(|token| token.trim().is_empty()).then(|| "Enter the token that the host made.".to_owned())
    });
    let title = format!("API access of {name}");
    let save = move || {
        let url = url.get_untracked().trim().to_owned();
        let request = SetApiAccess {
            url: (!url.is_empty()).then_some(url),
            token: token.get_untracked().trim().to_owned(),
        };
        let done = format!("{name} is asked and told through its API from now on.");
        let call = Call::of(routes::SET_API_ACCESS, &[name.as_str()], &request);
        submission.run(call, move |_: ConnectionView| {
            close_open();
            toasts.done(done);
        });
    };
    view! {
        <Dialog title on_close=move || asked.set(None)>
            <p>
                "Keelson then looks every few minutes for webhooks that were lost, makes up for them, and tells the host of every promotion."
            </p>
            <Form on_submit=save>
                <Field
                    label="Token"
                    value=token
                    kind="password"
                    required=true
                    hint="It may read commits and webhooks, and write statuses and deployments. It is sealed, and never shown again."
                />
                <Field label="Address of the API" value=url hint="Only for a host of your own; otherwise the usual place is right." placeholder="https://git.example.com/api/v1" />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Primary refused busy=submission.busy>"Set the token"</Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
    .into_any()
}

fn remove(name: ConnectionName, asked: RwSignal<Option<Asked>>) -> AnyView {
    let toasts = state().toasts;
    let submission = Submission::new();
    let title = format!("Remove the API token of {name}");
    let take_away = move || {
        let done = format!("{name} is asked and told nothing any more.");
        let call = Call::of(routes::REMOVE_API_ACCESS, &[name.as_str()], &());
        submission.run(call, move |_: ConnectionView| {
            close_open();
            toasts.done(done);
        });
    };
    view! {
        <Confirm
            title
            consequence="Webhooks that get lost are not made up for any more, and the host is not told of promotions. Webhooks themselves go on."
            verb="Remove the token"
            submission
            on_confirm=take_away
            on_close=move || asked.set(None)
        />
    }
    .into_any()
}
