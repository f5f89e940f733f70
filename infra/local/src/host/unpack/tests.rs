use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};
use tempfile::TempDir;

use super::*;

/// An archive in the making. Paths go in as they are, because a well-behaved writer would refuse the bad ones.
struct Archived(Builder<GzEncoder<Vec<u8>>>);

impl Archived {
    fn new() -> Self {
        Self(Builder::new(GzEncoder::new(Vec::new(), Compression::fast())))
    }

    fn entry(mut self, path: &str, kind: EntryType, link: &str, content: &[u8], mode: u32) -> Self {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, path: &str, content: &str) -> Self {
        self.entry(path, EntryType::Regular, "", content.as_bytes(), 0o644)
    }

    fn link(self, path: &str, target: &str) -> Self {
        self.entry(path, EntryType::Symlink, target, b"", 0o777)
    }

    fn unpack(self) -> (TempDir, Result<Release, UnpackError>) {
        let bytes = self.0.into_inner().unwrap().finish().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let archive = dir.path().join("archive");
        fs::write(&archive, &bytes).unwrap();
        let digest = digest(&bytes);
        let unpacked = unpack(&archive, &digest, &dir.path().join("releases"));
        (dir, unpacked)
    }

    #[track_caller]
    fn must_be_refused(self, expected: &str) {
        let (dir, unpacked) = self.unpack();
        let error = unpacked.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        // Neither a part of it stays, nor anything beside it.
        assert_eq!(fs::read_dir(dir.path().join("releases")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}

fn digest(bytes: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(bytes);
    artifacts::finish(context).unwrap()
}

#[test]
fn files_folders_and_links_inside_are_unpacked() {
    let (_dir, unpacked) = Archived::new()
        .entry("./bin/server", EntryType::Regular, "", b"#!/bin/sh", 0o4755)
        .file("share/deep/page.html", "hello")
        .link("share/index.html", "deep/page.html")
        .link("share/deep/up", "../../bin/server")
        .entry("copy.html", EntryType::Link, "share/deep/page.html", b"", 0o644)
        .unpack();
    let content = unpacked.unwrap().content;
    assert_eq!(fs::read_to_string(content.join("share/index.html")).unwrap(), "hello");
    assert_eq!(fs::read_to_string(content.join("copy.html")).unwrap(), "hello");
    assert_eq!(fs::read_to_string(content.join("share/deep/up")).unwrap(), "#!/bin/sh");
    let mode = fs::metadata(content.join("bin/server")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755, "runnable, without the set-user-id bit");
}

#[test]
fn paths_that_lead_out_are_refused() {
    Archived::new().file("../evil", "x").must_be_refused("leads out");
    Archived::new().file("a/../../evil", "x").must_be_refused("leads out");
    Archived::new().file("/etc/evil", "x").must_be_refused("leads out");
}

#[test]
fn links_that_lead_out_are_refused() {
    Archived::new().link("a", "/etc").must_be_refused("leads out");
    Archived::new().link("a", "..").must_be_refused("leads out");
    Archived::new().link("a/b", "../../x").must_be_refused("leads out");
    Archived::new().link("a", "b/../../x").must_be_refused("leads out");
    Archived::new().entry("a", EntryType::Link, "/etc/passwd", b"", 0o644).must_be_refused("leads out");
    Archived::new().entry("a", EntryType::Link, "../x", b"", 0o644).must_be_refused("leads out");
}

#[test]
fn nothing_is_written_through_a_link() {
    Archived::new().file("real/x", "1").link("a", "real").file("a/y", "2").must_be_refused("link");
}

#[test]
fn devices_and_pipes_are_refused() {
    Archived::new().entry("a", EntryType::Char, "", b"", 0o644).must_be_refused("a device");
    Archived::new().entry("a", EntryType::Fifo, "", b"", 0o644).must_be_refused("a named pipe");
}

#[test]
fn an_archive_that_claims_to_be_huge_must_be_refused() {
    let mut header = Header::new_gnu();
    header.set_path("huge").unwrap();
    header.set_size(MOST_BYTES + 1);
    header.set_cksum();
    let mut archive = Archived::new();
    archive.0.append(&header, io::empty()).unwrap();
    archive.must_be_refused("more than");
}

#[test]
fn bytes_that_are_no_archive_or_not_the_artifact_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    fs::write(&archive, b"plain").unwrap();
    let releases = dir.path().join("releases");
    let plain = unpack(&archive, &digest(b"plain"), &releases).unwrap_err();
    assert!(matches!(plain, UnpackError::Unreadable(_)), "{plain}");
    let missing = unpack(&dir.path().join("nothing"), &digest(b""), &releases).unwrap_err();
    assert!(matches!(missing, UnpackError::Missing));

    let whole = Archived::new().file("a", "b").0.into_inner().unwrap().finish().unwrap();
    fs::write(&archive, &whole).unwrap();
    let changed = unpack(&archive, &digest(b"other"), &releases).unwrap_err();
    assert!(matches!(changed, UnpackError::Changed(actual) if actual == digest(&whole)));
}

#[test]
fn an_artifact_is_unpacked_again_only_if_its_files_are_not_what_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let bytes = Archived::new().file("a", "b").0.into_inner().unwrap().finish().unwrap();
    fs::write(&archive, &bytes).unwrap();
    let releases = dir.path().join("releases");
    let first = unpack(&archive, &digest(&bytes), &releases).unwrap();
    assert_eq!(first.name, digest(&bytes).hex());
    assert_eq!(unpack(&archive, &digest(&bytes), &releases).unwrap().name, first.name);
    assert_eq!(release_at(&first.content).unwrap().inventory, first.inventory);

    fs::write(first.content.join("a"), "edited").unwrap();
    let second = unpack(&archive, &digest(&bytes), &releases).unwrap();
    assert_ne!(second.name, first.name);
    assert_eq!(fs::read_to_string(second.content.join("a")).unwrap(), "b");
    assert_eq!(fs::read_to_string(first.content.join("a")).unwrap(), "edited", "it is left as it was");
    assert_eq!(unpack(&archive, &digest(&bytes), &releases).unwrap().name, second.name);

    // Of an earlier boot: it may not all have reached the disk.
    let inventory = second.inventory;
    let marker = Marker { artifact: digest(&bytes), boot: "an earlier one".to_owned(), inventory };
    files::write_json(&second.content.with_file_name(MARKER), &marker).unwrap();
    let third = unpack(&archive, &digest(&bytes), &releases).unwrap();
    assert!(third.name != first.name && third.name != second.name);
}
