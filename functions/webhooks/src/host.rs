//! The git host of a connection, ready to be asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::ConnectionName;
use domain::connection::{Connection, HostKind};
use domain::manifest::RepositoryRef;
use integrations::git_api::{Access, BadAddress, GitApi};

use crate::{App, Error};

/// The clients of git hosts' APIs, one for each address. Clones are the same ones.
#[derive(Debug, Clone, Default)]
pub struct GitHosts(Arc<Mutex<BTreeMap<(HostKind, String), GitApi>>>);

impl GitHosts {
    /// The client for an address.
    pub(crate) fn at(&self, kind: HostKind, url: &str) -> Result<GitApi, BadAddress> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(api) = known.get(&(kind, url.to_owned())) {
            return Ok(api.clone());
        }
        let api = GitApi::at(kind, url)?;
        known.insert((kind, url.to_owned()), api.clone());
        Ok(api)
    }
}

/// The git host of a connection, with the token that opens it.
pub(crate) struct Host {
    pub(crate) kind: HostKind,
    pub(crate) api: GitApi,
    token: String,
}

impl Host {
    /// What is needed to ask about a repository.
    pub(crate) fn access<'a>(&'a self, repository: &'a RepositoryRef) -> Access<'a> {
        Access { token: &self.token, repository: &repository.path }
    }
}

/// The host of a connection; `None` if nobody gave Keelson a token for it.
///
/// # Errors
/// If the token cannot be opened.
pub(crate) async fn of(app: &App, connection: &Connection) -> Result<Option<Host>, Error> {
    let Some(access) = &connection.api else { return Ok(None) };
    let sealed = ports::Sealed(access.sealed_token.clone());
    let token = app.secrets.open(&seal_context(&connection.name), &sealed).await?;
    let token = String::from_utf8_lossy(&token).into_owned();
    // The address was checked when it was set; one that was allowed then and is not now is as good as none.
    let api = app.hosts.at(connection.kind, &access.url);
    let api = api.inspect_err(|error| tracing::error!(connection = %connection.name, %error, "no such API"));
    Ok(api.ok().map(|api| Host { kind: connection.kind, api, token }))
}

/// To what the API token of a connection is bound: not to what its webhook secrets are bound to, so that none can take
/// the other's place.
pub(crate) fn seal_context(connection: &ConnectionName) -> String {
    format!("connection/{connection}/api-token")
}
