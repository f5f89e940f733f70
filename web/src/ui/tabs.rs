//! Tabs that live in the address, so that each can be linked to and gone back to.

use leptos::prelude::*;

/// One tab.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tab {
    /// Its word in the address.
    pub(crate) key: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
}

/// Links to the tabs of a page: they are pages of their own, so they are links and not ARIA tabs.
#[component]
pub(crate) fn Tabs(
    /// What the tabs are of.
    #[prop(into)]
    label: String,
    /// The tabs.
    tabs: &'static [Tab],
    /// The key of the one shown.
    #[prop(into)]
    shown: Signal<&'static str>,
    /// The address of a tab by its key.
    #[prop(into)]
    href: Callback<(&'static str,), String>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            {tabs
                .iter()
                .map(|tab| {
                    let key = tab.key;
                    view! {
                        <a
                            href=move || href.run((key,))
                            aria-current=move || (shown.get() == key).then_some("page")
                            data-noscroll="true"
                        >
                            {tab.name}
                        </a>
                    }
                })
                .collect_view()}
        </nav>
    }
}

/// The key in the address, if there is such a tab, else the first.
pub(crate) fn choose(tabs: &'static [Tab], asked: Option<&str>) -> &'static str {
    tabs.iter().find(|tab| Some(tab.key) == asked).or(tabs.first()).map_or("", |tab| tab.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_tab_is_the_first() {
        const TABS: &[Tab] = &[Tab { key: "one", name: "One" }, Tab { key: "two", name: "Two" }];
        assert_eq!(choose(TABS, Some("two")), "two");
        assert_eq!(choose(TABS, Some("three")), "one");
        assert_eq!(choose(TABS, None), "one");
    }
}
