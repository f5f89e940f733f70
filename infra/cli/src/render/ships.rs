//! What ships, or un-ships.

use std::fmt::Write as _;

use api::service::Ships;
use jiff::Timestamp;

use super::overview::release;
use super::{Table, Theme, Tone, ago};

/// How many commits are listed before the rest is only counted.
const LISTED: usize = 20;

/// The commits, pull requests and people between what runs and what would run.
pub(crate) fn ships(ships: &Ships, now: Timestamp, theme: Theme) -> String {
    let from = ships.from.as_ref().map_or_else(|| "nothing".to_owned(), release);
    let verb = if ships.backwards { "un-ships" } else { "ships" };
    let mut text = format!("{} → {}\n", from, theme.paint(Tone::Strong, &release(&ships.to)));
    if ships.commits.is_empty() && ships.complete {
        let _ = writeln!(text, "The same commit: nothing {verb}.");
        return text;
    }
    let what = format!(
        "{} {} by {}",
        commits(ships.commits.len()),
        verb_for(verb, ships.commits.len()),
        people(&ships.authors)
    );
    let _ = writeln!(text, "{}", theme.paint(if ships.backwards { Tone::Warn } else { Tone::Plain }, &what));
    let mut table = Table::new(&["commit", "title", "author", "when"]);
    for commit in ships.commits.iter().take(LISTED) {
        let author = commit.authors.first().map_or("", |author| author.name.as_str());
        table.row([
            commit.sha.short().into(),
            commit.title.as_str().into(),
            author.into(),
            ago(commit.at, now).into(),
        ]);
    }
    text.push_str(&table.text(theme, ""));
    if ships.commits.len() > LISTED {
        let _ = writeln!(text, "and {} more", ships.commits.len() - LISTED);
    }
    for pull in &ships.pull_requests {
        let _ = writeln!(text, "#{} {} ({})", pull.number, pull.title, pull.author.name);
    }
    if !ships.complete {
        let note = "There may be more: the history known does not reach back to what runs.";
        let _ = writeln!(text, "{}", theme.paint(Tone::Warn, note));
    }
    text
}

fn commits(count: usize) -> String {
    if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") }
}

fn verb_for(verb: &str, count: usize) -> String {
    if count == 1 { verb.to_owned() } else { verb.trim_end_matches('s').to_owned() }
}

fn people(names: &[String]) -> String {
    if names.is_empty() { "nobody known".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn check(sample: &Ships) -> String {
        ships(sample, samples::now(), Theme::new(false))
    }

    #[test]
    fn a_promotion_lists_what_ships() {
        insta::assert_snapshot!(check(&samples::ships(false)), @"
        01010101 (0101010) → 02020202 (0202020)
        2 commits ship by Ada Lovelace, Grace Hopper
        COMMIT   TITLE                                    AUTHOR        WHEN
        0202020  Merge pull request #12 from acme/prices  Ada Lovelace  2h ago
        0303030  Show prices with tax                     Grace Hopper  3h ago
        #12 Show prices with tax (Grace Hopper)
        ");
    }

    #[test]
    fn a_rollback_lists_what_un_ships() {
        let sample = Ships { complete: false, ..samples::ships(true) };
        insta::assert_snapshot!(check(&sample), @"
        02020202 (0202020) → 01010101 (0101010)
        2 commits un-ship by Ada Lovelace, Grace Hopper
        COMMIT   TITLE                                    AUTHOR        WHEN
        0202020  Merge pull request #12 from acme/prices  Ada Lovelace  2h ago
        0303030  Show prices with tax                     Grace Hopper  3h ago
        #12 Show prices with tax (Grace Hopper)
        There may be more: the history known does not reach back to what runs.
        ");
    }

    #[test]
    fn the_same_commit_ships_nothing() {
        let sample = Ships { commits: Vec::new(), pull_requests: Vec::new(), ..samples::ships(false) };
        insta::assert_snapshot!(check(&sample), @"
        01010101 (0101010) → 02020202 (0202020)
        The same commit: nothing ships.
        ");
    }
}
