//! Whether what runs is what was promoted, as read back from the target.

use domain::Digest;
use leptos::prelude::*;

use crate::ui::badge::Mark;
use crate::ui::icon::Icon;
use crate::wire::RunningView;
use crate::words::{Told, Tone};

/// What was read back of what runs, beside what was promoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadBack {
    /// It is what was promoted.
    Same,
    /// It is another artifact, or none that is known.
    Departs(Option<Digest>),
    /// What was promoted does not serve.
    Idle,
    /// It serves, but its files were not read back yet, or the target cannot tell.
    NotYet,
    /// The target does not answer.
    Away,
}

impl ReadBack {
    /// What a lane's running release was found to be.
    pub(super) fn of(running: &RunningView) -> Self {
        match (running.digest_matches, &running.read_back) {
            (None, _) => Self::Away,
            (Some(false), Some(read)) if !read.findings.is_empty() => Self::Departs(read.artifact),
            (Some(false), _) => Self::Idle,
            (Some(true), None) => Self::NotYet,
            (Some(true), Some(_)) => Self::Same,
        }
    }

    /// In one word, for where there is no room.
    const fn told(self) -> Told {
        match self {
            Self::Same => Told { tone: Tone::Ok, icon: Icon::Check, word: "Runs what was promoted" },
            Self::Departs(_) => Told { tone: Tone::Warn, icon: Icon::Warning, word: "Not what was promoted" },
            Self::Idle => {
                Told { tone: Tone::Bad, icon: Icon::Warning, word: "What was promoted does not serve" }
            }
            Self::NotYet => Told { tone: Tone::Unknown, icon: Icon::Question, word: "Not read back" },
            Self::Away => Told { tone: Tone::Unknown, icon: Icon::Question, word: "Cannot be read back" },
        }
    }

    /// What there is to say beside the word. What was promoted stands above it.
    fn detail(self, promoted: &str) -> String {
        match self {
            Self::Same => format!("read back {promoted}"),
            Self::Departs(Some(found)) => format!("read back {}", found.short()),
            Self::Departs(None) => "read back no known artifact".to_owned(),
            Self::Idle => "roll back, or promote again".to_owned(),
            Self::NotYet => "the target has not looked yet, or cannot".to_owned(),
            Self::Away => "the target does not tell".to_owned(),
        }
    }
}

/// The mark behind the digest: what was read back, with the words on hover.
pub(super) fn mark(running: &RunningView) -> AnyView {
    view! { <Mark told=ReadBack::of(running).told() /> }.into_any()
}

/// The same in words, for where there is room, or where something is wrong.
pub(super) fn line(running: &RunningView, always: bool) -> Option<AnyView> {
    let read = ReadBack::of(running);
    let is_news = matches!(read, ReadBack::Departs(_) | ReadBack::Idle | ReadBack::Away);
    (always || is_news).then(|| {
        let told = read.told();
        view! {
            <p class=format!("lane-read-back {}", told.tone.class())>
                {told.word}" "<span class="muted">"· "{read.detail(&running.release.artifact.short())}</span>
            </p>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{LaneView, ReadBack as Read, read_text};

    fn running(matches: Option<bool>, read: Option<Read>) -> RunningView {
        let lane: LaneView =
            read_text(include_str!("../../pages/components/samples/lane-blocked.json")).unwrap();
        RunningView { digest_matches: matches, read_back: read, ..lane.running.unwrap() }
    }

    #[test]
    fn what_cannot_be_read_is_never_told_as_what_was_promoted() {
        let clean = || Some(Read { artifact: Some(Digest::from_bytes([7; 32])), findings: Vec::new() });
        let tone = |matches, read| ReadBack::of(&running(matches, read)).told().tone;
        assert_eq!(tone(Some(true), clean()), Tone::Ok);
        assert_eq!(tone(Some(true), None), Tone::Unknown);
        assert_eq!(tone(None, clean()), Tone::Unknown);
        assert_eq!(tone(Some(false), clean()), Tone::Bad);
        let departed = Read { artifact: None, findings: vec![serde_json::Value::Null] };
        let read = ReadBack::of(&running(Some(false), Some(departed)));
        assert_eq!(read, ReadBack::Departs(None));
        assert_eq!(read.detail("77ab12cd"), "read back no known artifact");
    }
}
