//! A connection gets a new secret, and the old one stays valid until the git host has the new one.

use api::connection::{ConnectionSecret, RotateConnection};
use domain::connection::SealedSecret;
use domain::{ConnectionName, Period};
use edge::{ApiError, Caller, RequestContext};
use jiff::Timestamp;

use crate::put_connection::{field, new_secret, save};
use crate::{App, view};

/// For how long the old secret stays valid unless something else is asked for, in hours.
const OVERLAP: u32 = 24;
/// For how long it may, in hours: a week.
const LONGEST_OVERLAP: u32 = 168;
/// How many secrets may be valid together: each is tried for every webhook.
const MOST_SECRETS: usize = 4;

pub(crate) async fn rotate(
    app: &App,
    request: &RequestContext,
    caller: &Caller,
    name: &ConnectionName,
    body: RotateConnection,
) -> Result<ConnectionSecret, ApiError> {
    let now = app.core.now();
    let known = app.core.store.connection(name).await?;
    let known = known.ok_or_else(|| ApiError::not_found("connection", name))?;
    let hours = body.overlap_hours.unwrap_or(OVERLAP);
    if hours > LONGEST_OVERLAP {
        return Err(field("/overlap_hours", format!("use 0 to {LONGEST_OVERLAP} hours, not {hours}")));
    }
    let end = Period::seconds(hours * 3_600).after(now);

    let mut connection = known.value;
    let old = still_valid(connection.secrets, now, end);
    if old.len() >= MOST_SECRETS {
        return Err(ApiError::conflict(format!(
            "{} secrets of this connection are valid already, and nothing was changed. Wait until one ends, or \
             replace them all at once by putting the connection again.",
            old.len()
        )));
    }
    let (secret, sealed) = new_secret(app, name, connection.signing, body.secret, now).await?;
    connection.secrets = std::iter::once(sealed).chain(old).collect();
    let what = match hours {
        0 => "secret replaced".to_owned(),
        _ => format!("secret rotated, the old one is valid until {}", end.strftime("%Y-%m-%d %H:%MZ")),
    };
    save(app, request, caller, &connection, Some(known.version), what).await?;
    Ok(ConnectionSecret { connection: view::one(app, &connection).await?, secret })
}

/// The secrets that stay valid beside a new one, none of them beyond `end`.
fn still_valid(secrets: Vec<SealedSecret>, now: Timestamp, end: Timestamp) -> Vec<SealedSecret> {
    let ending = |secret: SealedSecret| {
        let expires_at = secret.expires_at.map_or(end, |already| already.min(end));
        SealedSecret { expires_at: Some(expires_at), ..secret }
    };
    secrets.into_iter().map(ending).filter(|secret| secret.is_active(now)).collect()
}
