//! `keelson connection`: connect git hosts.

use std::path::PathBuf;

use api::connection::{ConnectionSecret, PutConnection, RotateConnection, SetApiAccess};
use api::routes::{
    GET_CONNECTION, LIST_CONNECTIONS, PUT_CONNECTION, REMOVE_API_ACCESS, ROTATE_CONNECTION, SET_API_ACCESS,
};
use domain::ConnectionName;
use domain::connection::{HostKind, Signing};
use domain::host_setup::host_setup;

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
        /// How GitLab signs its webhooks: `standard_webhooks`, with a signing token, or `plain_token` before GitLab 19.0
        #[arg(long)]
        signing: Option<String>,
        /// A file with the webhook secret; without it, Keelson makes a good one
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        #[command(flatten)]
        api: Api,
    },
    /// Let Keelson ask the host for what webhooks did not tell, and tell it of promotions; the webhook stays as it is
    Set {
        /// The connection
        connection: ConnectionName,
        #[command(flatten)]
        api: Api,
        /// Take the API token away
        #[arg(long, conflicts_with = "api_token_stdin")]
        no_api: bool,
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

/// How a host is asked and told.
#[derive(Debug, clap::Args)]
pub(crate) struct Api {
    /// Read an API token from the standard input; it may read commits and webhooks, and write statuses and deployments
    #[arg(long)]
    api_token_stdin: bool,
    /// Where the host's API is; without it, where GitHub, GitLab and Bitbucket have theirs
    #[arg(long, value_name = "URL", requires = "api_token_stdin")]
    api_url: Option<String>,
}

impl Api {
    fn read(self) -> Result<Option<SetApiAccess>, Failure> {
        if !self.api_token_stdin {
            return Ok(None);
        }
        let token = std::io::read_to_string(std::io::stdin()).map_err(Failure::file("read the API token"))?;
        Ok(Some(SetApiAccess { url: self.api_url, token: token.trim().to_owned() }))
    }
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match command {
        Command::Add { connection, kind, signing, secret_file, api } => {
            let (secret, api) = (secret(secret_file)?, api.read()?);
            let body = PutConnection { signing, secret, api, ..PutConnection::of_kind(kind) };
            let answer =
                context.client.call(&PUT_CONNECTION, &[connection.as_str()], NO_QUERY, &body).await?;
            context.output.show(&answer, |_| set_up(&answer))?;
        }
        Command::Set { connection, api, no_api } => {
            let name = [connection.as_str()];
            let answer = match api.read()? {
                Some(body) => context.client.call(&SET_API_ACCESS, &name, NO_QUERY, &body).await?,
                None if no_api => context.client.call(&REMOVE_API_ACCESS, &name, NO_QUERY, &()).await?,
                None => {
                    let what = "say what to set: --api-token-stdin, or --no-api to take the token away";
                    return Err(Failure::Usage(what.to_owned()));
                }
            };
            context.output.show(&answer, |_| match &answer.api {
                Some(api) => format!(
                    "{connection} is asked and told at {}. See how it goes: `keelson connection show {connection}`.\n",
                    api.url
                ),
                None => format!("{connection} is asked and told nothing any more.\n"),
            })?;
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
    let until = connection
        .rotation_ends_at
        .map_or(String::new(), |at| format!("\nThe old secret stays valid until {}.\n", render::moment(at)));
    // A server that is newer than this program may know kinds that it does not.
    let kind = HostKind::from_word(&connection.kind).unwrap_or(HostKind::GitHub);
    let is_signing = |signing: &&Signing| signing.word() == connection.signing;
    let signing = kind.signings().iter().find(is_signing).copied().unwrap_or(kind.best_signing());
    let setup = host_setup(kind, signing);
    let mut fields = vec![(setup.url_field, connection.hook_url.as_str())];
    fields.extend(setup.content_type.map(|content_type| ("Content type", content_type)));
    fields.push((setup.secret_field, secret));
    let width = fields.iter().map(|(title, _)| title.len()).max().unwrap_or_default();
    let lines: String = fields.iter().map(|(title, value)| format!("  {title:width$}  {value}\n")).collect();
    format!(
        "On {}, open {}. Enter this:\n\n{lines}\nEvents: {}.\nOthers do no harm. {}\n\n\
         The secret is shown once and cannot be read again.\n{until}",
        kind.title(),
        setup.page,
        setup.events,
        setup.first_word,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: HostKind, signing: Signing) -> String {
        let answer = json!({
            "connection": {
                "name": kind.word(), "kind": kind.word(), "signing": signing.word(), "active_secrets": 1,
                "hook_url": format!("https://keelson.example.com/hooks/{}", kind.word()),
                "created_at": "2026-11-22T09:00:00Z", "accepted": 0, "ignored": 0, "duplicates": 0, "rejected": 0,
            },
            "secret": "the secret",
        });
        set_up(&serde_json::from_value(answer).unwrap())
    }

    #[test]
    fn each_host_is_set_up_in_its_own_words() {
        let text = told(HostKind::GitHub, Signing::BodyHmac);
        assert!(
            text.starts_with("On GitHub, open the repository or the organization, then Settings, Webhooks")
        );
        assert!(text.contains("  Payload URL   https://keelson.example.com/hooks/github\n"));
        assert!(text.contains("  Content type  application/json\n  Secret        the secret\n"));
        let text = told(HostKind::GitLab, Signing::StandardWebhooks);
        assert!(text.contains("  Signing token  the secret\n") && text.contains("Pipeline events"));
        assert!(told(HostKind::GitLab, Signing::PlainToken).contains("  Secret token  the secret\n"));
        assert!(told(HostKind::Gitea, Signing::BodyHmac).contains("  Target URL    https://keelson"));
        assert!(told(HostKind::Bitbucket, Signing::BodyHmac).contains("Build status created"));
    }
}
