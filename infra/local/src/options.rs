//! How the runtime is to be started.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use edge::settings::{ConfigError, LogSettings, OidcSettings, Settings, SignInSettings};
use edge::telemetry::{LogFilter, LogFormat};
use edge::{Clock, PublicUrl};

use crate::CrashAt;

/// The port of the API and the panel.
pub const DEFAULT_PORT: u16 = 7700;
/// Where programs are looked for if nobody says it.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// How the runtime is to be started.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that everything is kept in. Made if it is not there; one Keelson at a time works in it.
    pub dir: PathBuf,
    /// Where the API and the panel are served. Port 0 takes any that is free.
    pub listen: SocketAddr,
    /// Where browsers, git hosts and CI jobs reach it; the address it listens on unless given.
    pub public_url: Option<PublicUrl>,
    /// The folder with the panel's files. Without it, or without files in it, a page says how to make them.
    pub panel: Option<PathBuf>,
    /// The name of whoever starts it; on the very first start they become its admin.
    pub owner: String,
    /// `PATH` for the processes of services, which get nothing else of Keelson's own environment.
    pub path: String,
    /// Whose word is taken for the identity of CI jobs; GitHub's unless given.
    pub oidc: Option<OidcSettings>,
    /// The identity provider that signs people in, if there is one.
    pub sign_in: Option<SignInSettings>,
    /// How many proxies stand in front and tell of the caller's address.
    pub trusted_proxies: u8,
    /// What [`run`](crate::run) logs, and how.
    pub log: LogSettings,
    /// The time.
    pub clock: Clock,
    /// Whether the processes of services go on when Keelson stops, for the next start to take over.
    pub keep_processes: bool,
    /// Where this process kills itself, for tests of what a crash leaves behind.
    pub crash_at: Option<CrashAt>,
}

impl Options {
    /// On this machine only, with the defaults of a person who tries it.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)),
            public_url: None,
            panel: None,
            owner: String::new(),
            path: DEFAULT_PATH.to_owned(),
            oidc: None,
            sign_in: None,
            trusted_proxies: 0,
            log: LogSettings { filter: LogFilter::default(), format: LogFormat::Auto },
            clock: Clock::system(),
            keep_processes: false,
            crash_at: None,
        }
    }

    /// Takes over what the settings say that both runtimes have: the public address, the log, the proxies in front,
    /// whose word is taken for the identity of CI jobs, and who signs people in. `get` gives the value of `KEELSON_…`.
    ///
    /// # Errors
    /// Every setting that cannot be used; then the options are as they were.
    pub fn read_settings(&mut self, get: impl Fn(&str) -> Option<String>) -> Result<(), Vec<ConfigError>> {
        let given = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        // What is derived from the public address is derived from where it listens, unless that is said.
        let listens = |name: &str| (name == "KEELSON_PUBLIC_URL").then(|| format!("http://{}", self.listen));
        let settings = Settings::from_env(|name| given(name).or_else(|| listens(name)))?;
        if given("KEELSON_PUBLIC_URL").is_some() {
            self.public_url = Some(settings.public_url);
        }
        if given("KEELSON_OIDC_ISSUER").or_else(|| given("KEELSON_OIDC_AUDIENCE")).is_some() {
            self.oidc = Some(settings.oidc);
        }
        self.sign_in = settings.sign_in;
        self.trusted_proxies = settings.trusted_proxies;
        self.log = settings.log;
        Ok(())
    }
}
