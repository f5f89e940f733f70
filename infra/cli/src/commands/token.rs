//! `keelson token`: API tokens.

use api::access::{CreateToken, CreatedToken};
use api::routes::{CREATE_TOKEN, LIST_TOKENS, REVOKE_TOKEN};
use domain::access::{Grant, Permission};
use domain::{ServiceName, TokenId};
use serde_json::json;

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, words};

/// What it takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a token, which is printed once
    Create {
        /// A name that tells what it is for
        name: String,
        /// Only for this service
        #[arg(long)]
        service: Option<ServiceName>,
        /// Only this permission, such as `push_artifact`; may be repeated
        #[arg(long = "permission", value_name = "PERMISSION", value_parser = words::permission)]
        permissions: Vec<Permission>,
        /// A role, as `ROLE[@TEAM][/ENVIRONMENT]`; may be repeated; without it, your own
        #[arg(long = "grant", value_name = "GRANT", value_parser = words::grant)]
        grants: Vec<Grant>,
        /// For how many days
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: Option<u32>,
    },
    /// List your tokens; an admin's list has everybody's
    List,
    /// Revoke a token, at once and for good
    Revoke {
        /// The token's identifier
        token: TokenId,
    },
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match command {
        Command::Create { name, service, permissions, grants, days } => {
            let body = CreateToken { name, grants, permissions, service, days };
            let created = context.client.call(&CREATE_TOKEN, &[], NO_QUERY, &body).await?;
            context.output.note("The token is shown once and cannot be read again:\n");
            context.output.show(&created, |_| secret(&created))?;
        }
        Command::List => {
            let list = context.client.call(&LIST_TOKENS, &[], NO_QUERY, &()).await?;
            context.output.show(&list, |theme| render::tokens(&list, now, theme))?;
        }
        Command::Revoke { token } => {
            context.client.call(&REVOKE_TOKEN, &[&token.to_string()], NO_QUERY, &()).await?;
            let value = json!({ "token": token, "revoked": true });
            context.output.show(&value, |_| format!("{token} is valid no more.\n"))?;
        }
    }
    Ok(Exit::Done)
}

/// The secret alone on a line, so that a script can take it.
fn secret(created: &CreatedToken) -> String {
    format!("{}\n", created.secret)
}
