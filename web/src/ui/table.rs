//! Tables: heads that say what a column is, rows that scroll sideways where there is no room.

use leptos::prelude::*;

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
    let heads: Vec<AnyView> = heads.iter().map(head).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table class="table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}
