//! Tabs that live in the address, so that each can be linked to and gone back to.

use leptos::prelude::*;

use crate::reactive::maybe;

/// One tab.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tab {
    /// Its word in the address.
    pub(crate) key: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
}

/// Links to the tabs of a page, with an address each: they are pages of their own, so they are links and not ARIA tabs.
pub(crate) fn tabs(
    label: &'static str,
    tabs: &'static [Tab],
    links: Vec<String>,
    shown: Memo<&'static str>,
) -> AnyView {
    let link = |(tab, href): (&'static Tab, String)| {
        let current = maybe(move || (shown.get() == tab.key).then_some("page"));
        view! { <a href=href aria-current=current data-noscroll="true">{tab.name}</a> }.into_any()
    };
    let links: Vec<AnyView> = tabs.iter().zip(links).map(link).collect();
    view! { <nav class="tabs" aria-label=label>{links}</nav> }.into_any()
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
