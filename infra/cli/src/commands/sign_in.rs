//! `keelson sign-in`: a token for the command line, from a one-time link.

use api::access::CreateToken;
use serde_json::json;

use crate::cli::Global;
use crate::client::{Server, Stored, exchange, find_local};
use crate::context::server;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::surroundings::Surroundings;

/// How long the token is valid, in days.
const DAYS: u32 = 90;

const HOW: &str = "a one-time sign-in link is needed. `keelson up` prints one for whoever starts the server; anybody \
                   else gets theirs from an admin, by `keelson user link LOGIN`. Then: keelson sign-in 'LINK'";

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The one-time link; without it, it is asked for
    link: Option<String>,
}

/// Exchanges the link for a token and keeps that for this person.
pub(crate) async fn run(
    arguments: Arguments,
    global: &Global,
    surroundings: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let stored = Stored::of(surroundings)
        .ok_or_else(|| Failure::Failed("there is no home to keep a token in: set HOME".to_owned()))?;
    let link = arguments.link.or_else(|| output.ask_for("Paste the one-time sign-in link: "));
    let link = link.filter(|link| !link.is_empty()).ok_or_else(|| Failure::Usage(HOW.to_owned()))?;
    let (server, secret) = meant_by(&link, global, surroundings)?;
    let token = CreateToken {
        name: "keelson sign-in".to_owned(),
        grants: Vec::new(),
        permissions: Vec::new(),
        service: None,
        days: Some(DAYS),
    };
    let created = exchange(&server, &secret, &token).await?;
    let doing = format!("keep the token in {}", stored.path().display());
    stored.keep(&server, &created.secret).map_err(Failure::file(doing))?;
    let owner = &created.token.owner;
    let value = json!({ "server": server.as_str(), "login": owner, "file": stored.path() });
    output.show(&value, |_| {
        format!(
            "Signed in on {server} as {owner}, for {DAYS} days.\nThe token is in {}; `keelson token revoke {}` ends it.\n",
            stored.path().display(),
            created.token.id
        )
    })?;
    Ok(Exit::Done)
}

/// The server and the secret of a link, which may be the secret alone.
fn meant_by(link: &str, global: &Global, surroundings: &Surroundings) -> Result<(Server, String), Failure> {
    let local = || find_local(surroundings.directory());
    match link.split_once('#') {
        None => Ok((server(global, local().as_ref().map(|local| local.url.as_str()))?, link.to_owned())),
        Some((_, "")) => Err(Failure::Usage("the link is cut off: what follows `#` is missing".to_owned())),
        Some((address, secret)) => {
            let on: Server = address.parse().map_err(Failure::Usage)?;
            let on = if global.server.is_some() { server(global, None)? } else { on.root() };
            Ok((on, secret.to_owned()))
        }
    }
}
