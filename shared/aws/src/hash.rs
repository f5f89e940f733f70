//! A digest as AWS spells it: base64 of what Keelson writes in hexadecimal (Lambda's `CodeSha256`, S3's checksums).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Digest;

/// In AWS's spelling.
pub(crate) fn base64_of(digest: &Digest) -> String {
    STANDARD.encode(digest.as_bytes())
}

/// From AWS's spelling; none if it is no SHA-256.
pub(crate) fn digest_of(base64: &str) -> Option<Digest> {
    let bytes = STANDARD.decode(base64).ok()?;
    Some(Digest::from_bytes(bytes.try_into().ok()?))
}
