//! What identifies bytes and commits, short enough to read.

use domain::{CommitSha, Digest};
use leptos::prelude::*;

use crate::ui::copy::Copy;

/// A digest: its first eight digits, all of it on hover, with a way to copy it.
#[component]
pub(crate) fn DigestText(
    /// The digest.
    #[prop(into)]
    digest: Signal<Digest>,
    /// Where it leads.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let short = view! { <code title=move || digest.get().to_string()>{move || digest.get().short()}</code> };
    view! {
        <span class="digest">
            {match href {
                Some(href) => view! { <a href=href>{short}</a> }.into_any(),
                None => short.into_any(),
            }}
            <Copy text=Signal::derive(move || digest.get().to_string()) what="the digest" />
        </span>
    }
}

/// A commit: its first seven digits, all of it on hover.
#[component]
pub(crate) fn CommitText(
    /// The commit.
    #[prop(into)]
    commit: Signal<CommitSha>,
    /// Its page on the git host.
    #[prop(optional, into)]
    url: Signal<Option<String>>,
) -> impl IntoView {
    let short = move || commit.with(|commit| commit.short().to_owned());
    let full = move || commit.with(ToString::to_string);
    move || {
        match url.get().filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
        Some(url) => {
            view! { <a class="commit" href=url rel="noreferrer" target="_blank" title=full><code>{short}</code></a> }
                .into_any()
        }
        None => view! { <code class="commit" title=full>{short}</code> }.into_any(),
    }
    }
}
