//! Whether a program runs on the system that Lambda has.

use anyhow::{Result, ensure};

/// The C library of Amazon Linux 2023, which `provided.al2023` is.
const NEWEST: (u32, u32) = (2, 34);
/// What every version of a symbol begins with that a program takes from the C library.
const VERSION: &[u8] = b"GLIBC_";

/// # Errors
/// When a program takes something from the C library that is newer than Lambda's.
pub(super) fn check(program: &str, bytes: &[u8]) -> Result<()> {
    let (major, minor) = newest(bytes);
    ensure!(
        (major, minor) <= NEWEST,
        "{program} needs glibc {major}.{minor}, and Lambda has {}.{}: build it on an older system, or with --arm64",
        NEWEST.0,
        NEWEST.1
    );
    Ok(())
}

/// The newest version of the C library that is named in a program; a constant in its text could only make it seem newer.
fn newest(bytes: &[u8]) -> (u32, u32) {
    let starts = bytes.windows(VERSION.len()).enumerate().filter(|(_, window)| *window == VERSION);
    starts.filter_map(|(start, _)| version(&bytes[start + VERSION.len()..])).max().unwrap_or_default()
}

fn version(bytes: &[u8]) -> Option<(u32, u32)> {
    let end = bytes.iter().position(|byte| !(byte.is_ascii_digit() || *byte == b'.'))?;
    let text = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut numbers = text.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_needs_a_newer_system_is_refused_and_says_which() {
        let program = |versions: &str| format!("\u{7f}ELF\0{versions}\0GLIBC_PRIVATE\0");
        check("relay", program("GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9").as_bytes()).unwrap();
        check("relay", b"no version at all GLIBC_").unwrap();
        let refusal = check("relay", program("GLIBC_2.2.5\0GLIBC_2.36").as_bytes()).unwrap_err();
        insta::assert_snapshot!(refusal, @"relay needs glibc 2.36, and Lambda has 2.34: build it on an older system, or with --arm64");
    }
}
