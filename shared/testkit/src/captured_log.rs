//! What is logged during a test.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use edge::telemetry::{LogFilter, json_lines};
use serde_json::{Map, Value};
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

/// While `tracing` knows one subscriber only, a log statement that another thread meets first is off for all threads.
/// A second one, which nobody uses, keeps parallel tests apart.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// What this thread logs at `info` and above, from [`CapturedLog::begin`] until it is dropped.
#[must_use = "nothing is captured once it is dropped"]
pub struct CapturedLog {
    bytes: Bytes,
    _guard: DefaultGuard,
}

impl CapturedLog {
    /// Begins to capture. Tests run on a thread of their own, and so do the requests of their clients.
    pub fn begin() -> Self {
        LazyLock::force(&SECOND);
        let bytes = Bytes::default();
        let writer = bytes.clone();
        let guard =
            tracing::subscriber::set_default(json_lines(&LogFilter::default(), move || writer.clone()));
        Self { bytes, _guard: guard }
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock()).into_owned()
    }

    /// Everything so far, line by line.
    ///
    /// # Panics
    /// If a line is no JSON object.
    pub fn lines(&self) -> Vec<Map<String, Value>> {
        self.text().lines().map(|line| serde_json::from_str(line).expect("a JSON object per line")).collect()
    }
}

#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
