//! How a git host is asked and told, in a few lines.

use std::fmt::Write as _;

use api::connection::{ApiAccessView, ApiTroubleView, ConnectionDetail, WatchedRepositoryView};
use jiff::Timestamp;

use super::{Cell, Table, Theme, Tone, ago};

/// What a connection's API is used for, and what came of it.
pub(super) fn watched(detail: &ConnectionDetail, now: Timestamp, theme: Theme) -> String {
    let Some(api) = &detail.connection.api else {
        let name = &detail.connection.name;
        return format!(
            "No API token: missed webhooks are not repaired, and the host is told nothing of promotions.\n\
             Set one with `keelson connection set {name} --api-token-stdin`.\n\n"
        );
    };
    let mut text = summary(api, now, theme);
    if detail.repositories.iter().any(|repository| !repository.branches.is_empty()) {
        let mut table = Table::new(&["repository", "branch", "head", "since", "agrees", "repaired"]);
        for repository in &detail.repositories {
            rows(&mut table, repository, now);
        }
        let _ = writeln!(text, "\n{}", table.text(theme, ""));
    }
    for repository in &detail.repositories {
        let name = &repository.repository;
        if let Some(note) = &repository.note {
            let _ = writeln!(text, "{name}: {note}");
        }
        if let Some(trouble) = &repository.trouble {
            let _ = writeln!(text, "{}", told(name, trouble, now, theme));
        }
        if repository.awaited > 0 {
            let _ = writeln!(
                text,
                "{name}: {} deliveries were asked for again and are awaited",
                repository.awaited
            );
        }
    }
    text + "\n"
}

fn summary(api: &ApiAccessView, now: Timestamp, theme: Theme) -> String {
    let checked =
        api.checked_at.map_or("not looked at yet".to_owned(), |at| format!("looked at {}", ago(at, now)));
    let mut text = format!("API {}: {checked}; {} missed, {} repaired", api.url, api.missed, api.repaired);
    if let Some(at) = api.repaired_at {
        let _ = write!(text, ", last {}", ago(at, now));
    }
    text.push('\n');
    for (what, trouble) in [("It cannot be asked", &api.trouble), ("It could not be told", &api.untold)] {
        if let Some(trouble) = trouble {
            let _ = writeln!(text, "{}", told(what, trouble, now, theme));
        }
    }
    text
}

fn told(what: &str, trouble: &ApiTroubleView, now: Timestamp, theme: Theme) -> String {
    let since = ago(trouble.since, now);
    let times =
        if trouble.times > 1 { format!(" ({} times in a row)", trouble.times) } else { String::new() };
    let line = format!("{what}, since {since}{times}: {}", trouble.reason);
    theme.paint(Tone::Bad, &line)
}

fn rows(table: &mut Table, repository: &WatchedRepositoryView, now: Timestamp) {
    for branch in &repository.branches {
        let (tone, word) = if branch.agrees { (Tone::Good, "yes") } else { (Tone::Warn, "no") };
        table.row([
            repository.repository.as_str().into(),
            branch.branch.as_str().into(),
            branch.head.short().to_owned().into(),
            ago(branch.seen_at, now).into(),
            Cell::new(tone, word),
            Cell::or_dash(branch.repaired_at.map(|at| ago(at, now))),
        ]);
    }
}
