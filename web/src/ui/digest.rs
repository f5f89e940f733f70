//! What identifies bytes and commits, short enough to read.

use domain::{CommitSha, Digest};
use leptos::prelude::*;

use crate::ui::copy::Copy;

/// A digest: its first eight digits, all of it on hover, with a way to copy it.
#[component]
pub(crate) fn DigestText(
    /// The digest.
    digest: Digest,
    /// Where it leads.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let short = view! { <code title=digest.to_string()>{digest.short()}</code> }.into_any();
    let short = match href {
        Some(href) => view! { <a href=href>{short}</a> }.into_any(),
        None => short,
    };
    view! { <span class="digest">{short}<Copy text=digest.to_string() what="the digest" /></span> }
}

/// A commit: its first seven digits, all of it on hover.
#[component]
pub(crate) fn CommitText(
    /// The commit.
    commit: CommitSha,
    /// Its page on the git host.
    #[prop(optional_no_strip)]
    url: Option<String>,
) -> impl IntoView {
    let (short, full) = (commit.short().to_owned(), commit.to_string());
    match url.filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
        Some(url) => {
            view! { <a class="commit" href=url rel="noreferrer" target="_blank" title=full><code>{short}</code></a> }
                .into_any()
        }
        None => view! { <code class="commit" title=full>{short}</code> }.into_any(),
    }
}
