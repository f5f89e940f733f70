//! The tokens: roles of color, sizes of text, steps of space.

use leptos::prelude::*;

/// Each role with what it is for; `style/tokens.css` says how it looks in each theme.
const ROLES: [(&str, &str); 13] = [
    ("bg", "The page"),
    ("surface", "Cards"),
    ("raised", "What lies above: dialogs, menus"),
    ("sunken", "Logs, code"),
    ("line", "Edges"),
    ("text", "What is read"),
    ("muted", "What is said in passing"),
    ("accent", "Links and the one primary action"),
    ("ok", "Good"),
    ("warn", "Needs attention"),
    ("bad", "Harm, and confirming it"),
    ("unknown", "Nobody can tell; never green"),
    ("hatch", "Waiting"),
];

/// Text in its five sizes, in pixels.
const SIZES: [(&str, &str); 5] = [
    ("s", "12 Labels, times, what is said in passing"),
    ("m", "13 Everything else"),
    ("l", "15 Titles of cards"),
    ("xl", "18 Titles of dialogs"),
    ("2xl", "24 The one fact of a page"),
];

/// The tokens.
pub(super) fn tokens() -> AnyView {
    let role = |(role, about): (&'static str, &'static str)| {
        view! {
            <li>
                <span class=format!("swatch swatch-{role}")></span>
                <code>{role}</code>
                <span class="muted">{about}</span>
            </li>
        }
        .into_any()
    };
    let size = |(size, about): (&'static str, &'static str)| {
        view! { <p class=format!("size-{size}")>{about}</p> }.into_any()
    };
    let roles: Vec<AnyView> = ROLES.into_iter().map(role).collect();
    let sizes: Vec<AnyView> = SIZES.into_iter().map(size).collect();
    view! {
        <section class="card" aria-labelledby="tokens">
            <header class="card-head"><h2 id="tokens">"Tokens"</h2></header>
            <ul class="swatches" aria-label="Roles of color">{roles}</ul>
            <div class="sizes">{sizes}</div>
        </section>
    }
    .into_any()
}
