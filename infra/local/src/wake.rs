//! "Something was written, look at once": what makes the bus quick without making it busy.

use tokio::sync::watch;

/// Tells everybody who listens that something was written. Clones tell the same.
#[derive(Debug, Clone)]
pub(crate) struct Wake(watch::Sender<()>);

impl Wake {
    /// Nobody listens yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// Something was written. Whoever is busy at the moment learns of it next.
    pub(crate) fn wake(&self) {
        self.0.send_replace(());
    }

    /// Listens from now on.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
