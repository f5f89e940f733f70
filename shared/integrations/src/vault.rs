//! Secrets kept in HashiCorp Vault or OpenBao: version 2 of their key-value engine.
//!
//! By the API documents of both (`/v1/<mount>/data/<path>`, `/v1/auth/<mount>/login`), and tested against OpenBao.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ports::{SecretError, SecretSource};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a request may take.
const REQUEST: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const LONGEST: usize = 1024 * 1024;
const TOKEN: &str = "X-Vault-Token";
const NAMESPACE: &str = "X-Vault-Namespace";

/// Where a Vault is, and as whom Keelson asks it.
#[derive(Clone)]
pub struct VaultSettings {
    /// Its address, such as `https://vault.example.com:8200`. A Vault is usually inside the network, so any address
    /// may be named; whoever runs the installation names it.
    pub address: String,
    /// The namespace, where there are several.
    pub namespace: Option<String>,
    /// As whom.
    pub login: VaultLogin,
}

/// As whom a Vault is asked.
#[derive(Clone)]
pub enum VaultLogin {
    /// With a token that somebody else renews.
    Token(String),
    /// As an `AppRole`, which Keelson logs in as, again and again.
    AppRole {
        /// Where that method is mounted; `approle` unless somebody moved it.
        mount: String,
        /// The role.
        role: String,
        /// Its secret.
        secret: String,
    },
}

/// A field of a secret in a Vault.
pub struct VaultSecret {
    client: Client,
    base: Url,
    settings: VaultSettings,
    mount: String,
    path: String,
    field: String,
    /// The token of the last login, and until when it is used.
    session: Mutex<Option<(String, Instant)>>,
}

impl std::fmt::Debug for VaultSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VaultSecret")
            .field("mount", &self.mount)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Read {
    data: Version,
}

#[derive(Deserialize)]
struct Version {
    /// Absent for a version that was deleted.
    data: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct LoggedIn {
    auth: Auth,
}

#[derive(Deserialize)]
struct Auth {
    client_token: String,
    /// Seconds; zero for a token that does not expire.
    lease_duration: u64,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    errors: Vec<String>,
}

impl VaultSecret {
    /// The secret at `<mount>/<path>#<field>`, such as `secret/keelson#keyring`. It is not read yet.
    ///
    /// # Errors
    /// If the address or the place is none, or plain HTTP would carry the secret to another machine.
    pub fn new(settings: VaultSettings, place: &str) -> Result<Self, SecretError> {
        let bad = |why: String| SecretError(format!("the Vault cannot be asked: {why}"));
        let base = Url::parse(&settings.address)
            .map_err(|_| bad(format!("`{}` is not an address like https://host:8200", settings.address)))?;
        let is_loopback = matches!(base.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
        if base.scheme() != "https" && !(base.scheme() == "http" && is_loopback) {
            return Err(bad(format!(
                "`{base}` must begin with https://; plain http:// is for this machine alone"
            )));
        }
        let parts = place.split_once('#').and_then(|(path, field)| Some((path.split_once('/')?, field)));
        let ((mount, path), field) =
            parts.ok_or_else(|| bad(format!("`{place}` is not a place like secret/keelson#keyring")))?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            .redirect(Policy::none())
            .user_agent(concat!("keelson/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self {
            client,
            base,
            mount: mount.to_owned(),
            path: path.to_owned(),
            field: field.to_owned(),
            session: Mutex::default(),
            settings,
        })
    }

    /// The token to ask with.
    async fn token(&self) -> Result<String, SecretError> {
        let (mount, role, secret) = match &self.settings.login {
            VaultLogin::Token(token) => return Ok(token.clone()),
            VaultLogin::AppRole { mount, role, secret } => (mount, role, secret),
        };
        let now = Instant::now();
        if let Some((token, until)) = &*self.session.lock().unwrap_or_else(PoisonError::into_inner)
            && *until > now
        {
            return Ok(token.clone());
        }
        let request = self.client.post(self.url(&["auth", mount, "login"])?);
        let request = request.json(&json!({ "role_id": role, "secret_id": secret }));
        let (status, body) = self.ask(request, None).await?;
        if !status.is_success() {
            return Err(refused("it does not let Keelson in", status, &body));
        }
        let LoggedIn { auth } = parse(&body)?;
        // A third of the lease is left when Keelson logs in again, so that no answer comes too late.
        let lease = if auth.lease_duration == 0 { 3_600 } else { auth.lease_duration };
        let until = now + Duration::from_secs(lease.min(86_400) * 2 / 3);
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((auth.client_token.clone(), until));
        Ok(auth.client_token)
    }

    fn forget_session(&self) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn url(&self, parts: &[&str]) -> Result<Url, SecretError> {
        let mut url = self.base.clone();
        {
            let segments = url.path_segments_mut();
            let mut segments =
                segments.map_err(|()| SecretError("the Vault's address has no path".to_owned()))?;
            segments.pop_if_empty().push("v1");
            for part in parts {
                segments.extend(part.split('/'));
            }
        }
        Ok(url)
    }

    async fn ask(
        &self,
        request: RequestBuilder,
        token: Option<&str>,
    ) -> Result<(StatusCode, Vec<u8>), SecretError> {
        let mut request = request;
        if let Some(namespace) = &self.settings.namespace {
            request = request.header(NAMESPACE, namespace);
        }
        if let Some(token) = token {
            request = request.header(TOKEN, token);
        }
        let no_answer = |_| SecretError(format!("the Vault at {} does not answer", self.base));
        let mut answer = request.send().await.map_err(no_answer)?;
        let (status, mut body) = (answer.status(), Vec::new());
        while let Some(chunk) = answer.chunk().await.map_err(no_answer)? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST {
                return Err(SecretError(format!("the Vault's answer is longer than {LONGEST} bytes")));
            }
        }
        Ok((status, body))
    }

    async fn read_once(&self) -> Result<(StatusCode, Vec<u8>), SecretError> {
        let token = self.token().await?;
        let url = self.url(&[&self.mount, "data", &self.path])?;
        self.ask(self.client.get(url), Some(&token)).await
    }
}

#[async_trait]
impl SecretSource for VaultSecret {
    async fn read(&self) -> Result<String, SecretError> {
        let (mut status, mut body) = self.read_once().await?;
        if status == StatusCode::FORBIDDEN && matches!(self.settings.login, VaultLogin::AppRole { .. }) {
            // The token may have been revoked since; whoever is let in again may still not read.
            self.forget_session();
            (status, body) = self.read_once().await?;
        }
        let place = format!("{}/{}", self.mount, self.path);
        if status == StatusCode::NOT_FOUND {
            return Err(SecretError(format!(
                "the Vault has nothing at {place}, or its newest version was deleted"
            )));
        }
        if !status.is_success() {
            return Err(refused(&format!("it does not give {place}"), status, &body));
        }
        let Read { data } = parse(&body)?;
        let value = data.data.as_ref().and_then(|fields| fields.get(&self.field));
        match value {
            Some(Value::String(text)) => Ok(text.clone()),
            // Whoever writes a keyring with the CLI may give JSON instead of a text that holds JSON.
            Some(value @ Value::Object(_)) => Ok(value.to_string()),
            _ => Err(SecretError(format!("the Vault's {place} has no text in `{}`", self.field))),
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, SecretError> {
    serde_json::from_slice(body)
        .map_err(|_| SecretError("the Vault's answer is not what it should be".to_owned()))
}

/// What a Vault says of its refusal. Its errors name paths and policies, never secrets.
fn refused(what: &str, status: StatusCode, body: &[u8]) -> SecretError {
    let told = serde_json::from_slice::<Refused>(body).map(|refused| refused.errors.join("; "));
    let told = told.ok().filter(|told| !told.is_empty()).unwrap_or_else(|| "without a reason".to_owned());
    SecretError(format!("the Vault: {what} ({}, {told})", status.as_u16()))
}

#[cfg(test)]
mod tests;
