//! `keelson connection`: connect git hosts.

use std::path::PathBuf;

use api::connection::{ConnectionSecret, PutConnection, RotateConnection};
use api::routes::{GET_CONNECTION, LIST_CONNECTIONS, PUT_CONNECTION, ROTATE_CONNECTION};
use domain::ConnectionName;

use super::read_text;
use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render;

/// What it takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add a connection, and print what to enter on the git host
    Add {
        /// Its name; part of the webhook's address
        connection: ConnectionName,
        /// The git host's kind: github, gitlab, gitea (Forgejo too) or bitbucket
        #[arg(long, default_value = "github")]
        kind: String,
        /// How its webhooks are signed, if the host has several ways: standard_webhooks or plain_token, for GitLab
        #[arg(long)]
        signing: Option<String>,
        /// A file with the webhook secret; without it, Keelson makes a good one
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// List the connections
    List,
    /// Show one connection with its last deliveries
    Show {
        /// The connection
        connection: ConnectionName,
    },
    /// Make a second secret; the first stays valid for a while
    Rotate {
        /// The connection
        connection: ConnectionName,
        /// A file with the new secret; without it, Keelson makes a good one
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// For how many hours the old secret stays valid
        #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(0..=168))]
        overlap: Option<u32>,
    },
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match command {
        Command::Add { connection, kind, signing, secret_file } => {
            let body = PutConnection { signing, secret: secret(secret_file)?, ..PutConnection::of_kind(kind) };
            let answer =
                context.client.call(&PUT_CONNECTION, &[connection.as_str()], NO_QUERY, &body).await?;
            context.output.show(&answer, |_| set_up(&answer))?;
        }
        Command::List => {
            let list = context.client.call(&LIST_CONNECTIONS, &[], NO_QUERY, &()).await?;
            context.output.show(&list, |theme| render::connections(&list, now, theme))?;
        }
        Command::Show { connection } => {
            let detail = context.client.call(&GET_CONNECTION, &[connection.as_str()], NO_QUERY, &()).await?;
            context.output.show(&detail, |theme| render::connection(&detail, now, theme))?;
        }
        Command::Rotate { connection, secret_file, overlap } => {
            let body = RotateConnection { secret: secret(secret_file)?, overlap_hours: overlap };
            let answer =
                context.client.call(&ROTATE_CONNECTION, &[connection.as_str()], NO_QUERY, &body).await?;
            context.output.show(&answer, |_| set_up(&answer))?;
        }
    }
    Ok(Exit::Done)
}

fn secret(file: Option<PathBuf>) -> Result<Option<String>, Failure> {
    let text = file.as_deref().map(read_text).transpose()?;
    Ok(text.map(|text| text.trim().to_owned()))
}

fn set_up(answer: &ConnectionSecret) -> String {
    let ConnectionSecret { connection, secret } = answer;
    let until = connection.rotation_ends_at.map_or(String::new(), |at| {
        format!("\nThe old secret stays valid until {}.\n", at.strftime("%Y-%m-%d %H:%M:%SZ"))
    });
    format!(
        "Enter this on the git host, as a webhook for every event that you want Keelson to know of:\n\n  \
         Payload URL   {}\n  Content type  application/json\n  Secret        {secret}\n\n\
         The secret is shown once and cannot be read again.\n{until}",
        connection.hook_url
    )
}
