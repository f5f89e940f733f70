//! Tables: heads that say what a column is, rows that scroll sideways where there is no room.

use leptos::prelude::*;

use crate::query::Parameter;

/// The head of a column.
pub(crate) struct Head {
    name: &'static str,
    class: &'static str,
}

impl Head {
    /// A column of text.
    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, class: "" }
    }

    /// A column of numbers.
    pub(crate) const fn number(name: &'static str) -> Self {
        Self { name, class: "number" }
    }

    /// A column of buttons, whose name is for those who cannot see them.
    pub(crate) const fn actions() -> Self {
        Self { name: "Actions", class: "sr-head" }
    }
}

/// A table; each row is a `tr`. It can be scrolled by keyboard too.
pub(crate) fn table(label: &'static str, heads: &'static [Head], rows: Vec<AnyView>) -> AnyView {
    let head = |head: &Head| {
        if head.class == "sr-head" {
            return view! { <th scope="col"><span class="sr-only">{head.name}</span></th> }.into_any();
        }
        view! { <th scope="col" class=head.class>{head.name}</th> }.into_any()
    };
    whole(label, heads.iter().map(head).collect(), rows)
}

fn whole(label: &'static str, heads: Vec<AnyView>, rows: Vec<AnyView>) -> AnyView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table class="table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}

/// A row: its head, and its other cells, each with its class.
pub(crate) fn tr(head: AnyView, cells: Vec<(&'static str, AnyView)>) -> AnyView {
    let cell =
        |(class, content): (&'static str, AnyView)| view! { <td class=class>{content}</td> }.into_any();
    let cells: Vec<AnyView> = cells.into_iter().map(cell).collect();
    view! { <tr><th scope="row">{head}</th>{cells}</tr> }.into_any()
}

/// The head of a column by which a table can be sorted.
pub(crate) struct SortHead {
    /// Its word in the address.
    pub(crate) key: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it holds numbers.
    pub(crate) is_number: bool,
}

/// How a table is sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Order {
    /// By which column; empty unless one was asked for.
    pub(crate) key: String,
    /// Whether the largest comes first.
    pub(crate) falling: bool,
}

impl Order {
    /// What the address says: a column's word, after a minus if the largest comes first.
    pub(crate) fn of(asked: Option<&str>) -> Self {
        let asked = asked.unwrap_or_default();
        match asked.strip_prefix('-') {
            Some(key) => Self { key: key.to_owned(), falling: true },
            None => Self { key: asked.to_owned(), falling: false },
        }
    }

    /// What the address says after a column was chosen: the other way round, if it was that one already.
    fn after(&self, key: &str) -> String {
        if self.key == key && !self.falling { format!("-{key}") } else { key.to_owned() }
    }
}

/// The indices of so many things in their order; equals stay as they are. The standard library's sort is made anew for
/// every type that is sorted, and is larger than what uses it here.
pub(crate) fn in_order(count: usize, is_before: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(count);
    for index in 0..count {
        let place = order.partition_point(|known| !is_before(index, *known));
        order.insert(place, index);
    }
    order
}

/// A table whose columns sort it; the order lives in the address. The first column is the usual order.
pub(crate) fn sortable(
    label: &'static str,
    heads: &'static [SortHead],
    sort: Parameter,
    rows: Vec<AnyView>,
) -> AnyView {
    let order = Order::of(sort.value.get().as_deref());
    let head = |(index, head): (usize, &'static SortHead)| {
        let is_this = order.key == head.key || (order.key.is_empty() && index == 0);
        let (sorted, sign) = match (is_this, order.falling) {
            (false, _) => ("none", ""),
            (true, false) => ("ascending", " ↑"),
            (true, true) => ("descending", " ↓"),
        };
        let shown = if order.key.is_empty() {
            Order { key: heads[0].key.to_owned(), falling: false }
        } else {
            order.clone()
        };
        let next = shown.after(head.key);
        view! {
            <th scope="col" class=head.is_number.then_some("number") aria-sort=sorted>
                <button type="button" class="sort" on:click=move |_| sort.set(Some(next.clone()))>
                    {head.name}<span aria-hidden="true">{sign}</span>
                </button>
            </th>
        }
        .into_any()
    };
    whole(label, heads.iter().enumerate().map(head).collect(), rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_stay_in_their_order() {
        let numbers = [3, 1, 2, 1, 3];
        assert_eq!(in_order(5, &|one, other| numbers[one] < numbers[other]), [1, 3, 2, 0, 4]);
    }

    #[test]
    fn a_column_that_is_chosen_again_is_turned_round() {
        let order = Order::of(Some("lead_time"));
        assert_eq!(order.after("lead_time"), "-lead_time");
        assert_eq!(Order::of(Some("-lead_time")).after("lead_time"), "lead_time");
        assert_eq!(order.after("service"), "service");
    }
}
