//! The five figures of delivery of every service, side by side.

pub(crate) mod figures;

use api::routes;
use domain::ServiceName;
use domain::dora::Metric;
use leptos::prelude::*;

use crate::client::Address;
use crate::format;
use crate::live::{Live, loaded};
use crate::paths;
use crate::polling::Pace;
use crate::query::Parameter;
use crate::reactive::{Data, dynamic, effect, text};
use crate::submit::Submission;
use crate::ui::empty::Empty;
use crate::ui::error_card::InlineProblem;
use crate::ui::note::note;
use crate::ui::page::PageHead;
use crate::ui::skeleton::Skeleton;
use crate::ui::stale::Stale;
use crate::ui::table::{Order, SortHead, in_order, sortable, tr};
use crate::ui::window::Days;
use crate::wire::{Page, ServiceDora};
use figures::{FIVE, name, told};

/// How many services are asked for at once: as many as the API gives.
const PAGE: usize = 100;

/// The figures of every service.
#[component]
pub(crate) fn DeliveryPage() -> impl IntoView {
    let days = Days::of_address();
    let address =
        move || Address::of(routes::LIST_DORA, &[]).with("window", days.value.get()).with("limit", PAGE);
    let live = Live::follow(address, |_: &Page<ServiceDora>| Pace::Slow);
    let fact = view! { <p class="page-facts muted">"What reaches users, how soon, and how often it has to be taken back"</p> }
        .into_any();
    view! {
        <PageHead title="Delivery" fact actions=days.select() />
        <Stale news=live.news />
        {loaded(live, || view! { <Skeleton rows=8 /> }.into_any(), move |page| all(page, address, days))}
    }
}

/// All pages, since a list that is sorted must be whole.
fn all(
    first: Data<Page<ServiceDora>>,
    address: impl Fn() -> Address<Page<ServiceDora>> + Copy + Send + Sync + 'static,
    days: Days,
) -> AnyView {
    let more = RwSignal::new(Vec::<ServiceDora>::new());
    let next = RwSignal::new(None::<String>);
    let reading = Submission::quiet();
    effect(move || {
        // The first page was read again, or another window was chosen: what follows belongs to it.
        first.with(|page| next.set(page.next.clone()));
        more.set(Vec::new());
        reading.problem.set(None);
    });
    effect(move || {
        let (Some(after), false) = (next.get(), reading.busy.get()) else { return };
        if reading.problem.with_untracked(Option::is_some) {
            return;
        }
        let asked = after.clone();
        reading.read(address().with("after", after), move |page: &Page<ServiceDora>| {
            if next.try_get_untracked().flatten().as_ref() == Some(&asked) {
                more.try_update(|more| more.extend(page.items.iter().cloned()));
                next.try_set(page.next.clone());
            }
        });
    });
    let sort = Parameter::named("sort");
    let typed = Parameter::named("q");
    let list = move || {
        let typed = typed.value.get().unwrap_or_default().to_ascii_lowercase();
        let order = Order::of(sort.value.get().as_deref());
        first.with(|page| more.with(|more| shown(&page.items, more, &typed, &order, sort, days.value.get())))
    };
    let count = move || {
        let services = first.with(|page| page.items.len()) + more.with(Vec::len);
        count(services, next.with(Option::is_some))
    };
    view! {
        <div class="toolbar">
            <input
                type="search"
                aria-label="Filter services"
                placeholder="Filter by name"
                prop:value=text(move || typed.value.get().unwrap_or_default())
                on:input=move |event| typed.set(Some(event_target_value(&event)))
            />
            <p class="muted toolbar-note" role="status">
                {text(count)}
            </p>
        </div>
        <InlineProblem problem=reading.problem />
        {dynamic(list)}
        {note("Times are medians. A figure opens what it is made of; where nothing is known it says so, which is not zero.")}
    }
    .into_any()
}

/// The services of all pages that fit, in the order asked for.
fn shown(
    first: &[ServiceDora],
    more: &[ServiceDora],
    typed: &str,
    order: &Order,
    sort: Parameter,
    days: &'static str,
) -> AnyView {
    let all: Vec<&ServiceDora> = first.iter().chain(more).collect();
    if all.is_empty() {
        return view! {
            <Empty
                title="No service yet"
                text="The figures are made of promotions to production, so they begin with the first one. Declare a service:"
                command="keelson service apply"
            />
        }
        .into_any();
    }
    let fits = |one: &ServiceDora| typed.split_whitespace().all(|word| one.service.as_str().contains(word));
    let found = sorted(&all, order).into_iter().map(|index| all[index]);
    sortable(
        "Delivery, as a table",
        HEADS,
        sort,
        found.filter(|one| fits(one)).map(|one| row(one, days)).collect(),
    )
}

fn count(services: usize, reading: bool) -> String {
    let services = format::counted(services, "service", "services");
    if reading { format!("{services} read, reading on") } else { services }
}

const HEADS: &[SortHead] = &[
    SortHead { key: "service", name: "Service", is_number: false },
    SortHead { key: "deployment_frequency", name: name(FIVE[0]), is_number: true },
    SortHead { key: "lead_time", name: name(FIVE[1]), is_number: true },
    SortHead { key: "change_fail_rate", name: name(FIVE[2]), is_number: true },
    SortHead { key: "recovery_time", name: "Recovery time", is_number: true },
    SortHead { key: "rework_rate", name: "Rework rate", is_number: true },
];

/// In the order asked for; where nothing is known comes last either way.
fn sorted(services: &[&ServiceDora], order: &Order) -> Vec<usize> {
    let metric = figures::named(&order.key);
    let numbers: Vec<Option<f64>> = services.iter().map(|one| told(&one.current, metric?).number).collect();
    in_order(services.len(), &|one, other| {
        let names = (services[one].service.as_str(), services[other].service.as_str());
        match (metric, numbers[one], numbers[other]) {
            (None, ..) => {
                if order.falling {
                    names.1 < names.0
                } else {
                    names.0 < names.1
                }
            }
            (Some(_), Some(one), Some(other)) => {
                if order.falling {
                    other < one
                } else {
                    one < other
                }
            }
            (Some(_), one, other) => one.is_some() && other.is_none(),
        }
    })
}

fn row(one: &ServiceDora, days: &'static str) -> AnyView {
    let link =
        |href: String, text: String, title: String| view! { <a href=href title=title>{text}</a> }.into_any();
    let cell = |metric: Metric| {
        let told = told(&one.current, metric);
        match told.value {
            Some(value) => (
                "number",
                link(rows_of(&one.service, days, metric), value, format!("{}; {}", told.more, told.rests_on)),
            ),
            None => ("number muted", view! { <span title=told.more>"no data"</span> }.into_any()),
        }
    };
    let missing = if one.truncated { "The oldest promotions are missing" } else { "" };
    let head = link(paths::delivery(&one.service, days, None), one.service.to_string(), missing.to_owned());
    tr(head, FIVE.into_iter().map(cell).collect())
}

fn rows_of(service: &ServiceName, days: &str, metric: Metric) -> String {
    paths::delivery(service, days, Some(metric))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Figure, Report, Share, read_text};

    fn service(name: &str, share: Option<f64>) -> ServiceDora {
        let figure = r#"{"rows":0,"left_out":0,"no_data":"nothing"}"#;
        let names = [
            "deployment_frequency",
            "lead_time",
            "lead_time_from_merge",
            "change_fail_rate",
            "recovery_time",
            "rework_rate",
        ];
        let fields: Vec<String> = names.iter().map(|name| format!("\"{name}\":{figure}")).collect();
        let report: Report = read_text(&format!("{{{}}}", fields.join(","))).unwrap();
        let value = share.map(|share| Share { count: 1, of: 4, share });
        let rate = Figure { value, no_data: None, rows: 4, left_out: 0 };
        ServiceDora {
            service: name.parse().unwrap(),
            truncated: false,
            current: Report { change_fail_rate: rate, ..report },
        }
    }

    fn order(asked: Option<&str>) -> Vec<String> {
        let services = [service("b", Some(0.1)), service("c", None), service("a", Some(0.5))];
        let order = sorted(&services.iter().collect::<Vec<_>>(), &Order::of(asked));
        order.into_iter().map(|index| services[index].service.to_string()).collect()
    }

    #[test]
    fn what_is_not_known_comes_last_whichever_way_it_is_sorted() {
        assert_eq!(order(Some("change_fail_rate")), ["b", "a", "c"]);
        assert_eq!(order(Some("-change_fail_rate")), ["a", "b", "c"]);
    }

    #[test]
    fn services_are_sorted_by_name_unless_asked_otherwise() {
        assert_eq!(order(None), ["a", "b", "c"]);
        assert_eq!(order(Some("-service")), ["c", "b", "a"]);
    }
}
