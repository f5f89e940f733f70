//! What callers show to prove who they are: session cookies and API tokens. Only their hashes are kept.

use domain::Period;
use domain::access_records::SecretHash;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use sha2::{Digest as _, Sha256};

use crate::{Ids, Settings};

/// What every API token begins with, so that scanners and people recognize one that leaked.
pub const TOKEN_PREFIX: &str = "kls_";
/// The name of the session's cookie.
const SESSION_COOKIE: &str = "keelson_session";
/// The same where the installation is reached over TLS. Browsers take a cookie with this prefix only from the host
/// itself, over TLS and for all its paths (RFC 6265bis, section 4.1.3.2): no subdomain and no network can plant one.
const SECURE_SESSION_COOKIE: &str = "__Host-keelson_session";
/// How long a session lasts.
pub const SESSION_LIFETIME: Period = Period::seconds(12 * 60 * 60);

/// The hash under which a secret is kept. A plain SHA-256 is enough, because the secrets are random, not chosen.
pub fn secret_hash(secret: &str) -> SecretHash {
    SecretHash::from_bytes(Sha256::digest(secret).into())
}

/// A new API token.
pub fn new_token(ids: &Ids) -> String {
    format!("{TOKEN_PREFIX}{}", ids.secret())
}

/// The `Set-Cookie` that begins a session. `secret` is one of [`Ids::secret`].
///
/// # Panics
/// If the secret is none of those, but holds characters that no header may.
pub fn session_cookie(settings: &Settings, secret: &str) -> HeaderValue {
    cookie(settings, secret, SESSION_LIFETIME)
}

/// The `Set-Cookie` that ends a session.
pub fn ended_session_cookie(settings: &Settings) -> HeaderValue {
    cookie(settings, "", Period::ZERO)
}

fn cookie(settings: &Settings, value: &str, lifetime: Period) -> HeaderValue {
    let secure = if settings.public_url.is_https() { "; Secure" } else { "" };
    let seconds = lifetime.as_millis() / 1_000;
    let name = session_cookie_name(settings);
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let mut cookie = HeaderValue::from_str(&cookie).expect("a secret that fits into a header");
    cookie.set_sensitive(true);
    cookie
}

/// The name of the session's cookie, as this installation is reached.
pub fn session_cookie_name(settings: &Settings) -> &'static str {
    if settings.public_url.is_https() { SECURE_SESSION_COOKIE } else { SESSION_COOKIE }
}

/// The session's secret in a request's cookies.
pub fn session_secret<'a>(settings: &Settings, headers: &'a HeaderMap) -> Option<&'a str> {
    let wanted = session_cookie_name(settings);
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(public_url: &str) -> String {
        let settings = Settings::new(public_url.parse().unwrap());
        session_cookie(&settings, "s3cret").to_str().unwrap().to_owned()
    }

    #[test]
    fn a_session_cookie_is_out_of_reach_for_scripts_and_other_sites() {
        insta::assert_snapshot!(check("http://127.0.0.1:4000"), @"keelson_session=s3cret; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
        insta::assert_snapshot!(check("https://keelson.example"), @"__Host-keelson_session=s3cret; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure");
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        let settings = Settings::new("http://127.0.0.1:4000".parse().unwrap());
        headers.append(COOKIE, HeaderValue::from_static("theme=dark; keelson_session_old=x"));
        assert_eq!(session_secret(&settings, &headers), None);
        headers.append(COOKIE, HeaderValue::from_static("a=b;keelson_session=s3cret; c=d"));
        assert_eq!(session_secret(&settings, &headers), Some("s3cret"));
    }

    #[test]
    fn over_tls_a_cookie_that_somebody_else_could_have_planted_is_not_taken() {
        let settings = Settings::new("https://keelson.example".parse().unwrap());
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("keelson_session=planted"));
        assert_eq!(session_secret(&settings, &headers), None);
        headers.append(COOKIE, HeaderValue::from_static("__Host-keelson_session=s3cret"));
        assert_eq!(session_secret(&settings, &headers), Some("s3cret"));
    }

    #[test]
    fn a_hash_is_the_sha_256_of_the_secret() {
        insta::assert_snapshot!(secret_hash("kls_test"), @"d6376f41917ce7479fe523b8a9b5e19bb645ecd6ca08aa79ec5ee6981df38be3");
    }
}
