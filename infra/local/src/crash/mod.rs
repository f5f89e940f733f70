//! Dying on purpose: so that a test can look at what a crash leaves behind, at every point where that may matter.
//!
//! The process kills itself (SIGKILL) when it comes to the point it was told of for the n-th time. Nothing is armed
//! unless somebody asks for it when Keelson is started, and a point that is not armed costs reading one cell.

pub(crate) mod relay;

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};
use tokio::signal::unix::{SignalKind, signal};

macro_rules! crash_points {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A point at which a crash could leave something half done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum CrashPoint {
            $($(#[$doc])* $name,)*
        }

        impl CrashPoint {
            /// Every point.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name by which it is asked for.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

crash_points! {
    /// A write has reached the store, which has not begun it.
    BeforeCommit = "before-commit",
    /// The store has committed a write, and whoever asked for it does not know.
    AfterCommit = "after-commit",
    /// An event was read from the stream, and its handling has not begun.
    BeforeHandling = "before-handling",
    /// An event was handled, and that is written down nowhere.
    AfterHandling = "after-handling",
    /// A file's new content is on disk beside the old one.
    BeforeFile = "before-file",
    /// A file has its new content, and whoever writes it does not know.
    AfterFile = "after-file",
    /// The bytes of an artifact are all here and verified, and do not have their name yet.
    BeforeArtifact = "before-artifact",
    /// The bytes of an artifact have their name, and it is not registered yet.
    AfterArtifact = "after-artifact",
    /// A release is unpacked, and its folder does not have its name yet.
    BeforeUnpacked = "before-unpacked",
    /// A process is recorded, and does not exist yet.
    BeforeSpawn = "before-spawn",
    /// A process was started, is not ready, and its pid is written down nowhere.
    AfterSpawn = "after-spawn",
    /// What follows is decided and written down, such as a switch of traffic, and nothing of it is done.
    Decided = "decided",
    /// Traffic was switched, and what it has left is not draining yet.
    BeforeDrain = "before-drain",
    /// A process has no requests left, and is not told to stop yet.
    BeforeStop = "before-stop",
}

/// Where to crash: at a point, when it is come to for the n-th time. Written `POINT:N`, or `POINT:N@signal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashAt {
    /// The point.
    pub point: CrashPoint,
    /// The how manyeth time, from 1.
    pub time: u32,
    /// Whether it is counted only from when the process gets SIGUSR2, and not from its start.
    pub from_signal: bool,
}

/// A text that names no crash point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no crash point: expected one of {words}, and `:N` for the N-th time", words = words())]
pub struct UnknownCrashPoint(String);

fn words() -> String {
    CrashPoint::ALL.iter().map(|point| point.word()).collect::<Vec<_>>().join(", ")
}

impl FromStr for CrashAt {
    type Err = UnknownCrashPoint;

    fn from_str(given: &str) -> Result<Self, UnknownCrashPoint> {
        let unknown = || UnknownCrashPoint(given.to_owned());
        let (place, from_signal) =
            given.strip_suffix(FROM_SIGNAL).map_or((given, false), |place| (place, true));
        let (word, time) = place.split_once(':').unwrap_or((place, "1"));
        let point = CrashPoint::ALL.iter().find(|point| point.word() == word).ok_or_else(unknown)?;
        let time = time.parse().ok().filter(|time| *time > 0).ok_or_else(unknown)?;
        Ok(Self { point: *point, time, from_signal })
    }
}

impl fmt::Display for CrashAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = if self.from_signal { FROM_SIGNAL } else { "" };
        write!(f, "{}:{}{from}", self.point.word(), self.time)
    }
}

/// What says that it is counted from a signal.
const FROM_SIGNAL: &str = "@signal";

struct Armed {
    point: CrashPoint,
    left: AtomicU32,
    counts: AtomicBool,
}

/// One for the process, because it is the process that it ends.
static ARMED: OnceLock<Armed> = OnceLock::new();

/// From now on this process dies there. Only the first call counts.
pub(crate) fn arm(at: CrashAt) {
    let (left, counts) = (AtomicU32::new(at.time), AtomicBool::new(!at.from_signal));
    let _ = ARMED.set(Armed { point: at.point, left, counts });
    if at.from_signal {
        tokio::spawn(count_from_signal());
    }
}

async fn count_from_signal() {
    let Ok(mut begin) = signal(SignalKind::user_defined2()) else { return };
    begin.recv().await;
    if let Some(armed) = ARMED.get() {
        armed.counts.store(true, Ordering::SeqCst);
    }
}

/// Whether the store's writes have to be watched.
pub(crate) fn is_at_a_write() -> bool {
    let point = ARMED.get().map(|armed| armed.point);
    matches!(point, Some(CrashPoint::BeforeCommit | CrashPoint::AfterCommit))
}

/// The process has come to a point.
pub(crate) fn at(point: CrashPoint) {
    let Some(armed) = ARMED.get().filter(|armed| armed.point == point) else { return };
    if armed.counts.load(Ordering::SeqCst) && armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        // It does not return.
        let _ = kill_process(getpid(), Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_named_and_read_back() {
        for point in CrashPoint::ALL {
            let at = CrashAt { point: *point, time: 3, from_signal: true };
            assert_eq!(at.to_string().parse(), Ok(at));
            assert_eq!(point.word().parse(), Ok(CrashAt { point: *point, time: 1, from_signal: false }));
        }
        let refused = "nowhere:1".parse::<CrashAt>().unwrap_err().to_string();
        assert!(
            refused.starts_with("`nowhere:1` is no crash point: expected one of before-commit, "),
            "{refused}"
        );
        assert!("before-commit:0".parse::<CrashAt>().is_err());
    }
}
