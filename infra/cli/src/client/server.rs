//! Which server is meant.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// The server that `keelson up` starts unless told otherwise.
pub(crate) const DEFAULT_SERVER: &str = "http://127.0.0.1:7700";

/// The address of a Keelson installation, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    base: String,
    host: String,
    origin: String,
}

impl Server {
    /// The address as it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.base
    }

    /// Scheme, host and port: what a browser sends as `Origin`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a path on it; an absolute address stays as it is.
    pub(crate) fn url(&self, path: &str) -> String {
        if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() }
    }

    /// The server itself, where the address is one of its pages.
    pub(crate) fn root(&self) -> Self {
        Self { base: self.origin.clone(), ..self.clone() }
    }

    /// Whether an address is on this server, so that it may see the token.
    pub(crate) fn owns(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| url.origin().ascii_serialization() == self.origin)
    }

    /// Whether it runs on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

impl FromStr for Server {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let wrong = || format!("`{given}` is not a server's address, such as `{DEFAULT_SERVER}`");
        let url = Url::parse(given).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        Ok(Self {
            base: given.trim_end_matches('/').to_owned(),
            host: url.host_str().ok_or_else(wrong)?.to_owned(),
            origin: url.origin().ascii_serialization(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_http_address() {
        let server: Server = "https://keelson.example.com/".parse().unwrap();
        assert_eq!(server.url("/api/me"), "https://keelson.example.com/api/me");
        assert!(!server.is_loopback());
        for local in ["http://localhost:7700", "http://127.0.0.9:1", "http://[::1]:7700"] {
            assert!(local.parse::<Server>().unwrap().is_loopback(), "{local}");
        }
        for bad in ["", "127.0.0.1:7700", "ftp://example.com", "http://example.com/?a"] {
            assert!(bad.parse::<Server>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_server_itself_may_see_the_token() {
        let server: Server = "https://keelson.example.com".parse().unwrap();
        assert!(server.owns("https://keelson.example.com/api/artifacts/x"));
        for other in [
            "https://bucket.s3.amazonaws.com/x",
            "http://keelson.example.com/x",
            "https://keelson.example.com.evil/",
        ] {
            assert!(!server.owns(other), "{other}");
        }
    }
}
