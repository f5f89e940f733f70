//! Where the panel is: the address that the browser shows, and the ways to another one.
//!
//! All pages are one document, so a link within the panel changes the address and asks the server for nothing.

use domain::sign_in::is_within_panel;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::paths;
use crate::reactive::memo;

/// Where the panel is. Cheap to copy: all of it are handles.
#[derive(Clone, Copy)]
pub(crate) struct Location {
    /// The path and the query.
    address: RwSignal<String>,
    /// The path.
    pub(crate) path: Memo<String>,
    /// The query, without its question mark.
    pub(crate) query: Memo<String>,
}

/// What becomes of the address that is left.
#[derive(Clone, Copy, PartialEq)]
enum Left {
    /// One comes back to it.
    Behind,
    /// It is forgotten.
    Forgotten,
}

impl Location {
    /// Begins where the browser is, and follows the links of the panel and the browser's own ways back and forth.
    pub(crate) fn follow() -> Self {
        let address = RwSignal::new(shown());
        let part =
            move |part: fn(&str) -> &str| memo(move || address.with(|address| part(address).to_owned()));
        let location =
            Self { address, path: part(|address| parts(address).0), query: part(|address| parts(address).1) };
        let clicks = window_event_listener(ev::click, move |event| location.follow_link(&event));
        let moves = window_event_listener_untyped("popstate", move |_| address.set(shown()));
        on_cleanup(move || {
            clicks.remove();
            moves.remove();
        });
        location
    }

    /// Goes to another page, to its top.
    pub(crate) fn go(self, address: &str) {
        self.change(address, Left::Behind);
        to_top();
    }

    /// Goes to another page, from which one does not come back to this one.
    pub(crate) fn go_instead(self, address: &str) {
        self.change(address, Left::Forgotten);
        to_top();
    }

    /// Shows the same page in another way: filtered, or sorted.
    pub(crate) fn refine(self, address: &str) {
        self.change(address, Left::Forgotten);
    }

    fn change(self, address: &str, left: Left) {
        // A link to where one is leaves nothing behind: going back from there would show the same again.
        let is_here = self.address.with_untracked(|here| here == address);
        if let Ok(history) = window().history() {
            let written = if left == Left::Forgotten || is_here {
                history.replace_state_with_url(&JsValue::NULL, "", Some(address))
            } else {
                history.push_state_with_url(&JsValue::NULL, "", Some(address))
            };
            // Browsers refuse when the address changes too often. The page is the right one even so.
            written.ok();
        }
        self.address.set(address.to_owned());
    }

    /// Follows a link within the panel; every other click is the browser's.
    fn follow_link(self, event: &MouseEvent) {
        let has_key = event.meta_key() || event.alt_key() || event.ctrl_key() || event.shift_key();
        if event.default_prevented() || event.button() != 0 || has_key {
            return;
        }
        let clicked = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(link) = clicked.and_then(|clicked| clicked.closest("a[href]").ok().flatten()) else {
            return;
        };
        let Some(href) = link.get_attribute("href").filter(|href| is_page(href)) else { return };
        if ["target", "download", "rel"].iter().any(|attribute| link.has_attribute(attribute)) {
            return;
        }
        event.prevent_default();
        // Tabs change what is below them, so they stay where they are.
        if link.has_attribute("data-noscroll") {
            self.change(&href, Left::Behind);
        } else {
            self.go(&href);
        }
    }
}

/// Whether a link leads to a page of the panel. One with a fragment is the browser's: it knows where that is.
fn is_page(href: &str) -> bool {
    is_within_panel(href) && !href.contains('#')
}

/// The path and the query of an address.
fn parts(address: &str) -> (&str, &str) {
    address.split_once('?').unwrap_or((address, ""))
}

/// The address that the browser shows.
fn shown() -> String {
    let location = window().location();
    paths::with_query(&location.pathname().unwrap_or_default(), &location.search().unwrap_or_default())
}

fn to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_path_and_perhaps_a_query() {
        assert_eq!(parts("/services/a?tab=logs&env=b"), ("/services/a", "tab=logs&env=b"));
        assert_eq!(parts("/services"), ("/services", ""));
    }

    #[test]
    fn links_to_pages_are_followed_and_all_others_are_left_to_the_browser() {
        assert!(is_page("/services/a?tab=logs"));
        for other in
            ["https://git.example/a", "//git.example/a", "/auth/oidc?next=/", "/settings#access", "#main", ""]
        {
            assert!(!is_page(other), "{other}");
        }
    }
}
