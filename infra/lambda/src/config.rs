//! What a function is configured with: environment variables, and the secrets that some of them name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use anyhow::Context as _;
use aws::{Connection, ManagedSecret};
use edge::settings::{Setting, Settings};
use edge::{Clock, Core, Ids};
use futures_util::future::try_join_all;
use ports::{SecretError, SecretSource};
use store::Store;

/// What the names of Keelson's variables begin with.
const PREFIX: &str = "KEELSON_";
/// How the name of a secret begins that lies in Secrets Manager. No secret lies in an environment variable: whoever may
/// look at a function's configuration could read it there.
const SECRET: &str = "arn:aws:secretsmanager:";

pub(crate) const TABLES: Setting = Setting {
    name: "KEELSON_TABLES",
    default: "",
    meaning: "What the names of the tables begin with: the stack's name.",
};
pub(crate) const ORIGIN_SECRET: Setting = Setting {
    name: "KEELSON_ORIGIN_SECRET",
    default: "",
    meaning: "What `CloudFront` says in `x-keelson-origin`; requests without it are refused. Several, separated by spaces, are all believed. For `webhooks`, `promotions` and `panel`.",
};
pub(crate) const SEALING_KEY: Setting = Setting {
    name: "KEELSON_SEALING_KEY",
    default: "",
    meaning: "The keyring under which secrets are sealed. For `webhooks`.",
};
pub(crate) const ARTIFACTS_BUCKET: Setting = Setting {
    name: "KEELSON_ARTIFACTS_BUCKET",
    default: "",
    meaning: "The bucket with the bytes of artifacts. For `promotions`.",
};
pub(crate) const BUS: Setting = Setting {
    name: "KEELSON_BUS",
    default: "",
    meaning: "The event bus that is told what happens. For `relay`.",
};
pub(crate) const QUEUES: Setting = Setting {
    name: "KEELSON_QUEUES",
    default: "",
    meaning: "Where each subscriber's messages go, to be sent again: `SUBSCRIBER=URL`, separated by commas. For `relay`.",
};

/// What a function is configured with beside the settings that both runtimes have, [`edge::settings::SETTINGS`].
///
/// A value that is the ARN of a secret stands for that secret's value.
pub const SETTINGS: [Setting; 6] = [TABLES, ORIGIN_SECRET, SEALING_KEY, ARTIFACTS_BUCKET, BUS, QUEUES];

/// What a function starts with.
#[derive(Debug)]
pub struct Start {
    /// Store, clock, ids and settings.
    pub core: Core,
    /// The way to AWS.
    pub connection: Connection,
    given: Given,
}

impl Start {
    /// Reads what the process was configured with, and the secrets that this names.
    ///
    /// # Errors
    /// Whatever is missing or wrong, all of it at once; or if a secret cannot be read.
    pub async fn read() -> anyhow::Result<Self> {
        let connection = Connection::from_env().await;
        let given = Given::of_process().with_secrets(&connection).await?;
        Self::of(given, connection)
    }

    pub(crate) fn of(mut given: Given, connection: Connection) -> anyhow::Result<Self> {
        let tables = given.required(&TABLES);
        let settings = Settings::from_env(|name| given.values.get(name).cloned());
        let settings = settings.unwrap_or_else(|errors| {
            given.wrong.extend(errors.iter().map(ToString::to_string));
            Settings::new("http://127.0.0.1".parse().expect("an address"))
        });
        given.finish()?;
        let clock = Clock::system();
        let store = Store::new(connection.dynamodb(), &tables);
        let core = Core::new(store, clock.clone(), Ids::system(clock), settings);
        Ok(Self { core, connection, given })
    }

    /// The value of a setting that there must be. Without it, [`Start::finish`] is an error.
    pub(crate) fn required(&mut self, setting: &Setting) -> String {
        self.given.required(setting)
    }

    /// Where the value of a setting is kept that there must be, to be read again and again.
    pub(crate) fn source(&mut self, setting: &Setting) -> Arc<dyn SecretSource> {
        let value = self.required(setting);
        match value.starts_with(SECRET) {
            true => Arc::new(ManagedSecret::new(&self.connection, &value)),
            false => Arc::new(Fixed(value)),
        }
    }

    /// Notes that the value of a setting cannot be used.
    pub(crate) fn refuse(&mut self, setting: &Setting, why: impl fmt::Display) {
        self.given.wrong.push(format!("{}: {why}", setting.name));
    }

    /// # Errors
    /// Whatever was found to be missing or wrong.
    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        self.given.finish()
    }
}

/// A secret that does not change: on an emulator, where it is in the environment itself.
struct Fixed(String);

#[async_trait::async_trait]
impl SecretSource for Fixed {
    async fn read(&self) -> Result<String, SecretError> {
        Ok(self.0.clone())
    }
}

/// Keelson's environment variables, and what was found to be wrong with them.
#[derive(Default)]
pub(crate) struct Given {
    values: BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // There are secrets among the values.
        f.debug_struct("Given").field("names", &self.values.keys()).finish_non_exhaustive()
    }
}

impl Given {
    #[cfg(test)]
    pub(crate) fn new(values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { values: values.collect(), wrong: Vec::new() }
    }

    fn of_process() -> Self {
        let all = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with(PREFIX))?;
            Some((name, value.to_string_lossy().trim().to_owned()))
        });
        Self { values: all.filter(|(_, value)| !value.is_empty()).collect(), wrong: Vec::new() }
    }

    /// Puts secrets in the place of their names, all but the one that is read again and again.
    pub(crate) async fn with_secrets(mut self, connection: &Connection) -> anyhow::Result<Self> {
        let named = self
            .values
            .iter()
            .filter(|(name, value)| value.starts_with(SECRET) && name.as_str() != SEALING_KEY.name);
        let reading = named.map(async |(name, arn)| {
            let value = ManagedSecret::new(connection, arn).read().await;
            let value = value.with_context(|| format!("{name} names a secret that cannot be read"))?;
            anyhow::Ok((name.clone(), value))
        });
        let read = try_join_all(reading).await?;
        self.values.extend(read);
        Ok(self)
    }

    fn required(&mut self, setting: &Setting) -> String {
        let value = self.values.get(setting.name).cloned();
        value.unwrap_or_else(|| {
            self.wrong.push(format!("{} is missing. {}", setting.name, setting.meaning));
            String::new()
        })
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        let wrong = std::mem::take(&mut self.wrong);
        anyhow::ensure!(wrong.is_empty(), "the function is not configured: {}", wrong.join("; "));
        Ok(())
    }
}
