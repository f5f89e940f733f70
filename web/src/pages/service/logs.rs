//! What the service wrote.

use api::overview::ServiceRow;
use api::routes;
use api::service::{LogLineView, Logs as LogLines};
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::polling::Pace;
use crate::query::Parameter;
use crate::ui::empty::Empty;
use crate::ui::field::Select;
use crate::ui::skeleton::Skeleton;

/// How many lines are shown.
const LINES: u32 = 300;

/// The newest lines of an environment, with a filter.
#[component]
pub(super) fn Logs(service: ServiceName, row: Memo<ServiceRow>) -> impl IntoView {
    let environment = Parameter::named("env");
    let contains = Parameter::named("contains");
    let names = Memo::new(move |_| {
        row.with(|row| row.environments.iter().map(|lane| lane.environment.to_string()).collect::<Vec<_>>())
    });
    let chosen = Memo::new(move |_| {
        let asked = environment.value.get();
        names.with(|names| names.iter().find(|name| Some(*name) == asked.as_ref()).or(names.last()).cloned())
    });
    let live = Live::follow(
        move || {
            Address::of(routes::GET_LOGS, &[service.as_str()])
                .with("environment", chosen.get().unwrap_or_default())
                .with("limit", LINES)
                .with_some("contains", contains.value.get())
        },
        |_: &LogLines| Pace::Moving,
    );
    let options =
        Signal::derive(move || names.get().into_iter().map(|name| (name.clone(), name)).collect::<Vec<_>>());
    view! {
        <section class="card" aria-labelledby="logs">
            <header class="card-head">
                <h2 id="logs">"Logs"</h2>
                <div class="card-tools">
                    <input
                        type="search"
                        aria-label="Only lines that contain"
                        placeholder="Only lines that contain"
                        prop:value=move || contains.value.get().unwrap_or_default()
                        on:change:target=move |event| contains.set(Some(event.target().value()))
                    />
                    <Select
                        label="Environment"
                        label_hidden=true
                        value=Signal::derive(move || chosen.get().unwrap_or_default())
                        options
                        on_choice=move |name: String| environment.set(Some(name))
                    />
                </div>
            </header>
            {loaded(
                live,
                || view! { <Skeleton rows=10 /> }.into_any(),
                |logs| view! { <Lines logs /> }.into_any(),
            )}
        </section>
    }
}

#[component]
fn Lines(logs: Signal<LogLines>) -> impl IntoView {
    view! {
        <Show
            when=move || logs.with(|logs| !logs.lines.is_empty())
            fallback=|| view! { <Empty title="No lines" text="Nothing was written, or nothing that fits the filter." /> }
        >
            <div class="log log-tall" tabindex="0" role="region" aria-label="Lines, oldest first">
                <table class="log-table">
                    <thead class="sr-only">
                        <tr>
                            <th scope="col">"Time"</th>
                            <th scope="col">"Level"</th>
                            <th scope="col">"Artifact"</th>
                            <th scope="col">"Message"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || logs.get().lines key=|line| line.number let(line)><Line line /></For>
                    </tbody>
                </table>
            </div>
        </Show>
    }
}

#[component]
fn Line(line: LogLineView) -> impl IntoView {
    let level =
        line.level.as_deref().unwrap_or(if line.stream == "stderr" { "stderr" } else { "" }).to_lowercase();
    let class = match level.as_str() {
        "error" | "fatal" | "critical" => "log-row log-error",
        "warn" | "warning" => "log-row log-warn",
        _ => "log-row",
    };
    view! {
        <tr class=class>
            <td><time datetime=line.at.to_string() title=format::absolute(line.at)>{format::time_of_day(line.at)}</time></td>
            <td class="log-level">{level}</td>
            <td class="log-artifact">{line.artifact.short()}</td>
            <td class="log-message" title=line.text>{line.message}</td>
        </tr>
    }
}
