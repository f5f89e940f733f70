//! The files of the panel as they are served.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::thread;

use anyhow::{Context, Result};
use brotli::CompressorWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::Profile;
use super::inputs::files;

/// Files by their path below `dist`.
#[derive(Default)]
pub(super) struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// Adds a file under the path it is served at.
    pub(super) fn add(&mut self, path: &str, content: Vec<u8>) {
        self.files.insert(path.to_owned(), content);
    }

    /// Adds a file whose name holds a hash of its content; returns the path it is served at, from `/` on.
    pub(super) fn add_asset(&mut self, stem: &str, extension: &str, content: Vec<u8>) -> String {
        let hash = hex::encode(&Sha256::digest(&content)[..8]);
        let path = format!("assets/{stem}-{hash}.{extension}");
        self.add(&path, content);
        format!("/{path}")
    }

    /// Brings `dist` to hold this bundle and nothing else.
    ///
    /// A server may be reading from `dist`: new files come first, then the page that names them, and what no
    /// page names any more goes last.
    pub(super) fn lay_down(mut self, dist: &Path, profile: Profile) -> Result<()> {
        if profile == Profile::Web {
            self.compress()?;
        }
        let (pages, assets): (Vec<_>, Vec<_>) =
            self.files.iter().partition(|(path, _)| path.starts_with("index.html"));
        for (path, content) in assets.into_iter().chain(pages) {
            let file = dist.join(path);
            fs::create_dir_all(file.parent().context("a file lies in a folder")?)?;
            fs::write(&file, content).with_context(|| format!("cannot write {}", file.display()))?;
        }
        for file in files(dist)? {
            let path = file.strip_prefix(dist)?.to_string_lossy().into_owned();
            if !self.files.contains_key(&path) {
                fs::remove_file(file)?;
            }
        }
        Ok(())
    }

    /// Adds a `.gz` and a `.br` beside every file that is smaller so.
    fn compress(&mut self) -> Result<()> {
        let compressed = thread::scope(|scope| {
            let workers: Vec<_> = self
                .files
                .iter()
                .map(|(path, content)| scope.spawn(move || compress_one(path, content)))
                .collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined.map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let compressed: Result<Vec<_>> = compressed;
        self.files.extend(compressed?.into_iter().flatten());
        Ok(())
    }

    /// What the bundle holds, with the text of what is text.
    #[cfg(test)]
    pub(super) fn listing(&self) -> String {
        let files = self.files.iter();
        files.map(|(path, content)| format!("{path}\n{}\n", String::from_utf8_lossy(content))).collect()
    }
}

/// The compressed forms of one file that are smaller than it is.
fn compress_one(path: &str, content: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let forms = [(format!("{path}.gz"), gzip(content)?), (format!("{path}.br"), brotli(content)?)];
    Ok(forms.into_iter().filter(|(_, form)| form.len() < content.len()).collect())
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    const BUFFER: usize = 64 * 1024;
    const BEST: u32 = 11;
    /// The largest window every decoder knows: 16 MiB.
    const WINDOW_BITS: u32 = 24;
    let mut compressed = Vec::new();
    let mut encoder = CompressorWriter::new(&mut compressed, BUFFER, BEST, WINDOW_BITS);
    encoder.write_all(content)?;
    encoder.flush()?;
    drop(encoder);
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laying_down_a_bundle_removes_what_it_no_longer_names() {
        let dist = tempfile::tempdir().unwrap();
        for content in ["one", "two"] {
            let mut bundle = Bundle::default();
            let path = bundle.add_asset("app", "js", content.repeat(100).into_bytes());
            bundle.add("index.html", path.into_bytes());
            bundle.lay_down(dist.path(), Profile::Web).unwrap();
        }
        let names: Vec<_> = files(dist.path())
            .unwrap()
            .iter()
            .map(|file| file.strip_prefix(dist.path()).unwrap().display().to_string())
            .collect();
        insta::assert_debug_snapshot!(names, @r#"
        [
            "assets/app-d787e4772c919b02.js",
            "assets/app-d787e4772c919b02.js.br",
            "assets/app-d787e4772c919b02.js.gz",
            "index.html",
        ]
        "#);
    }

    #[test]
    fn a_file_that_does_not_shrink_is_not_kept_compressed() {
        assert!(compress_one("assets/a.js", b"1").unwrap().is_empty());
    }
}
