//! A `.zip` with one program in it, the same for the same program.
//!
//! By PKWARE's APPNOTE 6.3.10: a local header and the compressed file, the central directory, and its end. Times are
//! fixed to the first that the format knows.

use std::io::Write as _;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Version 2.0 of the format: the first with this compression.
const VERSION: u16 = 20;
/// Made on Unix, so that the mode is believed.
const MADE_BY: u16 = 3 << 8 | VERSION;
/// Deflate.
const METHOD: u16 = 8;
/// 1980-01-01, the first day that the format knows.
const DATE: u16 = 1 << 5 | 1;
const TIME: u16 = 0;
/// A regular file that everybody may read and start, in the upper half.
const MODE: u32 = 0o100_755 << 16;

/// The archive of one program.
///
/// # Errors
/// When it is larger than 4 GiB.
pub(super) fn zip(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    let compressed = encoder.finish()?;
    let mut crc = flate2::Crc::new();
    crc.update(bytes);

    let too_large = "the program is too large for an archive";
    let mut common = Vec::new();
    for half in [VERSION, 0, METHOD, TIME, DATE] {
        common.extend(half.to_le_bytes());
    }
    for word in [
        crc.sum(),
        u32::try_from(compressed.len()).context(too_large)?,
        u32::try_from(bytes.len()).context(too_large)?,
    ] {
        common.extend(word.to_le_bytes());
    }
    common.extend(u16::try_from(name.len()).context("the name is too long")?.to_le_bytes());
    // No extra field.
    common.extend(0_u16.to_le_bytes());

    let mut archive = b"PK\x03\x04".to_vec();
    archive.extend(&common);
    archive.extend(name.as_bytes());
    archive.extend(&compressed);
    let directory = u32::try_from(archive.len()).context(too_large)?;
    archive.extend(b"PK\x01\x02");
    archive.extend(MADE_BY.to_le_bytes());
    archive.extend(&common);
    // No comment, the first disk, no text.
    archive.extend([0; 6]);
    archive.extend(MODE.to_le_bytes());
    // The local header is at the beginning.
    archive.extend(0_u32.to_le_bytes());
    archive.extend(name.as_bytes());
    let length = u32::try_from(archive.len()).context(too_large)? - directory;
    archive.extend(b"PK\x05\x06");
    // One disk, which has all of the one file.
    for half in [0_u16, 0, 1, 1] {
        archive.extend(half.to_le_bytes());
    }
    archive.extend(length.to_le_bytes());
    archive.extend(directory.to_le_bytes());
    archive.extend(0_u16.to_le_bytes());
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// What another reader says of an archive: each name, mode, time and size, and what is in it.
    const READ: &str = "import sys, zipfile\n\
        archive = zipfile.ZipFile(sys.argv[1])\n\
        assert archive.testzip() is None\n\
        for info in archive.infolist():\n\
        \tprint(info.filename, oct(info.external_attr >> 16), *info.date_time, info.file_size, archive.read(info)[-5:])";

    #[test]
    fn another_reader_finds_the_program_in_it_and_may_start_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.zip");
        let program = [b"x".repeat(100_000), b"!END!".to_vec()].concat();
        std::fs::write(&path, zip("bootstrap", &program).unwrap()).unwrap();
        let read = Command::new("python3").args(["-c", READ]).arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&read.stdout) + String::from_utf8_lossy(&read.stderr);
        assert_eq!(said.trim(), "bootstrap 0o100755 1980 1 1 0 0 0 100005 b'!END!'");
    }

    #[test]
    fn the_same_program_makes_the_same_archive() {
        let program = b"\x7fELF and so on";
        assert_eq!(zip("bootstrap", program).unwrap(), zip("bootstrap", program).unwrap());
    }
}
