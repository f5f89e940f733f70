//! How much of the machine the releases use, looked at every few seconds.
//!
//! A release is the group of the process that was started for it, so what that process starts counts too.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use domain::saturation::Saturation;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::procfs::{self, Usage};
use crate::files;
use crate::signals::Recorder;

/// How often to look: more often than the finest span of a plot, 5 s, so that none is empty.
const LOOK: Duration = Duration::from_secs(4);

/// The groups of processes that are looked at.
#[derive(Default)]
pub(super) struct Meter(Mutex<HashMap<u32, Metered>>);

struct Metered {
    recorder: Arc<Recorder>,
    /// The processor time used until the last look, and when that was.
    last: Option<(Duration, Instant)>,
}

/// Keeps a group being looked at until it is dropped.
pub(super) struct Watched {
    meter: Arc<Meter>,
    group: u32,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.meter.groups().remove(&self.group);
    }
}

impl Meter {
    /// Looks at a group of processes from now on, and tells a recorder what it uses.
    pub(super) fn watch(self: &Arc<Self>, group: u32, recorder: Arc<Recorder>) -> Watched {
        self.groups().insert(group, Metered { recorder, last: None });
        Watched { meter: self.clone(), group }
    }

    /// Looks again and again, until Keelson lets go.
    pub(super) async fn run(self: Arc<Self>, let_go: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while let_go.run_until_cancelled(looks.tick()).await.is_some() {
            if self.groups().is_empty() {
                continue;
            }
            let meter = self.clone();
            // What cannot be read now is read with the next look.
            let _ = files::blocking(move || {
                meter.look(&procfs::usage(), Instant::now(), Capacity::of_this_machine());
                Ok(())
            })
            .await;
        }
    }

    fn look(&self, usage: &HashMap<u32, Usage>, now: Instant, capacity: Capacity) {
        for (group, metered) in self.groups().iter_mut() {
            let Some(used) = usage.get(group) else { continue };
            let before = metered.last.replace((used.processor, now));
            // A share of time needs two looks. A process that ended took its time with it, which is no less use.
            let Some((processor, then)) = before else { continue };
            let busy = used.processor.saturating_sub(processor);
            let share = busy.as_secs_f64() / ((now - then).as_secs_f64() * capacity.processors).max(1e-3);
            metered.recorder.saturation(Saturation {
                cpu: share.min(1.0),
                memory: (used.memory as f64 / capacity.memory.max(1) as f64).min(1.0),
            });
        }
    }

    fn groups(&self) -> MutexGuard<'_, HashMap<u32, Metered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is to be used.
#[derive(Debug, Clone, Copy)]
struct Capacity {
    processors: f64,
    /// Bytes.
    memory: u64,
}

impl Capacity {
    /// Of this machine, or of the container that is all Keelson may use of it.
    fn of_this_machine() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        // A container without a limit says `max`, which is no number.
        let limit = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
        let limit = limit.and_then(|limit| limit.trim().parse().ok()).unwrap_or(u64::MAX);
        Self { processors: processors as f64, memory: procfs::memory().unwrap_or(u64::MAX).min(limit) }
    }
}

#[cfg(test)]
mod tests {
    use domain::Digest;
    use jiff::Timestamp;
    use ports::Signals as _;

    use super::*;
    use crate::MeasuredSignals;

    #[tokio::test]
    async fn a_group_is_measured_between_two_looks_and_forgotten_when_it_ends() {
        let now: crate::Now = Arc::new(|| Timestamp::UNIX_EPOCH);
        let signals = MeasuredSignals::new(now);
        let (service, environment) = ("shop".parse().unwrap(), "production".parse().unwrap());
        let recorder = signals.recorder(&service, &environment, Digest::from_bytes([1; 32]));
        let meter = Arc::new(Meter::default());
        let watched = meter.watch(7, recorder);

        let capacity = Capacity { processors: 2.0, memory: 1_000 };
        let used =
            |millis, memory| HashMap::from([(7, Usage { processor: Duration::from_millis(millis), memory })]);
        let start = Instant::now();
        let plot = async || {
            let points = signals.traffic(&service, &environment, Timestamp::UNIX_EPOCH, 1).await.unwrap();
            points[0].saturation
        };
        meter.look(&used(500, 100), start, capacity);
        assert_eq!(plot().await, None, "one look tells nothing of a span");
        meter.look(&used(4_500, 250), start + Duration::from_secs(4), capacity);
        assert_eq!(plot().await, Some(Saturation { cpu: 0.5, memory: 0.25 }));
        // One of its processes has ended, and the time it had used is gone.
        meter.look(&used(100, 100), start + Duration::from_secs(8), capacity);
        assert_eq!(plot().await, Some(Saturation { cpu: 0.5, memory: 0.25 }), "the fullest moment counts");

        drop(watched);
        assert!(meter.groups().is_empty());
    }

    #[test]
    fn this_machine_has_processors_and_memory_and_this_test_uses_some() {
        let capacity = Capacity::of_this_machine();
        assert!(
            capacity.processors >= 1.0 && (1_000_000..u64::MAX).contains(&capacity.memory),
            "{capacity:?}"
        );
        let usage = procfs::usage();
        let most = usage.values().map(|used| used.memory).max();
        assert!(most.is_some_and(|most| most > 1_000_000), "{usage:?}");
    }
}
