//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, HeaderName};

use crate::Settings;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address at the other end of the connection, for runtimes that do not accept connections themselves. They put it
/// into the request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// Who counts as one caller, as far as addresses tell: an IPv4 address, or the network that one IPv6 customer gets.
///
/// What a request says of itself in `X-Forwarded-For` is believed only as far as the settings name proxies that add to
/// it: each adds the address that it sees at the end, so the caller's is as many from the end as there are proxies.
pub(crate) fn neighborhood(settings: &Settings, headers: &HeaderMap, extensions: &Extensions) -> String {
    let proxies = usize::from(settings.trusted_proxies);
    let address = if proxies == 0 { peer(extensions) } else { forwarded(headers, proxies) };
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let given = extensions.get::<PeerAddress>().map(|peer| peer.0);
    given.or_else(|| extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip()))
}

fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    let values = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let addresses: Vec<&str> = values.flat_map(|value| value.split(',')).map(str::trim).collect();
    let address = addresses.get(addresses.len().checked_sub(proxies)?)?;
    let with_port = || address.parse::<SocketAddr>().map(|address| address.ip());
    address.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(proxies: u8, forwarded: &[&str], peer: &str) -> String {
        let mut settings = Settings::new("http://keelson.test".parse().unwrap());
        settings.trusted_proxies = proxies;
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        extensions.insert(PeerAddress(peer.parse().unwrap()));
        neighborhood(&settings, &headers, &extensions)
    }

    #[test]
    fn what_a_request_says_of_itself_is_believed_only_behind_proxies_that_are_named() {
        assert_eq!(check(0, &["203.0.113.9"], "192.0.2.1"), "192.0.2.1");
        assert_eq!(check(1, &["203.0.113.9, 198.51.100.7"], "192.0.2.1"), "198.51.100.7");
        assert_eq!(check(2, &["203.0.113.9", "198.51.100.7, 192.0.2.2"], "192.0.2.1"), "198.51.100.7");
        assert_eq!(check(1, &["198.51.100.7:4711"], "192.0.2.1"), "198.51.100.7");
        assert_eq!(check(3, &["203.0.113.9"], "192.0.2.1"), "unknown", "it did not pass all the proxies");
        assert_eq!(check(1, &["nonsense"], "192.0.2.1"), "unknown");
    }

    #[test]
    fn a_network_that_one_customer_gets_is_one_caller() {
        assert_eq!(check(0, &[], "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(check(0, &[], "::ffff:192.0.2.1"), "192.0.2.1");
    }
}
