//! Lists as tables: connections, artifacts, events, people, tokens, dead letters, log lines.

use std::fmt::Write as _;

use api::access::{TokenView, UserView};
use api::connection::{ConnectionDetail, ConnectionView};
use api::overview::{DeadLetterView, EventView};
use api::service::{ArtifactView, LogLineView};
use domain::access::{Grant, Permission};
use jiff::Timestamp;

use super::watched::watched;
use super::{Cell, Table, Theme, Tone, ago, clock};
use crate::words;

/// The connections to git hosts.
pub(crate) fn connections(list: &[ConnectionView], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&[
        "connection",
        "kind",
        "last delivery",
        "recorded",
        "ignored",
        "again",
        "refused",
        "secrets",
    ]);
    for connection in list {
        let refused = if connection.rejected > 0 { Tone::Warn } else { Tone::Plain };
        table.row([
            Cell::new(Tone::Strong, connection.name.as_str()),
            connection.kind.as_str().into(),
            Cell::or_dash(connection.last_delivery_at.map(|at| ago(at, now))),
            connection.accepted.to_string().into(),
            connection.ignored.to_string().into(),
            connection.duplicates.to_string().into(),
            Cell::new(refused, connection.rejected.to_string()),
            connection.active_secrets.to_string().into(),
        ]);
    }
    table.text(theme, "No connections yet: `keelson connection add github` makes one.")
}

/// One connection with its last deliveries.
pub(crate) fn connection(detail: &ConnectionDetail, now: Timestamp, theme: Theme) -> String {
    let mut text = connections(std::slice::from_ref(&detail.connection), now, theme);
    let _ = writeln!(text, "\nWebhooks go to {}\n", detail.connection.hook_url);
    text += &watched(detail, now, theme);
    let mut table = Table::new(&["when", "event", "outcome", "detail", "delivery"]);
    for delivery in &detail.deliveries {
        table.row([
            ago(delivery.at, now).into(),
            delivery.event.as_str().into(),
            delivery.outcome.as_str().into(),
            Cell::or_dash(delivery.detail.as_deref()),
            Cell::new(Tone::Muted, delivery.id.as_str()),
        ]);
    }
    text + &table.text(theme, "Nothing has arrived yet.")
}

/// The artifacts of a service.
pub(crate) fn artifacts(list: &[ArtifactView], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&["artifact", "commit", "size", "by", "registered"]);
    for artifact in list {
        let registered = match artifact.registered_at {
            Some(at) => Cell::from(ago(at, now)),
            None => Cell::new(Tone::Warn, "not yet: its upload is not complete"),
        };
        table.row([
            Cell::new(Tone::Strong, artifact.digest.short()),
            artifact.commit.short().to_owned().into(),
            size(artifact.size).into(),
            artifact.pushed_by.label().into(),
            registered,
        ]);
    }
    table.text(theme, "No artifacts yet: `keelson artifact push` registers one.")
}

/// So many bytes, in the unit that suits them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{}.{} KiB", bytes / 1_024, bytes % 1_024 * 10 / 1_024),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// What happened.
pub(crate) fn events(list: &[EventView], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&["when", "who", "what", "service"]);
    for event in list {
        table.row([
            Cell::new(Tone::Muted, ago(event.at, now)),
            event.actor.label().into(),
            event.title.as_str().into(),
            Cell::or_dash(event.service.as_ref().map(|service| service.as_str())),
        ]);
    }
    table.text(theme, "Nothing has happened yet.")
}

/// Events that could not be handled.
pub(crate) fn dead_letters(list: &[DeadLetterView], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&["subscriber", "event", "when", "what", "tries", "error"]);
    for letter in list {
        table.row([
            Cell::new(Tone::Strong, letter.subscriber.as_str()),
            letter.event.id.to_string().into(),
            ago(letter.event.at, now).into(),
            letter.event.title.as_str().into(),
            letter.attempts.to_string().into(),
            Cell::new(Tone::Bad, letter.last_error.as_str()),
        ]);
    }
    table.text(theme, "No dead letters: every event was handled.")
}

/// People.
pub(crate) fn users(list: &[UserView], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&["login", "name", "teams", "may", "git login", "added"]);
    for user in list {
        let teams = user.teams.iter().map(|team| team.as_str()).collect::<Vec<_>>().join(", ");
        table.row([
            Cell::new(Tone::Strong, user.login.as_str()),
            named(user),
            Cell::or_dash(Some(teams).filter(|teams| !teams.is_empty())),
            grants(&[user.grants.as_slice(), &user.group_grants].concat()).into(),
            Cell::or_dash(user.git_login.as_deref()),
            ago(user.created_at, now).into(),
        ]);
    }
    table.text(theme, "Nobody yet.")
}

fn named(user: &UserView) -> Cell {
    match user.disabled_at {
        None => user.name.as_str().into(),
        Some(_) => Cell::new(Tone::Bad, format!("{} (disabled)", user.name)),
    }
}

/// API tokens.
pub(crate) fn tokens(list: &[TokenView], now: Timestamp, theme: Theme) -> String {
    let mut table = Table::new(&["token", "name", "owner", "may", "service", "expires", "last used"]);
    for token in list {
        let expires = match token.expires_at {
            Some(at) if at <= now => Cell::new(Tone::Bad, format!("expired {}", ago(at, now))),
            Some(at) => ago(at, now).into(),
            None => "never".into(),
        };
        table.row([
            Cell::new(Tone::Muted, token.id.to_string()),
            Cell::new(Tone::Strong, token.name.as_str()),
            token.owner.as_str().into(),
            rights(&token.grants, &token.permissions).into(),
            Cell::or_dash(token.service.as_ref().map(|service| service.as_str())),
            expires,
            Cell::or_dash(token.last_used_at.map(|at| ago(at, now))),
        ]);
    }
    table.text(theme, "No tokens yet: `keelson token create` makes one.")
}

/// What a token may do. Without grants of its own it carries its owner's.
fn rights(given: &[Grant], permissions: &[Permission]) -> String {
    let words: Vec<&str> = permissions.iter().map(|permission| words::of_permission(*permission)).collect();
    match (given.is_empty(), permissions.is_empty()) {
        (true, true) => "all that its owner may".to_owned(),
        (false, true) => grants(given),
        (true, false) => words.join(", "),
        (false, false) => format!("{} as {}", words.join(", "), grants(given)),
    }
}

fn grants(grants: &[Grant]) -> String {
    if grants.is_empty() {
        return "nothing".to_owned();
    }
    grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A line that a service wrote.
pub(crate) fn log_line(line: &LogLineView, theme: Theme) -> String {
    let tone = match line.level.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("error" | "fatal" | "critical") => Tone::Bad,
        Some("warn" | "warning") => Tone::Warn,
        _ if line.stream == "stderr" => Tone::Warn,
        _ => Tone::Plain,
    };
    let level = line.level.as_ref().map_or(String::new(), |level| format!("{level:5} "));
    let head = theme.paint(Tone::Muted, &format!("{} {}", clock(line.at), line.artifact.short()));
    format!("{head} {}{}\n", theme.paint(tone, &level), line.message)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    const PLAIN: Theme = Theme::new(false);

    #[test]
    fn lists_are_tables() {
        let now = samples::now();
        let texts = [
            connection(&samples::connection(), now, PLAIN),
            artifacts(&samples::artifacts(), now, PLAIN),
            events(&samples::events(), now, PLAIN),
            dead_letters(&samples::dead_letters(), now, PLAIN),
            users(&samples::users(), now, PLAIN),
            tokens(&samples::tokens(), now, PLAIN),
        ];
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn empty_lists_say_what_to_do() {
        let now = samples::now();
        let texts = [
            connections(&[], now, PLAIN),
            artifacts(&[], now, PLAIN),
            dead_letters(&[], now, PLAIN),
            tokens(&[], now, PLAIN),
        ];
        insta::assert_snapshot!(texts.concat(), @"
        No connections yet: `keelson connection add github` makes one.
        No artifacts yet: `keelson artifact push` registers one.
        No dead letters: every event was handled.
        No tokens yet: `keelson token create` makes one.
        ");
    }

    #[test]
    fn a_log_line_starts_with_when_and_what_wrote_it() {
        let lines: String = samples::log_lines().iter().map(|line| log_line(line, PLAIN)).collect();
        insta::assert_snapshot!(lines, @"
        11:59:57Z 01010101 info  GET / 200 in 2ms
        11:59:57Z 01010101 error GET /basket 500
        11:59:57Z 01010101 thread 'main' panicked
        ");
    }

    #[test]
    fn sizes_have_the_unit_that_suits_them() {
        assert_eq!([0, 1_023, 1_536, 5_767_168].map(size), ["0 B", "1023 B", "1.5 KiB", "5.5 MiB"]);
    }
}
