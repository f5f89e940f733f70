//! Light and dark: the system's choice, unless one has chosen otherwise here.

use leptos::prelude::*;

use crate::reactive::dynamic;
use crate::ui::button::IconButton;
use crate::ui::icon::Icon;

/// Where the choice is kept; `theme.js` reads it before the first paint.
const KEY: &str = "theme";

/// Switches between light and dark, and remembers the choice.
#[component]
pub(crate) fn ThemeButton() -> impl IntoView {
    let dark = RwSignal::new(is_dark());
    let switch = move || {
        choose(Some(if is_dark() { "light" } else { "dark" }));
        dark.set(is_dark());
    };
    dynamic(move || {
        let (icon, label) =
            if dark.get() { (Icon::Sun, "Use the light theme") } else { (Icon::Moon, "Use the dark theme") };
        view! { <IconButton icon label on_press=switch /> }.into_any()
    })
}

fn is_dark() -> bool {
    let root = document().document_element();
    root.and_then(|root| root.get_attribute("data-theme")).as_deref() == Some("dark")
}

/// Uses a theme from now on; without one, the system's.
pub(super) fn choose(theme: Option<&str>) {
    let storage = window().local_storage().ok().flatten();
    if let Some(storage) = storage {
        // Where nothing can be kept, the choice lasts for as long as the page.
        match theme {
            Some(theme) => storage.set_item(KEY, theme).ok(),
            None => storage.remove_item(KEY).ok(),
        };
    }
    let systems = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    let system = if systems.is_some_and(|dark| dark.matches()) { "dark" } else { "light" };
    if let Some(root) = document().document_element() {
        root.set_attribute("data-theme", theme.unwrap_or(system)).ok();
    }
}
