//! What the panel weighs, and what it may weigh.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use super::Profile;
use super::inputs::files;
use crate::out;

/// What the files of a first visit may weigh with brotli, in bytes. Headers and the API's answers come on top, and all
/// of it together is to stay below 350 kB, which `cargo xtask bench panel` measures.
const BUDGET: u64 = 340_000;

/// The sizes of every file of the bundle.
pub(crate) struct Sizes {
    files: Vec<Size>,
    profile: Profile,
}

/// One file, in bytes.
struct Size {
    path: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Sizes {
    /// Reads the sizes of what lies in `dist`.
    pub(super) fn of(dist: &Path, profile: Profile) -> Result<Self> {
        let mut sizes = Vec::new();
        for file in files(dist)? {
            let path = file.strip_prefix(dist)?.to_string_lossy().into_owned();
            if path.ends_with(".gz") || path.ends_with(".br") {
                continue;
            }
            let raw = fs::metadata(&file)?.len();
            // What does not shrink is served as it is.
            let compressed = |extension| fs::metadata(dist.join(format!("{path}.{extension}")));
            let gzip = compressed("gz").map_or(raw, |form| form.len());
            let brotli = compressed("br").map_or(raw, |form| form.len());
            sizes.push(Size { path, raw, gzip, brotli });
        }
        Ok(Self { files: sizes, profile })
    }

    /// The sum over all files with brotli, in bytes.
    fn brotli(&self) -> u64 {
        self.files.iter().map(|file| file.brotli).sum()
    }

    /// One line: `111.8 kB of 340.0 kB (brotli)`.
    pub(crate) fn summary(&self) -> String {
        match self.profile {
            Profile::Web => format!("{} of {} (brotli)", kilobytes(self.brotli()), kilobytes(BUDGET)),
            Profile::Dev => "not compressed".to_owned(),
        }
    }

    /// Fails when a first visit would download more than it may; a build for development may weigh anything.
    pub(crate) fn within_budget(&self) -> Result<()> {
        if self.profile == Profile::Web && self.brotli() > BUDGET {
            bail!("the panel weighs {}: make it smaller", self.summary());
        }
        Ok(())
    }

    /// Writes the table.
    pub(crate) fn print(&self) {
        let width = self.files.iter().map(|file| file.path.len()).max().unwrap_or_default();
        let row = |name: &str, raw: &str, gzip: &str, brotli: &str| {
            out::line(&format!("{name:width$}  {raw:>10}  {gzip:>10}  {brotli:>10}"));
        };
        row("", "raw", "gzip", "brotli");
        for Size { path, raw, gzip, brotli } in &self.files {
            row(path, &kilobytes(*raw), &kilobytes(*gzip), &kilobytes(*brotli));
        }
        let sum = |size: fn(&Size) -> u64| kilobytes(self.files.iter().map(size).sum());
        row("total", &sum(|file| file.raw), &sum(|file| file.gzip), &sum(|file| file.brotli));
    }
}

/// Thousands of bytes with one decimal.
fn kilobytes(bytes: u64) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}
