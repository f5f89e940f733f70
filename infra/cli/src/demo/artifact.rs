//! What CI builds in the demo: a few hundred bytes that run anywhere `keelson` runs.

use std::io;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::cast::{Behavior, Version};

/// Starts this very program as the sample service; `KEELSON_BIN` comes from the manifest.
const RUN: &str = "#!/bin/sh\nexec \"$KEELSON_BIN\" demo-service\n";

/// The artifact of a version, the same bytes whenever it is built.
///
/// # Errors
/// Never in practice: it is written into memory.
pub(super) fn build(version: &Version) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
    append(&mut archive, "run", 0o755, RUN)?;
    append(&mut archive, "version.toml", 0o644, &describe(version))?;
    archive.into_inner()?.finish()
}

fn append<W: io::Write>(archive: &mut tar::Builder<W>, name: &str, mode: u32, text: &str) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(text.len() as u64);
    archive.append_data(&mut header, name, text.as_bytes())
}

/// What the sample service reads.
fn describe(version: &Version) -> String {
    let (error_share, delay) = match version.behavior {
        Behavior::Good => ("0.0", "0s"),
        Behavior::Slow => ("0.0", "700ms"),
        Behavior::Failing => ("0.1", "0s"),
    };
    format!(
        "name = {:?}\ntitle = {:?}\n# The share of requests that fail, and how long each takes longer than it should.\n\
         error_share = {error_share}\ndelay = {delay:?}\n",
        version.name, version.title
    )
}

#[cfg(test)]
mod tests {
    use super::super::cast::VERSIONS;
    use super::super::service::Description;
    use super::*;

    #[test]
    fn an_artifact_is_always_the_same_bytes() {
        for version in &VERSIONS {
            assert_eq!(build(version).unwrap(), build(version).unwrap());
        }
    }

    #[test]
    fn the_sample_service_understands_every_version() {
        let read = |version| toml::from_str::<Description>(&describe(version)).unwrap();
        let all: String = VERSIONS.iter().map(|version| format!("{:?}\n", read(version))).collect();
        insta::assert_snapshot!(all, @r#"
        Description { name: "1.0", title: "Open the storefront", error_share: 0.0, delay: Period { millis: 0 } }
        Description { name: "1.1", title: "Show prices with tax", error_share: 0.0, delay: Period { millis: 0 } }
        Description { name: "1.2", title: "Recommend what others bought", error_share: 0.0, delay: Period { millis: 700 } }
        Description { name: "1.3", title: "Check out in one page", error_share: 0.1, delay: Period { millis: 0 } }
        Description { name: "1.4", title: "Save the basket before asking the payment provider", error_share: 0.0, delay: Period { millis: 0 } }
        "#);
    }
}
