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

use super::inventory::{Inventory, Known};
use super::procfs;
use crate::crash::{self, CrashPoint};
use crate::{artifacts, files, random};

/// The folder with a release's files, in the release's folder.
const CONTENT: &str = "content";
/// The file beside it that says what is known of them.
const MARKER: &str = "release.json";

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

/// An artifact as it lies unpacked.
#[derive(Debug)]
pub(super) struct Release {
    /// The name of its folder among the environment's releases.
    pub(super) name: String,
    /// The folder with its files.
    pub(super) content: PathBuf,
    /// What it unpacked to.
    pub(super) inventory: Inventory,
}

/// What is known of an unpacked artifact.
#[derive(Serialize, Deserialize)]
struct Marker {
    /// The digest of the bytes that were unpacked, computed while unpacking.
    artifact: Digest,
    /// The boot in which that was. The files are not forced to disk, so a later boot does not trust them.
    boot: String,
    /// What they unpacked to.
    #[serde(default)]
    inventory: Inventory,
}

/// What separates the digest in a folder's name from what makes the name another one.
const AGAIN: char = '~';

/// An unpacked artifact whose files are what they should be: unpacked now if there is none.
///
/// `releases` is the environment's folder of releases; the result lies in it. What somebody has changed is neither
/// used nor touched: a process may still run from it. Its place is taken by another folder.
pub(super) fn unpack(archive: &Path, digest: &Digest, releases: &Path) -> Result<Release, UnpackError> {
    for name in folders_of(digest, releases) {
        if let Some(release) = untouched(releases, &name, digest) {
            return Ok(release);
        }
    }
    let temporary = releases.join(format!(".{}.{}", digest.short(), random::hex::<8>()));
    let unpacked = unpack_into(archive, digest, &temporary).and_then(|inventory| {
        crash::at(CrashPoint::BeforeUnpacked);
        let name = settle(&temporary, digest, releases)?;
        Ok(Release { content: releases.join(&name).join(CONTENT), name, inventory })
    });
    if unpacked.is_err() {
        // What is left behind is cleared away at the next start.
        let _ = fs::remove_dir_all(&temporary);
    }
    unpacked
}

/// The release in whose files a process runs; `None` if what it unpacked to is not known.
pub(super) fn release_at(content: &Path) -> Option<Release> {
    let folder = content.parent()?;
    let marker = files::read_json::<Marker>(&folder.join(MARKER)).ok().flatten()?;
    let name = folder.file_name()?.to_str()?.to_owned();
    let is_known = marker.inventory != Inventory::default();
    is_known.then(|| Release { name, content: content.to_owned(), inventory: marker.inventory })
}

/// Whether a folder of releases has an artifact in it.
pub(super) fn holds(name: &str, digest: &Digest) -> bool {
    name.split(AGAIN).next() == Some(digest.hex().as_str())
}

/// The folders in which an artifact was unpacked, the first one first.
fn folders_of(digest: &Digest, releases: &Path) -> Vec<String> {
    let entries = fs::read_dir(releases).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| holds(name, digest)).collect();
    names.sort();
    names
}

fn untouched(releases: &Path, name: &str, digest: &Digest) -> Option<Release> {
    let folder = releases.join(name);
    let marker = files::read_json::<Marker>(&folder.join(MARKER)).ok().flatten()?;
    let Marker { artifact, boot, inventory } = marker;
    let content = folder.join(CONTENT);
    let is_ours = artifact == *digest && boot == procfs::boot();
    let is_untouched =
        is_ours && Inventory::of(&content, &mut Known::default()).is_ok_and(|now| now == inventory);
    is_untouched.then(|| Release { name: name.to_owned(), content, inventory })
}

/// Gives what was unpacked a name of its own.
fn settle(temporary: &Path, digest: &Digest, releases: &Path) -> io::Result<String> {
    let name = digest.hex();
    // Taken by another process of the same artifact, or by files that somebody has changed.
    if !releases.join(&name).exists() && fs::rename(temporary, releases.join(&name)).is_ok() {
        return Ok(name);
    }
    let name = format!("{name}{AGAIN}{}", random::hex::<4>());
    fs::rename(temporary, releases.join(&name))?;
    Ok(name)
}

fn unpack_into(archive: &Path, digest: &Digest, folder: &Path) -> Result<Inventory, UnpackError> {
    let file = File::open(archive).map_err(|_| UnpackError::Missing)?;
    let content = folder.join(CONTENT);
    fs::create_dir_all(&content)?;
    let mut bytes = Hashing { inner: file, context: Context::new(&SHA256) };
    extract(MultiGzDecoder::new(&mut bytes), &content)?;
    // What follows the archive is part of the artifact's identity, though not of its content.
    io::copy(&mut bytes, &mut io::sink())?;
    let artifact = artifacts::finish(bytes.context)?;
    if artifact != *digest {
        return Err(UnpackError::Changed(artifact));
    }
    let inventory = Inventory::of(&content, &mut Known::default())?;
    let marker = Marker { artifact, boot: procfs::boot(), inventory };
    files::write_json(&folder.join(MARKER), &marker)?;
    Ok(marker.inventory)
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
