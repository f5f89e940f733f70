//! The new release beside the old one, over the same time.

use domain::Period;
use leptos::prelude::*;

use crate::format;
use crate::wire::{Comparison, Measured};

/// New beside old.
pub(super) fn measurements(measured: &Comparison, new: &str, old: Option<&str>) -> AnyView {
    let worse = worse(measured);
    let old =
        measured.old.as_ref().map(|measured| row("Old", old.unwrap_or_default(), measured, Worse::default()));
    view! {
        <table class="table measurements">
            <thead>
                <tr>
                    <th scope="col"><span class="sr-only">"Release"</span></th>
                    <th scope="col" class="number">"Requests"</th>
                    <th scope="col" class="number">"Errors"</th>
                    <th scope="col" class="number">"p50"</th>
                    <th scope="col" class="number">"p95"</th>
                    <th scope="col" class="number">"p99"</th>
                </tr>
            </thead>
            <tbody>{row("New", new, &measured.new, worse)}{old}</tbody>
        </table>
    }
    .into_any()
}

/// In what the new release is worse than the old one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Worse {
    errors: bool,
    p95: bool,
}

fn worse(measured: &Comparison) -> Worse {
    let Some(old) = &measured.old else { return Worse::default() };
    let errors = match (measured.new.error_share(), old.error_share()) {
        // A tenth of a percent is noise at the sizes of a canary.
        (Some(new), Some(old)) => new > old + 0.001,
        _ => false,
    };
    let p95 = match (measured.new.p95, old.p95) {
        (Some(new), Some(old)) => new.as_millis() > old.as_millis() + old.as_millis() / 4,
        _ => false,
    };
    Worse { errors, p95 }
}

fn row(name: &'static str, artifact: &str, measured: &Measured, worse: Worse) -> AnyView {
    let class = |is_worse: bool| if is_worse { "number tone-bad" } else { "number" };
    let share = measured.error_share().map_or_else(|| format::NO_DATA.to_owned(), format::share);
    view! {
        <tr>
            <th scope="row">{name} " " <code>{artifact.to_owned()}</code></th>
            <td class="number">{format::count(measured.requests)}</td>
            <td class=class(worse.errors) title=format!("{} failed", format::count(measured.errors))>{share}</td>
            <td class="number">{latency(measured.p50)}</td>
            <td class=class(worse.p95)>{latency(measured.p95)}</td>
            <td class="number">{latency(measured.p99)}</td>
        </tr>
    }
    .into_any()
}

fn latency(period: Option<Period>) -> String {
    period.map_or_else(|| format::NO_DATA.to_owned(), format::latency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(errors: u64, p95: u32) -> Measured {
        Measured { requests: 1_000, errors, p50: None, p95: Some(Period::millis(p95)), p99: None }
    }

    #[test]
    fn worse_is_only_what_is_worse_than_the_old_release() {
        let compare = |new, old| worse(&Comparison { new, old });
        assert_eq!(compare(measured(70, 900), Some(measured(1, 200))), Worse { errors: true, p95: true });
        assert_eq!(compare(measured(1, 210), Some(measured(1, 200))), Worse::default());
        assert_eq!(compare(measured(70, 900), None), Worse::default());
    }
}
