//! Putting a train together: which services, in which order, each with what it would get.

use api::routes;
use api::train::{CreateCar, CreateTrain as CreateTrainRequest};
use domain::{EnvironmentName, ServiceName};
use leptos::prelude::*;

use crate::client::{Address, Call};
use crate::format;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::Pace;
use crate::reactive::{Data, derived, dynamic, each, effect, memo, row};
use crate::state::state;
use crate::submit::Submission;
use crate::ui::button::{Button, IconButton, Kind};
use crate::ui::dialog::{Dialog, DialogActions, close_open};
use crate::ui::error_card::InlineProblem;
use crate::ui::field::{Field, Form, Select, same};
use crate::ui::icon::Icon;
use crate::ui::skeleton::Skeleton;
use crate::ui::table::in_order;
use crate::wire::{LaneView, Page, Release, ServiceRow, Train};

/// How many services a train takes: the server's rule, told before it is asked.
const FEWEST: usize = 2;

/// A service that could go, and what it would get.
#[derive(Debug, Clone, PartialEq)]
struct Candidate {
    service: ServiceName,
    release: Release,
    changes: Option<usize>,
}

/// Every environment's name once, in the order in which the services have them.
fn environments(rows: &[ServiceRow]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for lane in rows.iter().flat_map(|row| &row.environments) {
        if !names.iter().any(|name| name == lane.environment.as_str()) {
            names.push(lane.environment.to_string());
        }
    }
    names
}

/// What could go to an environment: what is newer there, and may be promoted.
fn candidates(rows: &[ServiceRow], environment: &str) -> Vec<Candidate> {
    let one = |row: &ServiceRow| {
        let is_it =
            |lane: &&LaneView| lane.environment.as_str() == environment && lane.promote.refused.is_none();
        let lane = row.environments.iter().find(is_it)?;
        let release = lane.candidate.clone()?;
        Some(Candidate { service: row.name.clone(), release, changes: lane.changes_waiting })
    };
    let all: Vec<Candidate> = rows.iter().filter_map(one).collect();
    let order = in_order(all.len(), &|one, other| all[one].service < all[other].service);
    order.into_iter().map(|index| all[index].clone()).collect()
}

/// What is being put together.
#[derive(Clone, Copy)]
struct Plan {
    environment: RwSignal<String>,
    /// In the order in which they promote.
    cars: RwSignal<Vec<Candidate>>,
}

/// Asks what to put together.
#[component]
pub(crate) fn CreateTrain() -> impl IntoView {
    let state = state();
    let first = || Address::of(routes::LIST_SERVICES, &[]).with("limit", 100);
    let services = Live::follow(first, |_: &Page<ServiceRow>| Pace::Slow);
    let plan = Plan { environment: RwSignal::new(String::new()), cars: RwSignal::new(Vec::new()) };
    let name = RwSignal::new(String::new());
    let submission = Submission::new();
    let refused = derived(move || {
        let is_too_short = plan.cars.with(|cars| cars.len() < FEWEST);
        is_too_short.then(|| "A train takes at least two services.".to_owned())
    });
    let create = move || {
        let Ok(environment) = plan.environment.get_untracked().parse::<EnvironmentName>() else { return };
        // What was looked at is what goes, even if something newer has come meanwhile.
        let car = |car: &Candidate| CreateCar {
            service: car.service.clone(),
            artifact: Some(car.release.artifact),
        };
        let name = name.get_untracked().trim().to_owned();
        let request = CreateTrainRequest {
            name: (!name.is_empty()).then_some(name),
            environment,
            cars: plan.cars.with_untracked(|cars| cars.iter().map(car).collect()),
        };
        submission.run(Call::of(routes::CREATE_TRAIN, &[], &request), move |train: Train| {
            close_open();
            let text = format!("{} leaves when the gates of all its services are open.", train.title());
            state.toasts.done_with(text, paths::train(&train.id), "Watch it");
        });
    };
    view! {
        <Dialog title="Put a train together" on_close=move || state.asked.set(None) class="dialog-wide">
            <p>
                "Its services promote one after the other, in this order, once the gates of all of them are open. If one \
                 fails, those before it go back."
            </p>
            <Form on_submit=create>
                {loaded(services, || view! { <Skeleton rows=4 /> }.into_any(), move |page| choice(page, plan))}
                <Field label="Name" value=name placeholder="Checkout with gift cards" />
                <InlineProblem problem=submission.problem />
                <DialogActions>
                    <Button on_press=close_open>"Not now"</Button>
                    <Button kind=Kind::Primary icon=Icon::Train refused busy=submission.busy>"Create the train"</Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}

fn choice(page: Data<Page<ServiceRow>>, plan: Plan) -> AnyView {
    let rows = Data::memo(move || page.with(|page| page.items.clone()));
    let names = memo(move || rows.with(|rows| environments(rows)));
    effect(move || {
        // Users are in the last environment.
        let last = names.with(|names| names.last().cloned());
        if let Some(last) = last.filter(|_| plan.environment.with_untracked(String::is_empty)) {
            plan.environment.set(last);
        }
    });
    let left = Data::memo(move || {
        let environment = plan.environment.get();
        let mut left = rows.with(|rows| candidates(rows, &environment));
        plan.cars.with(|cars| left.retain(|one| !cars.iter().any(|car| car.service == one.service)));
        left
    });
    let options = derived(move || left.with(|left| options(left)));
    let add = move |name: String| {
        let chosen =
            left.with_untracked(|left| left.iter().find(|one| one.service.as_str() == name).cloned());
        plan.cars.update(|cars| cars.extend(chosen));
    };
    view! {
        <Select
            label="Environment"
            value=plan.environment
            options=derived(move || same(names.get()))
            on_choice=move |name: String| {
                plan.environment.set(name);
                plan.cars.set(Vec::new());
            }
        />
        <ol class="train-cars" aria-label="Services of the train, in order">{each(move || cars(plan))}</ol>
        <Select label="Add a service" value="" options on_choice=add />
        {dynamic(move || {
            let nothing = left.with(Vec::is_empty) && plan.cars.with(Vec::is_empty);
            if nothing { none(&plan.environment.get()) } else { ().into_any() }
        })}
    }
    .into_any()
}

fn none(environment: &str) -> AnyView {
    let text = format!("No service has anything newer for {environment} that you may promote.");
    view! { <p class="hint">{text}</p> }.into_any()
}

fn options(left: &[Candidate]) -> Vec<(String, String)> {
    let text = if left.is_empty() { "No other service has anything newer" } else { "Choose a service" };
    let mut options = vec![(String::new(), text.to_owned())];
    options.extend(
        left.iter().map(|one| (one.service.to_string(), format!("{} · {}", one.service, brings(one)))),
    );
    options
}

/// What a service would get, in a few words.
fn brings(candidate: &Candidate) -> String {
    let digest = candidate.release.artifact.short();
    match candidate.changes {
        Some(count) => format!("{digest} · {}", format::counted(count, "change", "changes")),
        None => digest,
    }
}

fn cars(plan: Plan) -> Vec<crate::reactive::Row> {
    let one = |car: &Candidate| {
        let car = car.clone();
        row(car.service.clone(), move || chosen(car, plan))
    };
    plan.cars.with(|cars| cars.iter().map(one).collect())
}

fn chosen(car: Candidate, plan: Plan) -> AnyView {
    let (up, away) = (car.service.clone(), car.service.clone());
    let earlier = move || {
        plan.cars.update(|cars| {
            let at = cars.iter().position(|one| one.service == up).filter(|at| *at > 0);
            if let Some(at) = at {
                cars.swap(at, at - 1);
            }
        });
    };
    let remove = move || plan.cars.update(|cars| cars.retain(|one| one.service != away));
    view! {
        <li>
            <span class="train-car">{car.service.to_string()}</span>
            <span class="muted">{brings(&car)}</span>
            <IconButton icon=Icon::Up label=format!("Move {} up", car.service) on_press=earlier />
            <IconButton icon=Icon::Close label=format!("Leave {} out", car.service) on_press=remove />
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::read_text;

    fn row(name: &str, change: impl Fn(&mut LaneView)) -> ServiceRow {
        let mut lane: LaneView =
            read_text(include_str!("../pages/components/samples/lane-blocked.json")).unwrap();
        lane.promote.refused = None;
        change(&mut lane);
        ServiceRow {
            name: name.parse().unwrap(),
            team: "shop".to_owned(),
            repository: String::new(),
            branch: "main".to_owned(),
            head: None,
            head_checks: "green".to_owned(),
            environments: vec![lane],
        }
    }

    #[test]
    fn only_what_is_newer_and_may_be_promoted_can_go() {
        let rows = [
            row("storefront", |_| ()),
            row("catalog", |lane| lane.candidate = None),
            row("mail", |lane| lane.promote.refused = Some("you may not".to_owned())),
            row("api", |_| ()),
        ];
        let names: Vec<String> =
            candidates(&rows, "production").iter().map(|one| one.service.to_string()).collect();
        assert_eq!(names, ["api", "storefront"]);
        assert!(candidates(&rows, "staging").is_empty());
        assert_eq!(environments(&rows), ["production"]);
    }
}
