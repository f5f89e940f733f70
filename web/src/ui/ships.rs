//! What ships, or un-ships: the changes between what runs and what would.

use leptos::prelude::*;

use crate::format;
use crate::ui::digest::CommitText;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::time::Time;
use crate::wire::{Commit, PullRequest, Ships};

/// The changes, with whose work they are, and a warning if they may not be all.
pub(crate) fn ships_list(ships: &Ships) -> AnyView {
    let incomplete = (!ships.complete).then(|| {
        view! {
            <p class="notice tone-warn">
                <Glyph icon=Icon::Warning />
                <span>
                    "This may not be all: the history known to Keelson does not reach back to what runs now. \
                    Compare the commits on the git host before you decide."
                </span>
            </p>
        }
        .into_any()
    });
    view! {
        <div class="ships">
            <p class="ships-sum">{sum(ships)}</p>
            {incomplete}
            {pulls(&ships.pull_requests)}
            {commits(&ships.commits)}
        </div>
    }
    .into_any()
}

/// One sentence: how many changes go which way, and whose they are.
pub(crate) fn sum(ships: &Ships) -> String {
    let verb = if ships.backwards { "un-ship" } else { "ship" };
    if ships.commits.is_empty() {
        return if ships.complete {
            format!("No commits {verb}.")
        } else {
            format!("Which commits {verb} is not known.")
        };
    }
    let count = ships.commits.len();
    let commits = format::counted(count, "commit", "commits");
    let verb = if count == 1 { format!("{verb}s") } else { verb.to_owned() };
    let by = match ships.authors.as_slice() {
        [] => String::new(),
        [one] => format!(", by {one}"),
        [several @ .., last] => format!(", by {} and {last}", several.join(", ")),
    };
    format!("{commits} {verb}{by}.")
}

fn pulls(pulls: &[PullRequest]) -> Option<AnyView> {
    let one = |pull: &PullRequest| {
        view! {
            <li>
                <Glyph icon=Icon::Merge />
                <span class="number-tag">{format!("#{}", pull.number)}</span>
                <span class="ships-title">{pull.title.clone()}</span>
                <span class="muted">{pull.author.name.clone()}</span>
            </li>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = pulls.iter().map(one).collect();
    (!rows.is_empty())
        .then(|| view! { <ul class="ships-rows" aria-label="Pull requests">{rows}</ul> }.into_any())
}

fn commits(commits: &[Commit]) -> Option<AnyView> {
    let one = |commit: &Commit| {
        let authors = commit.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>().join(", ");
        view! {
            <li>
                <Glyph icon=Icon::Commit />
                <CommitText commit=commit.sha.clone() url=commit.url.clone() />
                <span class="ships-title">{commit.title.clone()}</span>
                <span class="muted">{authors}" · "<Time at=commit.at /></span>
            </li>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = commits.iter().map(one).collect();
    (!rows.is_empty()).then(|| view! { <ul class="ships-rows" aria-label="Commits">{rows}</ul> }.into_any())
}

#[cfg(test)]
mod tests {
    use domain::Digest;
    use jiff::Timestamp;

    use super::*;
    use crate::wire::Release;

    fn ships(commits: usize, authors: &[&str], backwards: bool, complete: bool) -> Ships {
        let commit = |n: usize| Commit {
            sha: format!("{n:040x}").parse().unwrap(),
            title: format!("Change {n}"),
            authors: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
            url: None,
        };
        let to =
            Release { artifact: Digest::from_bytes([1; 32]), commit: format!("{:040x}", 1).parse().unwrap() };
        Ships {
            to,
            backwards,
            commits: (0..commits).map(commit).collect(),
            pull_requests: Vec::new(),
            authors: authors.iter().map(|author| (*author).to_owned()).collect(),
            complete,
            promote: crate::wire::Action { refused: None },
        }
    }

    #[test]
    fn the_sum_says_which_way_how_many_and_whose() {
        assert_eq!(sum(&ships(3, &["Ada", "Bo", "Cy"], false, true)), "3 commits ship, by Ada, Bo and Cy.");
        assert_eq!(sum(&ships(1, &["Ada"], true, true)), "1 commit un-ships, by Ada.");
        assert_eq!(sum(&ships(0, &[], false, true)), "No commits ship.");
    }

    #[test]
    fn unknown_history_is_not_told_as_no_change() {
        assert_eq!(sum(&ships(0, &[], true, false)), "Which commits un-ship is not known.");
    }
}
