//! How far a subscriber has come, while several events are on their way at once.

use std::collections::BTreeSet;

/// The records that were read, and which of them are still being handled.
///
/// What is done with is everything before the oldest that is being handled: after a crash, reading goes on there, so
/// nothing is left out, and only what was on its way is handled again.
#[derive(Debug, Default)]
pub(super) struct Window {
    read_to: Option<String>,
    /// The records being handled, each with the position before it.
    under_way: BTreeSet<(String, Option<String>)>,
}

impl Window {
    /// Nothing is being handled, and everything up to there is done with.
    pub(super) fn after(position: Option<String>) -> Self {
        Self { read_to: position, under_way: BTreeSet::new() }
    }

    /// Up to where has been read.
    pub(super) fn read_to(&self) -> Option<String> {
        self.read_to.clone()
    }

    /// The next record was read, and needs no handling.
    pub(super) fn skip(&mut self, position: String) {
        self.read_to = Some(position);
    }

    /// The next record was read, and its handling begins.
    pub(super) fn begin(&mut self, position: String) {
        let before = self.read_to.replace(position.clone());
        self.under_way.insert((position, before));
    }

    /// The handling of a record has ended.
    pub(super) fn end(&mut self, position: &str) {
        self.under_way.retain(|(begun, _)| begun != position);
    }

    /// How many records are being handled.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Up to where everything is done with.
    pub(super) fn done(&self) -> Option<String> {
        self.under_way.first().map_or_else(|| self.read_to.clone(), |(_, before)| before.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn done_is_what_lies_before_the_oldest_that_is_under_way() {
        let mut window = Window::after(Some("1".to_owned()));
        let at = |window: &Window| window.done().unwrap();
        window.begin("2".to_owned());
        window.skip("3".to_owned());
        window.begin("4".to_owned());
        assert_eq!((at(&window), window.under_way()), ("1".to_owned(), 2));
        window.end("4");
        assert_eq!(at(&window), "1", "the older one is still being handled");
        window.begin("5".to_owned());
        window.end("2");
        assert_eq!(at(&window), "4");
        window.end("5");
        assert_eq!((at(&window), window.read_to()), ("5".to_owned(), Some("5".to_owned())));
    }
}
