//! Shows that something goes on: a bar on a terminal, a line every few seconds elsewhere.

use std::io::IsTerminal;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::out;
use crate::timings::seconds;

/// How often a line is written where there is no terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);
/// How often the bar moves on a terminal.
const TICK: Duration = Duration::from_millis(100);

/// Progress of one stage, shown until it is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    plain: Option<Plain>,
}

/// The thread that writes lines where there is no terminal.
struct Plain {
    latest: Arc<Mutex<String>>,
    /// Dropped to end the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    /// Starts to show `title`.
    pub(crate) fn start(title: &str) -> Result<Self> {
        if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{spinner} {prefix:10} {elapsed:>4} {wide_msg}")
                .context("the template of the bar is wrong")?;
            let bar = ProgressBar::new_spinner().with_style(style).with_prefix(title.to_owned());
            bar.enable_steady_tick(TICK);
            return Ok(Self { bar, plain: None });
        }
        out::note(&format!("{title} …"));
        Ok(Self { bar: ProgressBar::hidden(), plain: Some(Plain::start(title)) })
    }

    /// `done` of `total` units are ready; `what` is under way.
    pub(crate) fn step(&self, done: u64, total: u64, what: &str) {
        const WIDTH: u64 = 24;
        let filled = (done * WIDTH).checked_div(total).unwrap_or_default();
        let bar: String = (0..WIDTH).map(|cell| if cell < filled { '━' } else { '·' }).collect();
        self.bar.set_message(format!("{bar} {done}/{total}  {what}"));
        self.remember(format!("{done}/{total}  {what}"));
    }

    /// Says what is under way where nothing can be counted.
    pub(crate) fn message(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.remember(what.to_owned());
    }

    /// Writes a line that stays, above the bar.
    pub(crate) fn keep(&self, text: &str) {
        self.bar.suspend(|| out::note(text));
    }

    fn remember(&self, text: String) {
        if let Some(plain) = &self.plain {
            *plain.latest.lock().unwrap_or_else(PoisonError::into_inner) = text;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        if let Some(Plain { stop, thread, .. }) = self.plain.take() {
            drop(stop);
            // It only writes lines; were it to panic, nothing would depend on it.
            thread.join().ok();
        }
    }
}

impl Plain {
    fn start(title: &str) -> Self {
        let started = Instant::now();
        let latest = Arc::new(Mutex::new(String::new()));
        let (stop, stopped) = mpsc::channel();
        let (title, shown) = (title.to_owned(), Arc::clone(&latest));
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(PLAIN_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let text = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
                out::note(&format!("{title} {}  {text}", seconds(started.elapsed())));
            }
        });
        Self { latest, stop, thread }
    }
}
