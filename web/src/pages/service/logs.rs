//! What the service wrote.

use api::routes;
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::pages::service::{chosen, environment_names};
use crate::polling::Pace;
use crate::query::Parameter;
use crate::reactive::{Data, derived, each, either, memo, row, text};
use crate::ui::empty::Empty;
use crate::ui::field::{Select, same};
use crate::ui::skeleton::Skeleton;
use crate::wire::{LogLineView, Logs as LogLines, ServiceRow};

/// How many lines are shown.
const LINES: u32 = 300;

/// The newest lines of an environment, with a filter.
pub(super) fn logs(service: ServiceName, row: Data<ServiceRow>) -> AnyView {
    let environment = Parameter::named("env");
    let contains = Parameter::named("contains");
    let names = environment_names(row);
    let chosen = memo(move || names.with(|names| chosen(names, environment.value.get().as_deref())));
    let live = Live::follow(
        move || {
            Address::of(routes::GET_LOGS, &[service.as_str()])
                .with("environment", chosen.get())
                .with("limit", LINES)
                .with_some("contains", contains.value.get())
        },
        |_: &LogLines| Pace::Moving,
    );
    view! {
        <section class="card" aria-labelledby="logs">
            <header class="card-head">
                <h2 id="logs">"Logs"</h2>
                <div class="card-tools">
                    <input
                        type="search"
                        aria-label="Only lines that contain"
                        placeholder="Only lines that contain"
                        prop:value=text(move || contains.value.get().unwrap_or_default())
                        on:change=move |event| contains.set(Some(event_target_value(&event)))
                    />
                    <Select
                        label="Environment"
                        label_hidden=true
                        value=chosen
                        options=derived(move || same(names.get()))
                        on_choice=move |name: String| environment.set(Some(name))
                    />
                </div>
            </header>
            {loaded(live, || view! { <Skeleton rows=10 /> }.into_any(), lines)}
        </section>
    }
    .into_any()
}

fn lines(logs: Data<LogLines>) -> AnyView {
    either(
        move || logs.with(|logs| logs.lines.is_empty()),
        || {
            view! { <Empty title="No lines" text="Nothing was written, or nothing that fits the filter." /> }
                .into_any()
        },
        move || {
            let rows = move || {
                logs.with(|logs| {
                    logs.lines.iter().cloned().map(|one| row(one.number, move || line(one))).collect()
                })
            };
            view! {
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
                        <tbody>{each(rows)}</tbody>
                    </table>
                </div>
            }
            .into_any()
        },
    )
}

fn line(line: LogLineView) -> AnyView {
    let level = line
        .level
        .as_deref()
        .unwrap_or(if line.stream == "stderr" { "stderr" } else { "" })
        .to_ascii_lowercase();
    let class = match level.as_str() {
        "error" | "fatal" | "critical" => "log-row log-error",
        "warn" | "warning" => "log-row log-warn",
        _ => "log-row",
    };
    view! {
        <tr class=class>
            <td><time datetime=format::machine(line.at) title=format::absolute(line.at)>{format::time_of_day(line.at)}</time></td>
            <td class="log-level">{level}</td>
            <td class="log-artifact">{line.artifact.short()}</td>
            <td class="log-message" title=line.text>{line.message}</td>
        </tr>
    }
    .into_any()
}
