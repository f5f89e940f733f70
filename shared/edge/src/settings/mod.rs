//! What whoever runs the installation decides, read once from environment variables.

mod public_url;
mod sign_in;

use std::fmt;
use std::str::FromStr;

pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use sign_in::{Hidden, SignInSettings};

use crate::telemetry::{LogFilter, LogFormat};

/// One setting, for the documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What holds without it.
    pub default: &'static str,
    /// What it decides.
    pub meaning: &'static str,
}

const PUBLIC_URL: Setting = Setting {
    name: "KEELSON_PUBLIC_URL",
    default: "http://127.0.0.1:4000",
    meaning: "The address under which browsers, git hosts and CI jobs reach this installation.",
};
const LOG: Setting = Setting {
    name: "KEELSON_LOG",
    default: "info",
    meaning: "What is logged: a level, or `target=level` pairs separated by commas.",
};
const LOG_FORMAT: Setting = Setting {
    name: "KEELSON_LOG_FORMAT",
    default: "auto",
    meaning: "`json`, `pretty`, or `auto`: pretty on a terminal and JSON elsewhere.",
};
const OIDC_ISSUER: Setting = Setting {
    name: "KEELSON_OIDC_ISSUER",
    default: "https://token.actions.githubusercontent.com",
    meaning: "Who vouches for the identity of CI jobs.",
};
/// What the audience of CI tokens begins with, unless one is set; the public address follows.
const AUDIENCE_PREFIX: &str = "keelson:";
const OIDC_AUDIENCE: Setting = Setting {
    name: "KEELSON_OIDC_AUDIENCE",
    default: "keelson:<KEELSON_PUBLIC_URL>",
    meaning: "For whom the tokens of CI jobs must be made. The git host's own default is no protection: every service takes it.",
};
const TRUSTED_PROXIES: Setting = Setting {
    name: "KEELSON_TRUSTED_PROXIES",
    default: "0",
    meaning: "How many proxies stand in front, each of which adds the address it sees to `X-Forwarded-For`. With 0 that header is not believed.",
};

/// Every setting that [`Settings::from_env`] reads.
pub const SETTINGS: [Setting; 13] = {
    let [issuer, client_id, client_secret, scopes, groups_claim, roles, label] = sign_in::ALL;
    [
        PUBLIC_URL,
        LOG,
        LOG_FORMAT,
        OIDC_ISSUER,
        OIDC_AUDIENCE,
        TRUSTED_PROXIES,
        issuer,
        client_id,
        client_secret,
        scopes,
        groups_claim,
        roles,
        label,
    ]
};

/// What whoever runs the installation decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where this installation is reached.
    pub public_url: PublicUrl,
    /// What is logged, and how.
    pub log: LogSettings,
    /// Whose word is taken for the identity of CI jobs.
    pub oidc: OidcSettings,
    /// The identity provider that signs people in, if there is one.
    pub sign_in: Option<SignInSettings>,
    /// How many proxies stand in front of the installation and tell of the caller's address.
    pub trusted_proxies: u8,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// What.
    pub filter: LogFilter,
    /// How.
    pub format: LogFormat,
}

/// Whose word is taken for the identity of CI jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// The issuer, exactly as its tokens name it.
    pub issuer: String,
    /// The audience that its tokens must be made for.
    pub audience: String,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct ConfigError {
    /// The environment variable.
    pub name: &'static str,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Settings {
    /// The defaults, for an installation at that address.
    pub fn new(public_url: PublicUrl) -> Self {
        Self {
            log: LogSettings { filter: LogFilter::default(), format: LogFormat::Auto },
            oidc: OidcSettings {
                issuer: OIDC_ISSUER.default.to_owned(),
                audience: format!("{AUDIENCE_PREFIX}{public_url}"),
            },
            sign_in: None,
            trusted_proxies: 0,
            public_url,
        }
    }

    /// Reads the settings. `get` gives the value of an environment variable; an empty one counts as absent.
    ///
    /// # Errors
    /// Every setting that cannot be used, not only the first.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader { get, errors: Vec::new() };
        let public_url = reader.read::<PublicUrl>(&PUBLIC_URL);
        let filter = reader.read::<LogFilter>(&LOG);
        let format = reader.read::<LogFormat>(&LOG_FORMAT);
        let issuer = reader.read::<Issuer>(&OIDC_ISSUER);
        let audience = reader.given(&OIDC_AUDIENCE);
        let proxies = reader.read::<Proxies>(&TRUSTED_PROXIES);
        let sign_in = sign_in::read(&mut reader);
        match (public_url, filter, format, issuer, proxies) {
            (Some(public_url), Some(filter), Some(format), Some(Issuer(issuer)), Some(Proxies(proxies))) => {
                let settings = Self {
                    log: LogSettings { filter, format },
                    oidc: OidcSettings {
                        issuer,
                        audience: audience.unwrap_or_else(|| format!("{AUDIENCE_PREFIX}{public_url}")),
                    },
                    sign_in,
                    trusted_proxies: proxies,
                    public_url,
                };
                sign_in::without_mistakes(settings, reader.errors)
            }
            _ => Err(reader.errors),
        }
    }
}

struct Reader<G> {
    get: G,
    errors: Vec<ConfigError>,
}

impl<G: Fn(&str) -> Option<String>> Reader<G> {
    fn given(&self, setting: &Setting) -> Option<String> {
        (self.get)(setting.name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// The value, or the default. What is wrong is kept for the end.
    fn read<T: FromStr<Err: fmt::Display>>(&mut self, setting: &Setting) -> Option<T> {
        let text = self.given(setting).unwrap_or_else(|| setting.default.to_owned());
        let value = text.parse();
        value.map_err(|error: T::Err| self.refuse(setting, error.to_string())).ok()
    }

    fn refuse(&mut self, setting: &Setting, problem: String) {
        self.errors.push(ConfigError { name: setting.name, problem });
    }
}

/// The address of an OIDC issuer. Its keys are fetched from there, so nobody may be able to answer in its place.
struct Issuer(String);

/// A number of proxies.
struct Proxies(u8);

impl FromStr for Proxies {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        given.parse().map(Self).map_err(|_| format!("`{given}` is not a number of proxies from 0 to 255"))
    }
}

impl FromStr for Issuer {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let uri: http::Uri = given.parse().map_err(|_| format!("`{given}` is not an address"))?;
        let is_loopback = matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"));
        match uri.scheme_str() {
            Some("https") => Ok(Self(given.to_owned())),
            Some("http") if is_loopback => Ok(Self(given.to_owned())),
            _ => Err(format!("`{given}` must begin with https:// (http:// only on this machine)")),
        }
    }
}

#[cfg(test)]
mod tests;
