//! The design language: its tokens, and every component in each of its states, to look at and for the tests to open.
//!
//! `web/README.md` has the rules in words.

mod samples;
mod tokens;

use api::ProblemKind;
use domain::analysis::Verdict;
use domain::{Digest, Period};
use jiff::{SignedDuration, Timestamp};
use leptos::prelude::*;

use crate::clock;
use crate::format;
use crate::paths;
use crate::reactive::{Data, memo, when};
use crate::state::state;
use crate::ui::badge::{Badge, Mark};
use crate::ui::bars::{Bar, bars};
use crate::ui::button::{Button, IconButton, Kind};
use crate::ui::copy::CopyLine;
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::digest::DigestText;
use crate::ui::empty::Empty;
use crate::ui::error_card::{ErrorCard, InlineProblem};
use crate::ui::field::{Field, Select};
use crate::ui::icon::Icon;
use crate::ui::lane::Lane;
use crate::ui::line_chart::{Plot, Series, Unit, line_chart};
use crate::ui::log::Log;
use crate::ui::meter::Meter;
use crate::ui::page::PageHead;
use crate::ui::properties::{Properties, Property};
use crate::ui::ships::ships_list;
use crate::ui::skeleton::Skeleton;
use crate::ui::spark::{Sparks, Tick, TickKind, spark};
use crate::ui::steps::{RailItem, StepRail};
use crate::ui::table::{Head, table};
use crate::ui::tabs::{Tab, tabs};
use crate::ui::time::{Countdown, Time};
use crate::ui::timeline::Timeline;
use crate::ui::waterfall::waterfall;
use crate::wire::Problem;
use crate::words::{self, Told, Tone};

const TONES: [Told; 6] = [
    Told { tone: Tone::Ok, icon: Icon::Dot, word: "Healthy" },
    Told { tone: Tone::Warn, icon: Icon::Hold, word: "Held" },
    Told { tone: Tone::Bad, icon: Icon::Warning, word: "Unhealthy" },
    Told { tone: Tone::Unknown, icon: Icon::Question, word: "Unknown" },
    Told { tone: Tone::Moving, icon: Icon::HalfCircle, word: "Baking" },
    Told { tone: Tone::Plain, icon: Icon::Clock, word: "Waiting" },
];

/// The components.
#[component]
pub(crate) fn ComponentsPage() -> impl IntoView {
    view! {
        <PageHead title="Components" />
        {tokens::tokens()}
        <Words />
        <Buttons />
        <Forms />
        <Charts />
        <Lists />
        <Rail />
        <States />
    }
}

#[component]
fn Example(name: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="card" aria-label=name>
            <header class="card-head"><h2>{name}</h2></header>
            <div class="examples">{children()}</div>
        </section>
    }
}

#[component]
fn Words() -> impl IntoView {
    let now = clock::now();
    let ago = move |seconds: i64| now.checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
    let ahead = now.checked_add(SignedDuration::from_secs(200)).unwrap_or(now);
    view! {
        <Example name="Badge, Mark, Verdict">
            {TONES.into_iter().map(|told| view! { <Badge told /> }.into_any()).collect::<Vec<_>>()}
            {TONES.into_iter().map(|told| view! { <Mark told /> }.into_any()).collect::<Vec<_>>()}
            <Badge told=words::verdict(&Verdict::NotEnoughData { requests: 3, needed: 20 }) />
        </Example>
        <Example name="Digest, Time, Properties">
            <Properties>
                <Property name="Digest"><DigestText digest=Digest::from_bytes([0x9f; 32]) /></Property>
                <Property name="Time"><Time at=ago(7_300) /></Property>
                <Property name="Countdown"><Countdown until=ahead over="now" /></Property>
                <Property name="Numbers">
                    {format::count(1_234_567)} " · " {format::share(0.014)} " · " {format::latency(Period::millis(210))}
                </Property>
            </Properties>
        </Example>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let toasts = state().toasts;
    let is_open = RwSignal::new(false);
    view! {
        <Example name="Button, Dialog, Toast">
            <Button kind=Kind::Primary on_press=move || is_open.set(true)>"Open a dialog"</Button>
            <Button icon=Icon::Promote on_press=move || toasts.done("Done as asked.".to_owned())>"Show a message"</Button>
            <Button kind=Kind::Quiet on_press=move || toasts.problem("It did not work.".to_owned())>"Show a problem"</Button>
            <Button kind=Kind::Danger icon=Icon::RollBack on_press=|| ()>"Roll back"</Button>
            <Button refused=Signal::stored(Some("Nothing newer is here.".to_owned())) on_press=|| ()>"Refused"</Button>
            <Button busy=true on_press=|| ()>"Busy"</Button>
            <IconButton icon=Icon::Copy label="An icon" on_press=|| () />
            {when(move || is_open.get(), move || view! {
                <Dialog title="A dialog" on_close=move || is_open.set(false)>
                    <p>"It keeps the focus, closes by Escape and gives the focus back."</p>
                    <DialogActions><Button on_press=close_open>"Close it"</Button></DialogActions>
                </Dialog>
            }.into_any())}
        </Example>
    }
}

#[component]
fn Forms() -> impl IntoView {
    let options: Vec<(String, String)> =
        ["staging", "production"].map(|name| (name.to_owned(), name.to_owned())).to_vec();
    let problem = Problem::new(ProblemKind::InvalidRequest, "the name is taken");
    view! {
        <Example name="Field, Select, Copy">
            <Field label="Name" value=RwSignal::new(String::new()) hint="What it is for." placeholder="storefront" />
            <Select label="Environment" value="production" options=Signal::stored(options) on_choice=|_: String| () />
            <CopyLine text="keelson service apply" what="the command" />
            <InlineProblem problem=Signal::stored(Some(problem)) />
        </Example>
    }
}

#[component]
fn Charts() -> impl IntoView {
    // A wave as a table: a sine of its own would be downloaded for this page alone.
    const WAVE: [f64; 12] = [1.0, 1.3, 1.6, 1.8, 1.9, 1.7, 1.4, 1.0, 0.7, 0.5, 0.6, 0.8];
    let wave = |height: f64| -> Vec<Option<f64>> {
        (0..60_usize).map(|index| (index % 17 != 5).then(|| height * WAVE[index % WAVE.len()])).collect()
    };
    let times =
        (0..60).filter_map(|minute| Timestamp::from_second(1_795_000_000 + minute * 60).ok()).collect();
    let ticks =
        vec![Tick { share: 0.3, kind: TickKind::Rollback }, Tick { share: 0.8, kind: TickKind::Deploy }];
    let series =
        vec![Series { name: "p95", values: wave(180.0) }, Series { name: "p50", values: wave(40.0) }];
    let plot = Plot {
        title: "Latency",
        unit: Unit::Millis,
        times,
        series,
        ticks: ticks.clone(),
        limit: Some(350.0),
    };
    let day = |(day, value): (usize, Option<f64>)| {
        let tone = if value > Some(6.0) { Tone::Warn } else { Tone::Moving };
        Bar { name: format!("Day {}", day + 1), value, tone }
    };
    let days: Vec<Bar> =
        [2.0, 5.0, 0.0, 7.0, 3.0, 4.0].map(Some).into_iter().chain([None]).enumerate().map(day).collect();
    let sparks = Sparks { label: "Traffic".to_owned(), volume: wave(90.0), errors: wave(0.02), ticks };
    view! {
        <Example name="Spark, Meter, LineChart, Bars">
            {spark(move || sparks.clone())}
            <Meter label="Share of traffic" percent=25 tone=Tone::Moving />
            {line_chart(Data::fixed(plot), RwSignal::new(None))}
            {bars("Deploys a day", &days, |deploys| format::fixed(deploys, 0), Some(6.0))}
        </Example>
    }
}

#[component]
fn Lists() -> impl IntoView {
    const HEADS: &[Head] = &[Head::text("Name"), Head::number("Requests"), Head::actions()];
    const TABS: &[Tab] = &[Tab { key: "one", name: "One" }, Tab { key: "two", name: "Two" }];
    let row = |name: &'static str, requests: u64| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td class="number">{format::count(requests)}</td>
                <td class="number"><Button on_press=|| ()>"Open"</Button></td>
            </tr>
        }
        .into_any()
    };
    let links = vec![paths::COMPONENTS.to_owned(), paths::COMPONENTS.to_owned()];
    let lane = samples::lane().zip("storefront".parse().ok());
    let lane = lane.map(|(lane, service)| view! { <Lane service lane with_hold=true /> }.into_any());
    let people = samples::actors()
        .iter()
        .map(|actor| view! { <li>{actor.label()}</li> }.into_any())
        .collect::<Vec<_>>();
    view! {
        <Example name="Tabs, Table">
            {tabs("An example of tabs", TABS, links, memo(|| "one"))}
            {table("An example of a table", HEADS, vec![row("storefront", 12_345), row("payments", 7)])}
        </Example>
        <Example name="Lane">{lane}</Example>
        <Example name="Ships">{samples::ships().map(|ships| ships_list(&ships))}</Example>
        <Example name="Timeline"><Timeline events=samples::events() with_service=true /></Example>
        <Example name="Waterfall">{waterfall(&samples::checks(), clock::now())}</Example>
        <Example name="Person"><ul class="plain">{people}</ul></Example>
    }
}

#[component]
fn Rail() -> impl IntoView {
    view! {
        <Example name="Steps, Log">
            <StepRail label="A rail">
                <RailItem told=words::step("passed") title="5 % of traffic" />
                <RailItem told=words::step("baking") title="25 % of traffic" current=true aside="bakes 3 m".into_any() />
                <RailItem told=words::step("planned") title="100 % of traffic" />
            </StepRail>
            <Log label="Lines" lines=vec!["listening on 127.0.0.1:8080".to_owned(), "GET / 200".to_owned()] />
        </Example>
    }
}

#[component]
fn States() -> impl IntoView {
    let problem = Problem::new(ProblemKind::Unavailable, "the store does not answer; nothing was changed");
    view! {
        <Example name="Empty"><Empty title="Nothing yet" text="This is how it begins:" command="keelson up" /></Example>
        <Example name="Skeleton"><Skeleton rows=3 /></Example>
        <Example name="ErrorCard"><ErrorCard problem on_retry=|| () /></Example>
    }
}
