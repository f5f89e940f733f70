//! What the palette finds: every place and everything that can be done, and how well each fits what was typed.

use crate::actions::Ask;
use crate::paths;
use crate::ui::table::in_order;
use crate::wire::{Action, PromotionSummary, ServiceRow};
use crate::words::{self, sentence};

/// Something the palette offers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// What it is called.
    pub(super) title: String,
    /// What kind of thing it is, or why it cannot be done now.
    pub(super) hint: String,
    /// What choosing it does.
    pub(super) does: Does,
}

/// What choosing an entry does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Does {
    /// Goes there.
    Go(String),
    /// Asks to confirm.
    Ask(Box<Ask>),
    /// Uses a theme; without one, the system's.
    Theme(Option<&'static str>),
    /// Nothing: it may not be done now.
    Nothing,
}

/// Everything there is to find.
pub(super) fn entries(rows: &[ServiceRow]) -> Vec<Entry> {
    let go = |title: &str, href: String| Entry {
        title: title.to_owned(),
        hint: "Page".to_owned(),
        does: Does::Go(href),
    };
    let theme = |title: &str, theme| Entry {
        title: title.to_owned(),
        hint: "Theme".to_owned(),
        does: Does::Theme(theme),
    };
    let mut entries = vec![
        go("Overview", paths::OVERVIEW.to_owned()),
        go("Services", paths::SERVICES.to_owned()),
        go("Trains", paths::TRAINS.to_owned()),
        go("Delivery", paths::DELIVERY.to_owned()),
        go("Audit", paths::AUDIT.to_owned()),
        go("Settings: connections", paths::settings("connections")),
        go("Settings: tokens", paths::settings("tokens")),
        go("Settings: people", paths::settings("people")),
        go("Settings: dead letters", paths::settings("dead-letters")),
        go("Components", paths::COMPONENTS.to_owned()),
    ];
    entries.extend(rows.iter().map(|row| Entry {
        title: row.name.to_string(),
        hint: format!("Service of {}", row.team),
        does: Does::Go(paths::service(&row.name)),
    }));
    entries.extend(rows.iter().flat_map(|row| {
        let tab = |title: &str, tab| Entry {
            title: format!("{title} of {}", row.name),
            hint: "Page".to_owned(),
            does: Does::Go(paths::service_tab(&row.name, tab)),
        };
        [tab("Delivery", "delivery"), tab("CI", "runs")]
    }));
    entries.extend(rows.iter().flat_map(promotions));
    entries.extend(rows.iter().flat_map(actions));
    entries.extend([
        theme("Use the light theme", Some("light")),
        theme("Use the dark theme", Some("dark")),
        theme("Use the system's theme", None),
    ]);
    entries
}

/// The promotions under way, and those that wait.
fn promotions(row: &ServiceRow) -> Vec<Entry> {
    let entry = |promotion: &PromotionSummary| Entry {
        title: format!(
            "Promotion of {} in {}: {}",
            promotion.service,
            promotion.environment,
            promotion.release.artifact.short()
        ),
        hint: words::phase(promotion.phase).word.to_owned(),
        does: Does::Go(paths::promotion(&promotion.id)),
    };
    let lanes = row.environments.iter();
    lanes.flat_map(|lane| lane.rollout.iter().chain(&lane.waiting)).map(entry).collect()
}

fn actions(row: &ServiceRow) -> Vec<Entry> {
    let entry = |title: String, action: &Action, ask: Ask| match &action.refused {
        Some(reason) => Entry { title, hint: sentence(reason), does: Does::Nothing },
        None => Entry { title, hint: "Action".to_owned(), does: Does::Ask(Box::new(ask)) },
    };
    let mut entries = Vec::new();
    for lane in &row.environments {
        let (service, environment) = (row.name.clone(), lane.environment.clone());
        let place = format!("{service} in {environment}");
        let promote = Ask::Promote {
            service: service.clone(),
            environment: environment.clone(),
            candidate: lane.candidate.clone(),
            repairs: false,
        };
        let roll_back = Ask::RollBack {
            service: service.clone(),
            environment: environment.clone(),
            previous: lane.previous.clone(),
        };
        let (verb, hold) = match lane.hold.clone() {
            Some(hold) => {
                let environment = environment.clone();
                ("Resume", Ask::Resume { service: service.clone(), environment, hold })
            }
            None => ("Hold", Ask::Hold { service: service.clone(), environment: environment.clone() }),
        };
        let lock = match lane.lock.clone() {
            Some(lock) => {
                let refused = lock.unlock.clone();
                entry(
                    format!("Unlock {place}"),
                    &refused,
                    Ask::Unlock { service: service.clone(), environment, lock },
                )
            }
            None => {
                let lock = Ask::Lock { service: service.clone(), environment };
                entry(format!("Lock {place}"), &lane.change_hold, lock)
            }
        };
        entries.push(entry(format!("Promote {place}"), &lane.promote, promote));
        entries.push(entry(format!("Roll back {place}"), &lane.roll_back, roll_back));
        entries.push(entry(format!("{verb} {place}"), &lane.change_hold, hold));
        entries.push(lock);
        entries.push(Entry {
            title: format!("Logs of {place}"),
            hint: "Page".to_owned(),
            does: Does::Go(paths::logs(&service, &lane.environment)),
        });
    }
    entries
}

/// The entries that fit what was typed, the best first.
pub(super) fn find(entries: &[Entry], typed: &str, most: usize) -> Vec<Entry> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_ascii_lowercase).collect();
    let found: Vec<(u32, &Entry)> = entries
        .iter()
        .filter_map(|entry| Some((misfit(&entry.title.to_ascii_lowercase(), &words)?, entry)))
        .collect();
    // What fits equally well stays in its order.
    let order = in_order(found.len(), &|one, other| found[one].0 < found[other].0);
    order.into_iter().take(most).map(|index| found[index].1.clone()).collect()
}

/// How badly a title fits: 0 is best; `None` if it does not.
fn misfit(title: &str, words: &[String]) -> Option<u32> {
    words.iter().map(|word| misfit_of_word(title, word)).sum()
}

fn misfit_of_word(title: &str, word: &str) -> Option<u32> {
    if title.starts_with(word) {
        return Some(0);
    }
    if title.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.starts_with(word)) {
        return Some(1);
    }
    if title.contains(word) {
        return Some(2);
    }
    is_subsequence(title, word).then_some(6)
}

fn is_subsequence(title: &str, word: &str) -> bool {
    let mut letters = title.chars();
    word.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(typed: &str) -> Vec<String> {
        let entry = |title: &str| Entry { title: title.to_owned(), hint: String::new(), does: Does::Nothing };
        let entries = [
            entry("Overview"),
            entry("Settings: tokens"),
            entry("storefront"),
            entry("Promote storefront in production"),
            entry("Roll back storefront in production"),
        ];
        find(&entries, typed, 10).into_iter().map(|entry| entry.title).collect()
    }

    #[test]
    fn everything_is_found_before_anything_is_typed() {
        assert_eq!(titles("").len(), 5);
    }

    #[test]
    fn the_best_fit_comes_first() {
        assert_eq!(titles("store")[0], "storefront");
        assert_eq!(titles("roll prod"), ["Roll back storefront in production"]);
        assert_eq!(titles("tok"), ["Settings: tokens"]);
    }

    #[test]
    fn letters_in_order_are_enough_and_others_are_not() {
        assert_eq!(titles("rbk"), ["Roll back storefront in production"]);
        assert!(titles("xyz").is_empty());
    }
}
