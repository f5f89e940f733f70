//! Looking at a git host for what its webhooks did not tell: when, how far it came, and what went wrong.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::manifest::RepositoryRef;
use crate::{CommitSha, ConnectionName, Period};

/// How often a host is looked at while all is well: a gap is repaired within five minutes, and a look takes time.
pub const EVERY: Period = Period::seconds(3 * 60);
/// How soon it is looked at again after it was asked to deliver something again.
pub const SOON: Period = Period::seconds(30);
/// For how long a look under way keeps others from beginning one. A look that is killed is taken over after that.
pub const LEASE: Period = Period::seconds(2 * 60);
/// How often a delivery is asked for again.
pub const MOST_TRIES: u32 = 3;

/// How long to wait when the host did not answer: it may be back at any moment.
const FIRST_WAIT: u32 = 30;
/// The longest such wait, so that a gap is repaired within five minutes of the host's return.
const LONGEST_WAIT: u32 = 4 * 60;
/// How long to wait when only a person can help. A new token is tried at once.
const REFUSED_WAIT: Period = Period::seconds(15 * 60);
/// The longest that a host may put Keelson off.
const LONGEST_PUT_OFF: u32 = 60 * 60;

/// What kind of trouble a request to a git host's API ran into, which decides when it is worth trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The token is not valid (401).
    Unauthorized,
    /// The token may not do that (403).
    Forbidden,
    /// What was asked for is not there, or the token may not know of it (404).
    NotFound,
    /// Too many requests (429, or 403 with a limit that is used up).
    Limited,
    /// The host understood and refused (other 4xx).
    Refused,
    /// The host failed (5xx).
    Failing,
    /// The host does not answer.
    Unreachable,
    /// The answer is not what it should be.
    Unexpected,
}

/// Why a request to a git host's API did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Which kind.
    pub kind: TroubleKind,
    /// What happened, and what helps. Without any secret.
    pub reason: String,
    /// Since when it is so, without a success in between.
    pub since: Timestamp,
    /// How many times in a row.
    pub times: u32,
    /// Until when the host shall not be asked.
    pub until: Timestamp,
}

impl Trouble {
    /// The trouble after one more failure at `now`. `put_off`: for how many seconds the host wants to be left alone.
    pub fn again(
        before: Option<&Self>,
        kind: TroubleKind,
        reason: String,
        put_off: Option<u32>,
        now: Timestamp,
    ) -> Self {
        let times = before.map_or(0, |trouble| trouble.times).saturating_add(1);
        let since = before.map_or(now, |trouble| trouble.since);
        let doubled = (FIRST_WAIT << (times - 1).min(5)).min(LONGEST_WAIT);
        let wait = match kind {
            TroubleKind::Unauthorized
            | TroubleKind::Forbidden
            | TroubleKind::NotFound
            | TroubleKind::Refused => REFUSED_WAIT,
            TroubleKind::Limited => Period::seconds(put_off.unwrap_or(doubled).clamp(1, LONGEST_PUT_OFF)),
            TroubleKind::Failing | TroubleKind::Unreachable | TroubleKind::Unexpected => {
                Period::seconds(put_off.unwrap_or(doubled).clamp(1, LONGEST_WAIT))
            }
        };
        Self { kind, reason, since, times, until: wait.after(now) }
    }
}

/// How a connection is looked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionWatch {
    /// Whose.
    pub connection: ConnectionName,
    /// When it is looked at next.
    pub next_at: Timestamp,
    /// When it was looked at last, to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// What went wrong, unless the last look went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// Why the host could not be told of a promotion, unless all is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<Trouble>,
    /// What was missed and repaired since the connection is looked after.
    #[serde(default)]
    pub gaps: Gaps,
    /// After which repository the next look goes on, when one look did not come to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What was missed, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gaps {
    /// Deliveries that the host could not make, and branches that had moved without a word.
    pub missed: u64,
    /// Those of them that are made up for.
    pub repaired: u64,
    /// When something was found missing last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Timestamp>,
    /// When something was made up for last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_at: Option<Timestamp>,
}

impl Gaps {
    /// Counts what one look found missing and made up for.
    pub fn count(&mut self, missed: u64, repaired: u64, now: Timestamp) {
        self.missed += missed;
        self.repaired += repaired;
        if missed > 0 {
            self.missed_at = Some(now);
        }
        if repaired > 0 {
            self.repaired_at = Some(now);
        }
    }
}

impl ConnectionWatch {
    /// A connection that is looked at at once.
    pub fn begin(connection: ConnectionName, now: Timestamp) -> Self {
        Self {
            connection,
            next_at: now,
            checked_at: None,
            trouble: None,
            untold: None,
            gaps: Gaps::default(),
            after: None,
        }
    }

    /// The same, looked at at once: its address or token is new.
    #[must_use]
    pub fn anew(self, now: Timestamp) -> Self {
        Self { next_at: now, trouble: None, untold: None, after: None, ..self }
    }

    /// The same while a look is under way.
    #[must_use]
    pub fn claimed(self, now: Timestamp) -> Self {
        Self { next_at: LEASE.after(now), ..self }
    }

    /// The same after the host could not be told something: it is tried again with the next look, which is not late.
    #[must_use]
    pub fn not_told(self, trouble: Trouble) -> Self {
        Self { next_at: self.next_at.min(trouble.until), untold: Some(trouble), ..self }
    }

    /// The same after a look. `soon`: something was asked for that is worth looking for; `after`: it came only that far.
    #[must_use]
    pub fn looked(self, trouble: Option<Trouble>, soon: bool, after: Option<String>, now: Timestamp) -> Self {
        let next_at = match &trouble {
            Some(trouble) => trouble.until,
            None if after.is_some() => now,
            None if soon => SOON.after(now),
            None => EVERY.after(now),
        };
        Self { next_at, checked_at: Some(now), trouble, after, ..self }
    }
}

/// How far a repository was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryWatch {
    /// Which.
    pub repository: RepositoryRef,
    /// The host's number of the webhook that leads to Keelson.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
    /// What keeps deliveries from being looked at, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The newest delivery that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// The deliveries that the host was asked to make again, by their id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub asked: BTreeMap<String, AskedAgain>,
    /// Its branches that services ship from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub branches: BTreeMap<String, BranchWatch>,
    /// What went wrong with it, unless the last look went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// A delivery that the host was asked to make again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAgain {
    /// The host's word for the kind of event.
    pub event: String,
    /// When it failed first.
    pub failed_at: Timestamp,
    /// When it was asked for last.
    pub asked_at: Timestamp,
    /// How often.
    pub tries: u32,
}

/// Where a branch is, by the host's API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchWatch {
    /// Its newest commit.
    pub head: CommitSha,
    /// The host's mark of that answer, to ask cheaply whether it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When that was seen.
    pub seen_at: Timestamp,
    /// Whether what Keelson has recorded ends there too.
    pub agrees: bool,
    /// When commits were recorded that no webhook had told of. Webhooks that come late say nothing new after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repaired_at: Option<Timestamp>,
}

impl RepositoryWatch {
    /// A repository that was not looked at yet.
    pub const fn begin(repository: RepositoryRef) -> Self {
        Self {
            repository,
            hook: None,
            note: None,
            delivered_at: None,
            asked: BTreeMap::new(),
            branches: BTreeMap::new(),
            trouble: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn waits(kind: TroubleKind, put_off: Option<u32>) -> Vec<i64> {
        let mut before = None;
        let wait = |_| {
            let trouble = Trouble::again(before.as_ref(), kind, "down".to_owned(), put_off, at(0));
            let wait = trouble.until.as_second();
            before = Some(trouble);
            wait
        };
        (0..6).map(wait).collect()
    }

    #[test]
    fn a_host_that_does_not_answer_is_asked_later_and_later_but_within_five_minutes() {
        assert_eq!(waits(TroubleKind::Unreachable, None), [30, 60, 120, 240, 240, 240]);
        assert_eq!(waits(TroubleKind::Failing, Some(7_200)), [240; 6]);
    }

    #[test]
    fn a_host_that_counts_requests_says_itself_when_to_come_back() {
        assert_eq!(waits(TroubleKind::Limited, Some(90)), [90; 6]);
        assert_eq!(waits(TroubleKind::Limited, Some(u32::MAX)), [3_600; 6]);
        assert_eq!(waits(TroubleKind::Limited, None), [30, 60, 120, 240, 240, 240]);
    }

    #[test]
    fn what_only_a_person_can_mend_is_tried_rarely_and_at_once_when_it_was_mended() {
        assert_eq!(waits(TroubleKind::Unauthorized, None), [900; 6]);
        let trouble = Trouble::again(None, TroubleKind::Forbidden, "no".to_owned(), None, at(0));
        let watch = ConnectionWatch::begin("github".parse().unwrap(), at(0));
        let refused = watch.looked(Some(trouble), false, None, at(0));
        assert_eq!(refused.next_at, at(900));
        assert_eq!(refused.anew(at(60)).next_at, at(60));
    }

    #[test]
    fn a_look_is_repeated_soon_when_something_is_awaited_and_at_once_when_it_did_not_come_to_all() {
        let watch = ConnectionWatch::begin("github".parse().unwrap(), at(0));
        let next = |soon, after: Option<&str>| {
            watch.clone().looked(None, soon, after.map(str::to_owned), at(0)).next_at.as_second()
        };
        assert_eq!((next(false, None), next(true, None), next(true, Some("acme/b"))), (180, 30, 0));
        assert_eq!(watch.clone().claimed(at(0)).next_at, at(120));
    }
}
