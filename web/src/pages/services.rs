//! All services, a line each, to find one among many.

use api::overview::ServiceRow;
use api::routes;
use domain::ServiceName;
use leptos::prelude::*;

use crate::client::Address;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling;
use crate::query::Parameter;
use crate::ui::badge::Mark;
use crate::ui::digest::CommitText;
use crate::ui::empty::Empty;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::words;

/// All services.
#[component]
pub(crate) fn ServicesPage() -> impl IntoView {
    let live = Live::follow(|| Address::of(routes::LIST_SERVICES, &[]), |rows| polling::of_rows(rows));
    view! {
        <PageHead title="Services" />
        <Stale live />
        {loaded(
            live,
            || view! { <Skeleton rows=8 /> }.into_any(),
            |rows| view! { <Services rows /> }.into_any(),
        )}
    }
}

#[component]
fn Services(rows: Signal<Vec<ServiceRow>>) -> impl IntoView {
    let typed = Parameter::named("q");
    let only = Parameter::named("env").value;
    let found = Memo::new(move |_| {
        let typed = typed.value.get().unwrap_or_default();
        rows.with(|rows| rows.iter().filter(|row| fits(row, &typed)).cloned().collect::<Vec<_>>())
    });
    let names =
        Memo::new(move |_| found.with(|rows| rows.iter().map(|row| row.name.clone()).collect::<Vec<_>>()));
    view! {
        <div class="toolbar">
            <input
                type="search"
                aria-label="Filter services"
                placeholder="Filter by name, team or repository"
                prop:value=move || typed.value.get().unwrap_or_default()
                on:input:target=move |event| typed.set(Some(event.target().value()))
            />
        </div>
        <Show
            when=move || names.with(|names| !names.is_empty())
            fallback=|| view! {
                <Empty
                    title="No service is called that"
                    text="A service is declared by a keelson.toml in its repository. Write one, then apply it:"
                    command="keelson service apply"
                />
            }
        >
            <div class="table-scroll">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Service"</th>
                            <th scope="col">"Team"</th>
                            <th scope="col">"Newest commit"</th>
                            <th scope="col">"Environments"</th>
                            <th scope="col">"Repository"</th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || names.get() key=ServiceName::clone let(name)>
                            <Row rows=found name only />
                        </For>
                    </tbody>
                </table>
            </div>
        </Show>
    }
}

#[component]
fn Row(rows: Memo<Vec<ServiceRow>>, name: ServiceName, only: Memo<Option<String>>) -> impl IntoView {
    let href = paths::service(&name);
    let label = name.to_string();
    let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.name == name).cloned()));
    let cells = move || {
        row.get().map(|row| {
            let environments = row
                .environments
                .iter()
                .filter(|lane| only.get().is_none_or(|only| only == lane.environment.as_str()))
                .map(|lane| {
                    let running = lane.running.as_ref().map(|running| running.release.artifact.short());
                    view! {
                        <span class="table-lane">
                            <Mark told=words::health(lane.health.state) />
                            {lane.environment.to_string()}
                            {running.map(|running| view! { " " <code>{running}</code> })}
                        </span>
                    }
                })
                .collect_view();
            view! {
                <td>{row.team.to_string()}</td>
                <td>
                    {row.head.map(|head| view! {
                        <CommitText commit=head.sha url=head.url /> " " <Mark told=words::checks(&row.head_checks) />
                    })}
                </td>
                <td>{environments}</td>
                <td class="muted">{row.repository}</td>
            }
        })
    };
    view! { <tr><th scope="row"><a href=href>{label}</a></th>{cells}</tr> }
}

fn fits(row: &ServiceRow, typed: &str) -> bool {
    let text = format!("{} {} {}", row.name, row.team, row.repository).to_lowercase();
    typed.split_whitespace().all(|word| text.contains(&word.to_lowercase()))
}
