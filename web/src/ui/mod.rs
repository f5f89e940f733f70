//! The components, one a file. They know how things look and behave, and nothing about Keelson's pages.

pub(crate) mod badge;
pub(crate) mod bars;
pub(crate) mod button;
pub(crate) mod confirm;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod digest;
pub(crate) mod disclosure;
pub(crate) mod empty;
pub(crate) mod error_card;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod lane;
pub(crate) mod line_chart;
pub(crate) mod log;
pub(crate) mod meter;
pub(crate) mod more;
pub(crate) mod note;
pub(crate) mod page;
pub(crate) mod progress;
pub(crate) mod properties;
pub(crate) mod seen;
pub(crate) mod ships;
pub(crate) mod skeleton;
pub(crate) mod spark;
pub(crate) mod stacks;
pub(crate) mod stale;
pub(crate) mod steps;
pub(crate) mod svg;
pub(crate) mod table;
pub(crate) mod tabs;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod toast;
pub(crate) mod waterfall;
pub(crate) mod window;

use std::sync::atomic::{AtomicU32, Ordering};

/// An id that no other element has, to tie a label or a description to what it is of.
pub(crate) fn unique_id(what: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
