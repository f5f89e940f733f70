//! A connection's host may be asked and told, or not any more.

use api::connection::{ConnectionView, SetApiAccess};
use domain::ConnectionName;
use domain::connection::{ApiAccess, Connection};
use domain::watch::ConnectionWatch;
use edge::{ApiError, Caller, RequestContext};
use integrations::git_api;
use store::{Transaction, Versioned};

use crate::put_connection::{changed, field, save};
use crate::{App, host, view};

/// How long a token may be, in bytes: GitHub's longest have 255, signed ones of others more.
const LONGEST_TOKEN: usize = 4_096;
const LONGEST_URL: usize = 500;

/// Lets the host be asked and told. It is looked at within a moment, which shows whether the token is right.
pub(crate) async fn set(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    name: &ConnectionName,
    body: SetApiAccess,
) -> Result<ConnectionView, ApiError> {
    let known = known(app, name).await?;
    let api = sealed(app, &known.value, body, "").await?;
    let what = format!("API access set, at {}", api.url);
    let connection = Connection { api: Some(api), ..known.value.clone() };
    let mut transaction = app.core.store.transaction(app.core.now());
    watch_anew(app, &connection, &mut transaction).await?;
    transaction.save(&connection, Some(known.version));
    transaction.event(&changed(app, request, caller, name, what));
    transaction.commit().await?;
    view::one(app, &connection).await
}

/// Takes the token away.
pub(crate) async fn remove(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    name: &ConnectionName,
) -> Result<ConnectionView, ApiError> {
    let known = known(app, name).await?;
    let connection = Connection { api: None, ..known.value.clone() };
    if known.value.api.is_some() {
        let what = "API access removed".to_owned();
        save(app, request, caller, &connection, Some(known.version), what).await?;
    }
    view::one(app, &connection).await
}

async fn known(app: &App, name: &ConnectionName) -> Result<Versioned<Connection>, ApiError> {
    let known = app.core.store.connection(name).await?;
    known.ok_or_else(|| ApiError::not_found("connection", name))
}

/// What is given, checked, with the token sealed. `pointer`: where in the body it is.
pub(crate) async fn sealed(
    app: &App,
    connection: &Connection,
    given: SetApiAccess,
    pointer: &str,
) -> Result<ApiAccess, ApiError> {
    let SetApiAccess { url, token } = given;
    let usual = || git_api::usual_url(connection.kind).map(str::to_owned);
    let url = url.map(|url| url.trim_end_matches('/').to_owned()).or_else(usual).ok_or_else(|| {
        let what = "say where the API is, such as `https://git.example.com/api/v1`: every server is its own";
        field(&format!("{pointer}/url"), what.to_owned())
    })?;
    let has_only_a_path = !url.contains(['?', '#', '@']) && url.len() <= LONGEST_URL;
    if !has_only_a_path {
        let what = format!("use an address without a user, `?` and `#`, of at most {LONGEST_URL} characters");
        return Err(field(&format!("{pointer}/url"), what));
    }
    app.hosts
        .at(connection.kind, &url)
        .map_err(|error| field(&format!("{pointer}/url"), format!("{error}")))?;
    let is_token = |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_token(&token) || token.len() > LONGEST_TOKEN {
        let what = format!("use the token alone: 1 to {LONGEST_TOKEN} ASCII characters without spaces");
        return Err(field(&format!("{pointer}/token"), what));
    }
    let context = host::seal_context(&connection.name);
    let sealed = app.secrets.seal(&context, token.as_bytes()).await.map_err(ApiError::internal)?;
    Ok(ApiAccess { url, sealed_token: sealed.0, added_at: app.core.now() })
}

/// Has the connection looked at, at once.
pub(crate) async fn watch_anew(
    app: &App,
    connection: &Connection,
    transaction: &mut Transaction,
) -> Result<(), ApiError> {
    let now = app.core.now();
    match app.core.store.connection_watch(&connection.name).await? {
        None => transaction.put_new(&ConnectionWatch::begin(connection.name.clone(), now)),
        Some(known) => transaction.replace(&known.value.clone().anew(now), known.version),
    };
    Ok(())
}
