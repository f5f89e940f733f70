//! Unpacking an artifact: a `.tar.gz` from somewhere, into a folder that it cannot leave.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use domain::Digest;
use flate2::read::MultiGzDecoder;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use tar::{Archive, Entry, EntryType};

use super::procfs;
use crate::{artifacts, files, random};

/// How large an artifact may be once unpacked.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// How many files and folders it may have.
const MOST_ENTRIES: usize = 200_000;

/// Why an artifact is not unpacked.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnpackError {
    #[error("its bytes are not here")]
    Missing,
    #[error("its bytes have changed: they are {0} now")]
    Changed(Digest),
    #[error("it is not a .tar.gz archive ({0})")]
    Unreadable(io::Error),
    #[error("`{0}` leads out of the artifact")]
    Escapes(String),
    #[error("`{path}` is {kind}, which an artifact must not contain")]
    Forbidden { path: String, kind: &'static str },
    #[error("it has more than {MOST_BYTES} bytes or {MOST_ENTRIES} files")]
    TooLarge,
    #[error("`{path}` cannot be written: {source}")]
    Unwritable { path: String, source: io::Error },
    #[error("the release's folder cannot be prepared: {0}")]
    Folder(#[from] io::Error),
}

/// What is known of an unpacked artifact.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Marker {
    /// The digest of the bytes that were unpacked, computed while unpacking.
    artifact: Digest,
    /// The boot in which that was. The files are not forced to disk, so a later boot does not trust them.
    boot: String,
}

/// The folder of an unpacked artifact, unpacked first if it is not there yet.
///
/// `releases` is the environment's folder of releases; the result lies in it.
pub(super) fn unpack(archive: &Path, digest: &Digest, releases: &Path) -> Result<PathBuf, UnpackError> {
    let release = releases.join(digest.hex());
    let content = release.join("content");
    let expected = Marker { artifact: *digest, boot: procfs::boot() };
    let marker = files::read_json::<Marker>(&release.join("release.json")).ok().flatten();
    if marker == Some(expected) {
        return Ok(content);
    }
    let temporary = releases.join(format!(".{}.{}", digest.short(), random::hex::<8>()));
    fs::create_dir_all(temporary.join("content"))?;
    let unpacked = unpack_into(archive, digest, &temporary).and_then(|()| {
        if release.exists() {
            fs::remove_dir_all(&release)?;
        }
        Ok(fs::rename(&temporary, &release)?)
    });
    if unpacked.is_err() {
        // What is left behind is cleared away at the next start.
        let _ = fs::remove_dir_all(&temporary);
    }
    unpacked.map(|()| content)
}

fn unpack_into(archive: &Path, digest: &Digest, folder: &Path) -> Result<(), UnpackError> {
    let file = File::open(archive).map_err(|_| UnpackError::Missing)?;
    let mut bytes = Hashing { inner: file, context: Context::new(&SHA256) };
    extract(MultiGzDecoder::new(&mut bytes), &folder.join("content"))?;
    // What follows the archive is part of the artifact's identity, though not of its content.
    io::copy(&mut bytes, &mut io::sink())?;
    let artifact = artifacts::finish(bytes.context)?;
    if artifact != *digest {
        return Err(UnpackError::Changed(artifact));
    }
    files::write_json(&folder.join("release.json"), &Marker { artifact, boot: procfs::boot() })?;
    Ok(())
}

/// Hashes what is read through it.
struct Hashing {
    inner: File,
    context: Context,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.context.update(&buffer[..length]);
        Ok(length)
    }
}

fn extract(archive: impl Read, root: &Path) -> Result<(), UnpackError> {
    let mut archive = Archive::new(archive);
    let mut left = MOST_BYTES;
    for (index, entry) in archive.entries().map_err(UnpackError::Unreadable)?.enumerate() {
        let mut entry = entry.map_err(UnpackError::Unreadable)?;
        let size = entry.size();
        left = left.checked_sub(size).ok_or(UnpackError::TooLarge)?;
        if index >= MOST_ENTRIES {
            return Err(UnpackError::TooLarge);
        }
        let shown = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = entry.path().map_err(UnpackError::Unreadable)?.into_owned();
        let Some(inside) = inside(&path) else { return Err(UnpackError::Escapes(shown)) };
        if inside.as_os_str().is_empty() {
            continue;
        }
        write_entry(&mut entry, root, &inside, &shown)?;
    }
    Ok(())
}

fn write_entry<R: Read>(
    entry: &mut Entry<'_, R>,
    root: &Path,
    inside: &Path,
    shown: &str,
) -> Result<(), UnpackError> {
    let path = root.join(inside);
    let unwritable = |source| UnpackError::Unwritable { path: shown.to_owned(), source };
    let forbidden = |kind| UnpackError::Forbidden { path: shown.to_owned(), kind };
    real_folder(root, inside.parent().unwrap_or(Path::new(""))).map_err(unwritable)?;
    let mode = entry.header().mode().unwrap_or(0o644) & 0o777;
    match entry.header().entry_type() {
        EntryType::Directory => {
            real_folder(root, inside).map_err(unwritable)?;
            fs::set_permissions(&path, Permissions::from_mode(mode | 0o700)).map_err(unwritable)
        }
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            remove_earlier(&path).map_err(unwritable)?;
            let mut options = OpenOptions::new();
            let opened = options.write(true).create_new(true).mode(mode | 0o600).open(&path);
            io::copy(entry, &mut opened.map_err(unwritable)?).map(|_| ()).map_err(unwritable)
        }
        EntryType::Symlink => {
            let target = link_target(entry)?;
            if !stays_inside(inside, &target) {
                return Err(UnpackError::Escapes(shown.to_owned()));
            }
            remove_earlier(&path).map_err(unwritable)?;
            symlink(target, &path).map_err(unwritable)
        }
        EntryType::Link => {
            let target = link_target(entry)?;
            let target = self::inside(&target).ok_or_else(|| UnpackError::Escapes(shown.to_owned()))?;
            real_folder(root, target.parent().unwrap_or(Path::new(""))).map_err(unwritable)?;
            remove_earlier(&path).map_err(unwritable)?;
            fs::hard_link(root.join(target), &path).map_err(unwritable)
        }
        // Comments for other programs, such as git's commit hash.
        EntryType::XGlobalHeader | EntryType::XHeader => Ok(()),
        EntryType::Block | EntryType::Char => Err(forbidden("a device")),
        EntryType::Fifo => Err(forbidden("a named pipe")),
        _ => Err(forbidden("of an unknown kind")),
    }
}

fn link_target<R: Read>(entry: &Entry<'_, R>) -> Result<PathBuf, UnpackError> {
    let target = entry.link_name().map_err(UnpackError::Unreadable)?;
    Ok(target.map(std::borrow::Cow::into_owned).unwrap_or_default())
}

/// The path below the root; `None` if it leads elsewhere.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => inside.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(inside)
}

/// Whether a symbolic link at `link` leads to a place inside.
///
/// `..` may only come first: after a name it could start from wherever another link leads.
fn stays_inside(link: &Path, target: &Path) -> bool {
    let depth = link.components().count() - 1;
    let climbs = target.components().take_while(|component| *component == Component::ParentDir).count();
    let rest: PathBuf = target.components().skip(climbs).collect();
    climbs <= depth && !target.as_os_str().is_empty() && inside(&rest).is_some()
}

/// Makes a folder and those above it, none of which may be a link to another place.
fn real_folder(root: &Path, inside: &Path) -> io::Result<()> {
    let mut path = root.to_owned();
    for component in inside.components() {
        path.push(component);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(io::Error::other("a file or a link is where a folder should be")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().mode(0o755).create(&path)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// An archive may hold a path twice; the later one counts.
fn remove_earlier(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
