//! The address of the installation.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// Why a text is not a [`PublicUrl`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the address of an installation: write http:// or https://, a host and, if it needs one, a port"
)]
pub struct InvalidPublicUrl(String);

/// The address under which the installation is reached: scheme, host and port, without a slash at the end.
///
/// Equal to the origin that browsers send, so it can be compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The text itself, such as `https://keelson.example`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The address of a path, which begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{self}{path}")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(given: &str) -> Result<Self, InvalidPublicUrl> {
        let invalid = || InvalidPublicUrl(given.chars().take(200).collect());
        let uri: Uri = given.parse().map_err(|_| invalid())?;
        let scheme =
            uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or_else(invalid)?;
        let authority =
            uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(invalid)?;
        if uri.path() != "/" || uri.query().is_some() || given.contains('#') || authority.host().is_empty() {
            return Err(invalid());
        }
        // Browsers leave the scheme's own port out of an origin, and write hosts in lower case.
        let port = authority.port_u16().filter(|port| *port != if scheme == "https" { 443 } else { 80 });
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        Ok(Self(format!("{scheme}://{}{port}", authority.host().to_ascii_lowercase())))
    }
}
