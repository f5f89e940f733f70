//! The only way out: bounded in time and size, to one origin, and never to an address inside the network by accident.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use serde::de::DeserializeOwned;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a whole request may take: a caller waits for it.
const REQUEST: Duration = Duration::from_secs(5);

/// Why another server did not give what was asked for. Asking again later may help.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// It does not answer, or not in time.
    #[error("it does not answer")]
    NoAnswer(#[source] reqwest::Error),
    /// It answered, but not with success.
    #[error("it answered with status {0}")]
    Status(u16),
    /// The answer is longer than what was asked for can be.
    #[error("its answer is longer than {0} bytes")]
    TooLong(usize),
    /// The answer is something else than what was asked for.
    #[error("its answer is not what it should be")]
    Unexpected(#[source] serde_json::Error),
    /// The answer leads to another server than the one that is trusted.
    #[error("it points to another server, `{0}`")]
    Elsewhere(String),
    /// It was asked a moment ago, in vain.
    #[error("it did not answer a moment ago")]
    AskedJustNow,
}

/// Why an address may not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not an address.
    #[error("`{0}` is not an address like https://host/path")]
    NotAnAddress(String),
    /// Plain HTTP to another machine, where anybody on the way could answer.
    #[error("`{0}` must begin with https://; plain http:// is for this machine alone")]
    NotEncrypted(String),
    /// An address inside a network.
    #[error("`{0}` is not an address on the internet")]
    Private(String),
    /// The HTTP client cannot be made, such as without any trusted certificates.
    #[error("no connection can be made: {0}")]
    Client(String),
}

/// Which addresses a name may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The internet.
    Public,
    /// This machine: only if whoever runs the installation wrote so.
    Loopback,
}

/// A client for one server.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    client: Client,
    base: Url,
    reach: Reach,
}

impl Outgoing {
    /// A client for the server of that address, and for no other.
    pub(crate) fn to(address: &str) -> Result<Self, BadAddress> {
        let base = Url::parse(address).map_err(|_| BadAddress::NotAnAddress(address.to_owned()))?;
        let reach = reach_of(&base)?;
        // Whichever part of the process comes first installs it; the others find it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Guarded(reach)))
            .user_agent(concat!("keelson/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| BadAddress::Client(error.to_string()))?;
        Ok(Self { client, base, reach })
    }

    /// A client for another server, which this one names as belonging to it. It must be as far away as this one is:
    /// nobody on the internet leads to a server on this machine.
    pub(crate) fn beside(&self, address: &str) -> Result<Self, Unreachable> {
        let elsewhere = || Unreachable::Elsewhere(address.chars().take(200).collect());
        let base = Url::parse(address).map_err(|_| elsewhere())?;
        if reach_of(&base).ok() != Some(self.reach) {
            return Err(elsewhere());
        }
        Ok(Self { base, ..self.clone() })
    }

    /// The address it was made for.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// Reads JSON of at most `longest` bytes.
    pub(crate) async fn get_json<T: DeserializeOwned>(
        &self,
        address: &str,
        longest: usize,
    ) -> Result<T, Unreachable> {
        let request = Asked { method: Method::GET, url: address, headers: HeaderMap::new(), body: None };
        let answer = self.ask(request, longest).await?;
        if !(200..300).contains(&answer.status) {
            return Err(Unreachable::Status(answer.status));
        }
        serde_json::from_slice(&answer.body).map_err(Unreachable::Unexpected)
    }

    /// Asks, and reads whatever is answered, of which the body may have `longest` bytes. Redirects are not followed.
    pub(crate) async fn ask(&self, asked: Asked<'_>, longest: usize) -> Result<Answered, Unreachable> {
        let Asked { method, url, headers, body } = asked;
        let parsed = Url::parse(url).ok().filter(|url| url.origin() == self.base.origin());
        let url = parsed.ok_or_else(|| Unreachable::Elsewhere(url.chars().take(200).collect()))?;
        let mut request = self.client.request(method, url).headers(headers);
        if let Some(body) = body {
            let (of_type, bytes) = match body {
                Sent::Json(bytes) => ("application/json", bytes),
                Sent::Form(bytes) => ("application/x-www-form-urlencoded", bytes),
            };
            request = request.header(reqwest::header::CONTENT_TYPE, of_type).body(bytes);
        }
        let mut answer = request.send().await.map_err(Unreachable::NoAnswer)?;
        let (status, headers) = (answer.status().as_u16(), std::mem::take(answer.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Unreachable::NoAnswer)? {
            body.extend_from_slice(&chunk);
            if body.len() > longest {
                return Err(Unreachable::TooLong(longest));
            }
        }
        Ok(Answered { status, headers, body })
    }
}

/// A request to the server of an [`Outgoing`].
pub(crate) struct Asked<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Sent>,
}

/// The body of a request.
pub(crate) enum Sent {
    /// JSON.
    Json(Vec<u8>),
    /// The fields of a form.
    Form(Vec<u8>),
}

/// What a server answered, success or not.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

fn reach_of(url: &Url) -> Result<Reach, BadAddress> {
    let given = || url.to_string();
    let host = url.host_str().ok_or_else(|| BadAddress::NotAnAddress(given()))?;
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    if host == "localhost" || literal.is_some_and(|ip| ip.is_loopback()) {
        return match url.scheme() {
            "http" | "https" => Ok(Reach::Loopback),
            _ => Err(BadAddress::NotAnAddress(given())),
        };
    }
    match url.scheme() {
        // An address in digits is never resolved, so it is checked here.
        "https" if literal.is_some_and(|ip| !is_public(ip)) => Err(BadAddress::Private(given())),
        "https" => Ok(Reach::Public),
        "http" => Err(BadAddress::NotEncrypted(given())),
        _ => Err(BadAddress::NotAnAddress(given())),
    }
}

/// Resolves names as the system does, and drops the addresses that are out of reach.
///
/// It is the resolver of the connection itself, so a name cannot change its meaning after it was checked.
struct Guarded(Reach);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let within: Vec<SocketAddr> = found.filter(|address| is_within(reach, address.ip())).collect();
            if within.is_empty() {
                return Err(format!("{} has no address that may be asked", name.as_str()).into());
            }
            Ok(Box::new(within.into_iter()) as Addrs)
        })
    }
}

fn is_within(reach: Reach, ip: IpAddr) -> bool {
    match reach {
        Reach::Public => is_public(ip),
        Reach::Loopback => ip.is_loopback(),
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        // Shared between a provider and its customers; protocol assignments; benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19));
    !is_special
}

/// Of the addresses in use, those of `2000::/3` that do not wrap an address of IPv4, and NAT64's by what they wrap.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    if let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = segments {
        return is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    }
    let wraps_v4 = segments[0] == 0x2002 || (segments[0], segments[1]) == (0x2001, 0);
    let is_documentation = (segments[0], segments[1]) == (0x2001, 0xdb8);
    segments[0] & 0xe000 == 0x2000 && !wraps_v4 && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_networks_are_not_public() {
        let private = [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:0:a00:1::",
            "2001:db8::1",
        ];
        for ip in private {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["140.82.121.4", "100.128.0.1", "172.32.0.1", "2606:50c0:8000::154", "64:ff9b::8c52:7904"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        let reach = |address: &str| Url::parse(address).map_err(|_| ()).map(|url| reach_of(&url).ok());
        for loopback in
            ["http://127.0.0.1:4100", "http://[::1]:4100/x", "http://localhost", "https://localhost"]
        {
            assert_eq!(reach(loopback), Ok(Some(Reach::Loopback)), "{loopback}");
        }
        for public in ["https://token.actions.githubusercontent.com", "https://140.82.121.4/_services/token"]
        {
            assert_eq!(reach(public), Ok(Some(Reach::Public)), "{public}");
        }
        let refused = [
            "http://token.actions.githubusercontent.com",
            "https://169.254.169.254/latest",
            "https://[fe80::1]",
            "https://[::ffff:10.0.0.1]/",
            "https://0x0a000001/",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "http://localhost.example",
            "http://0.0.0.0",
        ];
        for address in refused {
            assert_eq!(reach(address), Ok(None), "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_into_the_network_is_not_followed() {
        let asked = |reach| async move {
            let addresses = Guarded(reach).resolve("localhost".parse().unwrap()).await;
            addresses.map(|found| found.count()).unwrap_or(0)
        };
        assert_eq!(asked(Reach::Public).await, 0);
        assert!(asked(Reach::Loopback).await > 0);
    }

    #[test]
    fn a_server_on_the_internet_leads_to_no_server_in_a_network() {
        let public = Outgoing::to("https://id.example").unwrap();
        assert!(public.beside("https://keys.example/jwks").is_ok());
        for elsewhere in
            ["http://127.0.0.1/jwks", "http://keys.example", "https://10.0.0.1/", "https://localhost", "x"]
        {
            assert!(matches!(public.beside(elsewhere), Err(Unreachable::Elsewhere(_))), "{elsewhere}");
        }
        let here = Outgoing::to("http://127.0.0.1:9").unwrap();
        assert!(here.beside("http://localhost:10/").is_ok());
        assert!(here.beside("https://keys.example/jwks").is_err());
    }

    #[tokio::test]
    async fn only_the_trusted_server_is_asked() {
        let outgoing = Outgoing::to("http://127.0.0.1:9").unwrap();
        for elsewhere in
            ["http://127.0.0.1:10/keys", "https://127.0.0.1:9/keys", "http://169.254.169.254/", "x"]
        {
            let answer = outgoing.get_json::<serde_json::Value>(elsewhere, 100).await;
            assert!(matches!(answer, Err(Unreachable::Elsewhere(_))), "{elsewhere}");
        }
    }
}
