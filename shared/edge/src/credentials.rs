//! What callers show to prove who they are: session cookies and API tokens. Only their hashes are kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
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
/// The name of the cookie with the handle of a sign-in at the identity provider, without and with TLS.
const SIGN_IN_COOKIE: &str = "keelson_sign_in";
const SECURE_SIGN_IN_COOKIE: &str = "__Host-keelson_sign_in";
/// How long a sign-in at the identity provider may take.
pub const SIGN_IN_LIFETIME: Period = Period::seconds(10 * 60);
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

/// What is derived from a secret for one purpose: as random as the secret, which cannot be told from it.
///
/// By HMAC-SHA256, so what is derived for one purpose says nothing of what is derived for another.
pub fn derived(secret: &str, purpose: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, purpose.as_bytes()))
}

/// The `Set-Cookie` by which a browser keeps the handle of a sign-in at the identity provider.
///
/// It comes back although the provider's site leads there (`Lax`), which a session's cookie does not.
///
/// # Panics
/// If the handle is none of [`Ids::secret`], but holds characters that no header may.
pub fn sign_in_cookie(settings: &Settings, handle: &str) -> HeaderValue {
    cookie(settings, (sign_in_cookie_name(settings), handle), SIGN_IN_LIFETIME, "Lax")
}

/// The `Set-Cookie` that takes the handle away.
pub fn ended_sign_in_cookie(settings: &Settings) -> HeaderValue {
    cookie(settings, (sign_in_cookie_name(settings), ""), Period::ZERO, "Lax")
}

/// The handle of a sign-in in a request's cookies.
pub fn sign_in_handle<'a>(settings: &Settings, headers: &'a HeaderMap) -> Option<&'a str> {
    value_of(sign_in_cookie_name(settings), headers)
}

fn sign_in_cookie_name(settings: &Settings) -> &'static str {
    if settings.public_url.is_https() { SECURE_SIGN_IN_COOKIE } else { SIGN_IN_COOKIE }
}

/// The `Set-Cookie` that begins a session. `secret` is one of [`Ids::secret`].
///
/// # Panics
/// If the secret is none of those, but holds characters that no header may.
pub fn session_cookie(settings: &Settings, secret: &str) -> HeaderValue {
    cookie(settings, (session_cookie_name(settings), secret), SESSION_LIFETIME, "Strict")
}

/// The `Set-Cookie` that ends a session.
pub fn ended_session_cookie(settings: &Settings) -> HeaderValue {
    cookie(settings, (session_cookie_name(settings), ""), Period::ZERO, "Strict")
}

fn cookie(
    settings: &Settings,
    (name, value): (&str, &str),
    lifetime: Period,
    same_site: &str,
) -> HeaderValue {
    let secure = if settings.public_url.is_https() { "; Secure" } else { "" };
    let seconds = lifetime.as_millis() / 1_000;
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}");
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
    value_of(session_cookie_name(settings), headers)
}

fn value_of<'a>(wanted: &str, headers: &'a HeaderMap) -> Option<&'a str> {
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
    fn a_sign_in_cookie_comes_back_from_another_site_and_lasts_ten_minutes() {
        let settings = Settings::new("https://keelson.example".parse().unwrap());
        let cookie = sign_in_cookie(&settings, "handle");
        insta::assert_snapshot!(cookie.to_str().unwrap(), @"__Host-keelson_sign_in=handle; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
        assert_ne!(derived("handle", "state"), derived("handle", "nonce"));
        assert_eq!(derived("handle", "state").len(), 43);
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
