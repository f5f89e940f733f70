//! What a proxy does to headers.

use std::fmt::Write as _;
use std::net::IpAddr;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::random;

/// Concern one connection only (RFC 9110, 7.6.1), so they go no further.
const HOP_BY_HOP: [HeaderName; 6] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];
/// What `Connection` says that names no header, or one of those above.
const USUAL: [&str; 4] = ["keep-alive", "close", "upgrade", "transfer-encoding"];
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const LONGEST_REQUEST_ID: usize = 128;

/// Names a request from the edge to the last log line.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The request's identifier: the client's if it is a sane one, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let sane = |value: &&HeaderValue| {
        let length = value.as_bytes().len();
        (1..=LONGEST_REQUEST_ID).contains(&length) && value.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    headers.get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(|| {
        HeaderValue::try_from(random::label::<16>()).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// Whether `Connection` names this token.
pub(super) fn connection_names(headers: &HeaderMap, token: &str) -> bool {
    tokens(headers).any(|named| named.eq_ignore_ascii_case(token))
}

fn tokens(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

/// Removes what concerns one connection only.
pub(super) fn strip(headers: &mut HeaderMap) {
    // Naming a header that is removed anyway is the usual thing to say, if anything is said at all.
    let others = tokens(headers).filter(|token| !USUAL.iter().any(|usual| usual.eq_ignore_ascii_case(token)));
    let named: Vec<HeaderName> = others.filter_map(|token| token.parse().ok()).collect();
    for name in named.iter().chain(&HOP_BY_HOP).chain([&PROXY_CONNECTION]) {
        headers.remove(name);
    }
}

/// Asks for, or agrees to, another protocol on this connection.
pub(super) fn set_upgrade(headers: &mut HeaderMap, protocol: HeaderValue) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, protocol);
}

/// Tells the release who asks, under which name, and as part of which trace.
pub(super) fn introduce(headers: &mut HeaderMap, peer: IpAddr, request_id: HeaderValue) {
    // The proxy answers it itself, when it begins to read the body.
    headers.remove(header::EXPECT);
    // Only a proxy on the same machine, which ends TLS, knows better than we do.
    if !peer.is_loopback() {
        for name in [FORWARDED_FOR, FORWARDED_HOST, FORWARDED_PROTO] {
            headers.remove(name);
        }
        headers.remove(header::FORWARDED);
    }
    let mut chain = String::new();
    for hops in headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()) {
        chain.push_str(hops);
        chain.push_str(", ");
    }
    // Writing into a string cannot fail.
    let _ = write!(chain, "{peer}");
    if let Ok(chain) = HeaderValue::try_from(chain) {
        headers.insert(FORWARDED_FOR, chain);
    }
    headers.entry(FORWARDED_PROTO).or_insert(HeaderValue::from_static("http"));
    if let Some(host) = headers.get(header::HOST).cloned() {
        headers.entry(FORWARDED_HOST).or_insert(host);
    }
    headers.insert(REQUEST_ID, request_id);
    if let header::Entry::Vacant(trace) = headers.entry(TRACEPARENT)
        && let Ok(begun) =
            HeaderValue::try_from(format!("00-{}-{}-01", random::label::<16>(), random::label::<8>()))
    {
        trace.insert(begun);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn introduced(peer: [u8; 4], pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = headers(pairs);
        introduce(&mut headers, IpAddr::V4(Ipv4Addr::from(peer)), HeaderValue::from_static("req"));
        headers
    }

    #[test]
    fn what_concerns_one_connection_goes_no_further() {
        let mut headers = headers(&[
            ("connection", "close, X-Private"),
            ("keep-alive", "timeout=5"),
            ("x-private", "1"),
            ("transfer-encoding", "chunked"),
            ("x-public", "1"),
        ]);
        strip(&mut headers);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-public"]);
    }

    #[test]
    fn a_client_cannot_claim_to_be_somebody_else() {
        let claims = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https"), ("host", "shop.test")];
        let told = introduced([192, 0, 2, 7], &claims);
        assert_eq!(told["x-forwarded-for"], "192.0.2.7");
        assert_eq!(told["x-forwarded-proto"], "http");
        assert_eq!(told["x-forwarded-host"], "shop.test");
    }

    #[test]
    fn a_proxy_on_the_same_machine_is_believed() {
        let claims = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")];
        let told = introduced([127, 0, 0, 1], &claims);
        assert_eq!(told["x-forwarded-for"], "1.2.3.4, 127.0.0.1");
        assert_eq!(told["x-forwarded-proto"], "https");
    }

    #[test]
    fn a_trace_is_passed_on_or_begun() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(introduced([127, 0, 0, 1], &[("traceparent", trace)])["traceparent"], trace);
        assert_eq!(introduced([127, 0, 0, 1], &[])["traceparent"].len(), trace.len());
    }

    #[test]
    fn a_request_keeps_a_sane_identifier_and_gets_one_otherwise() {
        assert_eq!(request_id(&headers(&[("x-request-id", "abc")])), "abc");
        assert_eq!(request_id(&headers(&[("x-request-id", "a b")])).len(), 32);
        assert_eq!(request_id(&headers(&[])).len(), 32);
    }
}
