//! Signing people in: the authorization code flow with PKCE, as a client of one identity provider.
//!
//! What is demanded of the provider's answers follows OpenID Connect Core (section 3.1), RFC 7636 (PKCE, only `S256`),
//! RFC 9207 (who answers) and the Security Best Current Practice for OAuth 2.0 (RFC 9700). Only the ID token is read:
//! the access token is thrown away, so nothing of it can leak.

mod person;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use domain::sign_in::{Identity, Profile};
use form_urlencoded::{Serializer, byte_serialize};
use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::issuer::{Configuration, Issuer};
use super::{BadAddress, Refused, Unreachable};
use crate::outgoing::{Asked, Sent};

/// How long the answer of the token endpoint may be.
const LONGEST_ANSWER: usize = 256 * 1024;
/// How long a code may be that is handed back to the provider.
const LONGEST_CODE: usize = 4 * 1024;

/// How the installation is known to the provider.
#[derive(Clone)]
pub struct Registration {
    /// The provider, exactly as it names itself.
    pub issuer: String,
    /// The name that the provider gave to the installation.
    pub client_id: String,
    /// How the installation proves to be that; a public client has none, and PKCE alone protects it.
    pub client_secret: Option<String>,
    /// What is asked for, with spaces between; `openid` among it.
    pub scopes: String,
    /// The claim that lists a person's groups: its name, or a JSON pointer if it begins with a slash.
    pub groups_claim: String,
    /// Where the provider sends browsers back to.
    pub redirect_uri: String,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What belongs to one sign-in. Each is random, and known to one browser alone.
pub struct Attempt {
    /// Comes back with the browser, and proves that it is the same one.
    pub state: String,
    /// Comes back in the token, and proves that it was made for this sign-in.
    pub nonce: String,
    /// Proves to the provider that whoever brings the code is who asked for it (RFC 7636): 43 to 128 characters.
    pub code_verifier: String,
}

/// Somebody whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who that is.
    pub identity: Identity,
    /// What else is told.
    pub profile: Profile,
}

/// Why nobody is signed in. No variant tells of codes, tokens or secrets.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The provider cannot be asked.
    #[error("the identity provider: {0}")]
    Unreachable(#[from] Unreachable),
    /// What the provider publishes or answers lacks something.
    #[error("the identity provider {0}")]
    Unusable(&'static str),
    /// Another provider answers than the one that was asked.
    #[error("the answer comes from `{0}`")]
    OtherIssuer(String),
    /// The provider does not exchange the code; in its own word (RFC 6749, section 5.2).
    #[error("the identity provider does not take the code: {0}")]
    CodeRefused(String),
    /// The token proves nothing.
    #[error("the identity provider's token is not accepted: {0}")]
    Token(Refused),
    /// There are so many groups that the provider leaves them out, as Entra does.
    #[error("the identity provider leaves the groups out, as there are too many")]
    GroupsLeftOut(Identity),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::IssuerUnreachable(error) => Self::Unreachable(error),
            refused => Self::Token(refused),
        }
    }
}

/// A client of one identity provider.
#[derive(Debug)]
pub struct Client {
    issuer: Issuer,
    registration: Registration,
}

impl Client {
    /// A client. Nothing is fetched until somebody signs in.
    ///
    /// # Errors
    /// If the provider's address may not be asked: it must be `https://` on the internet, or on this machine.
    pub fn new(registration: Registration) -> Result<Self, BadAddress> {
        Ok(Self { issuer: Issuer::of(&registration.issuer)?, registration })
    }

    /// The provider, as it names itself.
    pub fn issuer(&self) -> &str {
        self.issuer.name()
    }

    /// Where a browser begins to sign in.
    ///
    /// # Errors
    /// If the provider cannot be asked for that.
    pub async fn address(&self, attempt: &Attempt, now: Timestamp) -> Result<String, Failed> {
        let configuration = self.issuer.configuration(now).await?;
        let endpoint = configuration.authorization_endpoint;
        let endpoint = endpoint.ok_or(Failed::Unusable("publishes no authorization endpoint"))?;
        // Nobody is asked here, but a browser is sent there: it must not be led to where nobody may be asked.
        self.issuer.outgoing().beside(&endpoint)?;
        let mut url =
            Url::parse(&endpoint).map_err(|_| Failed::Unusable("publishes no authorization endpoint"))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("redirect_uri", &self.registration.redirect_uri)
            .append_pair("scope", &self.registration.scopes)
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &challenge(&attempt.code_verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Checks who answers, as far as the answer says it (RFC 9207).
    ///
    /// # Errors
    /// If it is another provider, or the answer does not say it although this provider always does.
    pub async fn check_answer(&self, given: Option<&str>, now: Timestamp) -> Result<(), Failed> {
        match given {
            Some(issuer) if issuer == self.issuer() => Ok(()),
            Some(other) => Err(Failed::OtherIssuer(other.chars().take(200).collect())),
            None if self.issuer.configuration(now).await?.authorization_response_iss_parameter_supported => {
                Err(Failed::OtherIssuer("somebody who does not say it".to_owned()))
            }
            None => Ok(()),
        }
    }

    /// Exchanges a code for the person that it stands for.
    ///
    /// # Errors
    /// Why nobody is signed in.
    pub async fn redeem(&self, code: &str, attempt: &Attempt, now: Timestamp) -> Result<Person, Failed> {
        if code.len() > LONGEST_CODE {
            return Err(Failed::CodeRefused("it is too long for one".to_owned()));
        }
        let configuration = self.issuer.configuration(now).await?;
        let token = self.exchange(&configuration, code, attempt).await?;
        person::read(&self.issuer, &self.registration, &token, &attempt.nonce, now).await
    }

    async fn exchange(
        &self,
        configuration: &Configuration,
        code: &str,
        attempt: &Attempt,
    ) -> Result<String, Failed> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let endpoint = configuration.token_endpoint.as_deref();
        let endpoint = endpoint.ok_or(Failed::Unusable("publishes no token endpoint"))?;
        let (headers, form) = self.token_request(configuration, code, attempt)?;
        let body = Some(Sent::Form(form.into_bytes()));
        let asked = Asked { method: Method::POST, url: endpoint, headers, body };
        let answer = self.issuer.outgoing().beside(endpoint)?.ask(asked, LONGEST_ANSWER).await?;
        match answer.status {
            // What cannot be read is not quoted: it may be a token.
            200..300 => serde_json::from_slice::<Tokens>(&answer.body)
                .map(|tokens| tokens.id_token)
                .map_err(|_| Failed::Unusable("answers the code without an ID token")),
            400..500 => Err(Failed::CodeRefused(error_code(&answer.body))),
            status => Err(Failed::Unreachable(Unreachable::Status(status))),
        }
    }

    fn token_request(
        &self,
        configuration: &Configuration,
        code: &str,
        attempt: &Attempt,
    ) -> Result<(HeaderMap, String), Failed> {
        let Registration { client_id, client_secret, redirect_uri, .. } = &self.registration;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_verifier", &attempt.code_verifier);
        let supported = configuration.token_endpoint_auth_methods_supported.as_deref();
        match (client_secret, proof(supported)?) {
            (None, _) => drop(form.append_pair("client_id", client_id)),
            (Some(secret), Proof::Basic) => drop(headers.insert(AUTHORIZATION, basic(client_id, secret)?)),
            (Some(secret), Proof::Post) => {
                form.append_pair("client_id", client_id).append_pair("client_secret", secret);
            }
        }
        Ok((headers, form.finish()))
    }
}

/// How the installation proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Basic,
    Post,
}

fn proof(supported: Option<&[String]>) -> Result<Proof, Failed> {
    // OpenID Connect Discovery, section 3: basic, if nothing is said.
    let Some(supported) = supported else { return Ok(Proof::Basic) };
    let has = |method: &str| supported.iter().any(|supported| supported == method);
    match (has("client_secret_basic"), has("client_secret_post"), has("none")) {
        (true, ..) => Ok(Proof::Basic),
        (false, true, _) | (false, false, true) => Ok(Proof::Post),
        (false, false, false) => Err(Failed::Unusable("takes no client secret at its token endpoint")),
    }
}

/// RFC 6749, section 2.3.1: both are encoded as in a form before they are put together.
fn basic(client_id: &str, secret: &str) -> Result<HeaderValue, Failed> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret)));
    let header = HeaderValue::from_str(&format!("Basic {credentials}"));
    let mut header = header.map_err(|_| Failed::Unusable("takes no such client secret"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// RFC 7636, section 4.2.
fn challenge(code_verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(code_verifier))
}

/// The provider's word for what is wrong. Only what looks like one is told on.
fn error_code(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Answer {
        error: String,
    }
    let told = serde_json::from_slice::<Answer>(body).map(|answer| answer.error).unwrap_or_default();
    let is_word =
        !told.is_empty() && told.len() <= 60 && told.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if is_word { told } else { "it does not say why".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_that_of_rfc_7636() {
        // Appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_secret_is_encoded_before_it_is_sent() {
        let header = basic("keel son", "a:b&c%é").unwrap();
        let text = header.to_str().unwrap().strip_prefix("Basic ").unwrap();
        assert_eq!(STANDARD.decode(text).unwrap(), b"keel+son:a%3Ab%26c%25%C3%A9");
        assert!(header.is_sensitive());
    }

    #[test]
    fn the_proof_is_one_that_the_provider_takes() {
        let of = |methods: &[&str]| {
            let methods: Vec<String> = methods.iter().map(|method| (*method).to_owned()).collect();
            proof(Some(&methods)).ok()
        };
        assert_eq!(proof(None).ok(), Some(Proof::Basic));
        assert_eq!(of(&["client_secret_post", "client_secret_basic"]), Some(Proof::Basic));
        assert_eq!(of(&["client_secret_post", "private_key_jwt"]), Some(Proof::Post));
        assert_eq!(of(&["private_key_jwt", "tls_client_auth"]), None);
    }

    #[test]
    fn only_a_word_of_the_provider_is_told_on() {
        assert_eq!(
            error_code(br#"{"error":"invalid_grant","error_description":"code abc"}"#),
            "invalid_grant"
        );
        for other in [r#"{"error":"Code abc123 is used"}"#, "{}", "<html>", ""] {
            assert_eq!(error_code(other.as_bytes()), "it does not say why");
        }
    }
}
