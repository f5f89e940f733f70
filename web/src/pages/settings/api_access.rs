//! How a git host is asked for what webhooks did not tell, and told of promotions: what came of it, and the token.

use api::connection::SetApiAccess;
use api::routes;
use domain::ConnectionName;
use jiff::Timestamp;
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::format;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::reactive::{derived, dynamic, when};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::badge::Mark;
use crate::ui::button::{Button, Kind};
use crate::ui::confirm::Confirm;
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::digest::CommitText;
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form};
use crate::ui::icon::Icon;
use crate::ui::note::{note, notice, notice_of};
use crate::ui::properties::{Properties, Property};
use crate::ui::skeleton::Skeleton;
use crate::ui::table::{Head, table, tr};
use crate::ui::time::Time;
use crate::wire::{
    ApiAccessView, ApiTroubleView, ConnectionDetail, ConnectionView, WatchedBranchView, WatchedRepositoryView,
};
use crate::words::{Told, Tone, sentence};

/// What is asked about the access.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// For a token.
    set: RwSignal<bool>,
    /// Whether to take it away.
    remove: RwSignal<bool>,
}

impl Asked {
    /// Nothing yet.
    pub(super) fn nothing() -> Self {
        Self { set: RwSignal::new(false), remove: RwSignal::new(false) }
    }
}

/// What is known of the access, in the card of a connection.
pub(super) fn access(view: &ConnectionView, asked: Asked) -> AnyView {
    let name = &view.name;
    let button = |text: &'static str, label: String, what: RwSignal<bool>| {
        view! { <Button label on_press=move || what.set(true)>{text}</Button> }.into_any()
    };
    let (told, buttons) = match &view.api {
        None => (
            note(
                "Without an API token nothing is repaired: a webhook that gets lost is never noticed, and the host is not \
                 told of promotions.",
            ),
            vec![button("Set an API token", format!("Set an API token for {name}"), asked.set)],
        ),
        Some(api) => (
            repairs(api),
            vec![
                button("Replace the API token", format!("Replace the API token of {name}"), asked.set),
                button("Remove the API token", format!("Remove the API token of {name}"), asked.remove),
            ],
        ),
    };
    view! { <div class="access"><h3>"Repairs"</h3>{told}<div class="card-tools">{buttons}</div></div> }
        .into_any()
}

fn repairs(api: &ApiAccessView) -> AnyView {
    let open = api.missed.saturating_sub(api.repaired);
    let missed = match (api.missed, open) {
        (0, _) => "Nothing was ever missed".to_owned(),
        (missed, 0) => format!("{} missed, all repaired by themselves", format::count(missed)),
        (missed, open) => format!(
            "{} missed, {} repaired by themselves, {} still open",
            format::count(missed),
            format::count(api.repaired),
            format::count(open)
        ),
    };
    let how = if api.delivers_again {
        ". Failed webhooks are delivered again, and branches are compared."
    } else {
        ". Branches are compared; this host does not deliver webhooks again."
    };
    let told = if api.takes_deployments { "Deployments and commit statuses" } else { "Commit statuses" };
    let missed =
        moments(missed, [(" · last missed ", api.missed_at), (" · last repaired ", api.repaired_at)]);
    let first = if api.checked_at.is_some() { " · again " } else { "Not yet; first " };
    let looked = moments(String::new(), [("", api.checked_at), (first, api.next_check_at)]);
    let url = moments(format!("{} · token set ", api.url), [("", Some(api.token_added_at)), ("", None)]);
    view! {
        {trouble("The last look failed", api.trouble.as_ref())}
        {trouble("The host could not be told", api.untold.as_ref())}
        <Properties>
            <Property name="Missed">{missed}</Property>
            <Property name="Looked at">{looked}{how}</Property>
            <Property name="The host is told">{format!("{told} of every promotion")}</Property>
            <Property name="API">{url}</Property>
        </Properties>
    }
    .into_any()
}

/// A sentence with moments at its end, each after its words; one that is not known is left out.
fn moments(text: String, moments: [(&'static str, Option<Timestamp>); 2]) -> AnyView {
    let mut parts = vec![text.into_any()];
    for (words, at) in moments {
        if let Some(at) = at {
            parts.extend([words.into_any(), view! { <Time at /> }.into_any()]);
        }
    }
    parts.into_any()
}

fn trouble(what: &str, trouble: Option<&ApiTroubleView>) -> AnyView {
    let Some(trouble) = trouble else { return ().into_any() };
    let times = format::counted(trouble.times as usize, "time", "times in a row");
    let told = format!("{what}: {} {times}, since ", sentence(&trouble.reason));
    let told = moments(told, [("", Some(trouble.since)), ("; tried again ", Some(trouble.again_at))]);
    notice_of(Tone::Warn, Icon::Warning, told)
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
    let name = &repository.repository;
    let mut notes = Vec::new();
    if let Some(what) = &repository.note {
        notes.push(notice(Tone::Plain, Icon::Question, format!("{name}: {}", sentence(what))));
    }
    notes.push(trouble(&format!("{name} could not be looked at"), repository.trouble.as_ref()));
    if repository.awaited > 0 {
        let deliveries = format::counted(repository.awaited, "delivery is", "deliveries are");
        notes.push(note(format!("{name}: {deliveries} asked for again and awaited.")));
    }
    notes.into_any()
}

fn row(repository: &WatchedRepositoryView, branch: Option<&WatchedBranchView>) -> AnyView {
    let name = repository.repository.clone().into_any();
    let Some(branch) = branch else {
        let nothing = || ("", ().into_any());
        return tr(name, vec![("muted", "not looked at yet".into_any()), nothing(), nothing(), nothing()]);
    };
    let told = if branch.agrees {
        Told { tone: Tone::Ok, icon: Icon::Check, word: "Agrees" }
    } else {
        Told { tone: Tone::Warn, icon: Icon::Warning, word: "Differs: it is being made up for" }
    };
    let time = |at: Timestamp| view! { <Time at /> }.into_any();
    let head = view! { <CommitText commit=branch.head.clone() /> }.into_any();
    let mark = view! { <Mark told /> }.into_any();
    let repaired =
        branch.repaired_at.map_or_else(|| ("muted", "never needed".into_any()), |at| ("", time(at)));
    tr(
        name,
        vec![
            ("", branch.branch.clone().into_any()),
            ("", vec![head, " ".into_any(), time(branch.seen_at)].into_any()),
            ("", vec![mark, " ".into_any(), told.word.into_any()].into_any()),
            repaired,
        ],
    )
}

/// What is being asked, if something is.
pub(super) fn dialogs(name: ConnectionName, asked: Asked) -> AnyView {
    let other = name.clone();
    let set = when(move || asked.set.get(), move || set(name.clone(), asked.set));
    let remove = when(move || asked.remove.get(), move || remove(other.clone(), asked.remove));
    view! { {set}{remove} }.into_any()
}

fn set(name: ConnectionName, open: RwSignal<bool>) -> AnyView {
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
        <Dialog title on_close=move || open.set(false)>
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

fn remove(name: ConnectionName, open: RwSignal<bool>) -> AnyView {
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
            on_close=move || open.set(false)
        />
    }
    .into_any()
}
