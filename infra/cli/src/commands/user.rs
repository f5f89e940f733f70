//! `keelson user`: people, and what they may do.

use api::access::{LinkIdentity, PutUser, UserView};
use api::routes::{CREATE_SIGN_IN_LINK, DISABLE_USER, ENABLE_USER, LINK_IDENTITY, LIST_USERS, PUT_USER};
use domain::access::Grant;
use domain::{Login, TeamName};

use crate::client::NO_QUERY;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::{render, words};

/// What it takes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add a person, or change who they are and what they may do
    Add {
        /// The sign-in name
        login: Login,
        /// The name to show; without it, the sign-in name
        #[arg(long)]
        name: Option<String>,
        /// A team; may be repeated
        #[arg(long = "team", value_name = "TEAM")]
        teams: Vec<TeamName>,
        /// A role, as `ROLE[@TEAM][/ENVIRONMENT]`: viewer, developer, operator or admin; may be repeated
        #[arg(long = "grant", value_name = "GRANT", value_parser = words::grant, default_value = "viewer")]
        grants: Vec<Grant>,
        /// The login on the git host, if it differs: whose work ships is told by it
        #[arg(long)]
        git_login: Option<String>,
        /// An e-mail address in their commits; may be repeated
        #[arg(long = "email", value_name = "ADDRESS")]
        emails: Vec<String>,
    },
    /// List people
    List,
    /// Make a one-time sign-in link for a person
    Link {
        /// The sign-in name
        login: Login,
    },
    /// Say who a person is at the identity provider; whoever that was here before is nobody there any more
    LinkIdentity {
        /// The sign-in name
        login: Login,
        /// The person as the provider numbers them: the claim `sub`, which the audit log shows of whoever signed in
        subject: String,
        /// The provider, exactly as it names itself; the installation's own unless given
        #[arg(long, value_name = "URL")]
        issuer: Option<String>,
    },
    /// Take everything from a person at once: sessions end, tokens and links are refused
    Disable {
        /// The sign-in name
        login: Login,
    },
    /// Let a person do again what was granted
    Enable {
        /// The sign-in name
        login: Login,
    },
}

/// Does one of these.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<Exit, Failure> {
    let now = context.now();
    match command {
        Command::Add { login, name, teams, grants, git_login, emails } => {
            let name = name.unwrap_or_else(|| login.to_string());
            let body = PutUser { name, git_login, emails, teams, grants };
            let user = context.client.call(&PUT_USER, &[login.as_str()], NO_QUERY, &body).await?;
            show(&user, context)?;
        }
        Command::List => {
            let list = context.client.call(&LIST_USERS, &[], NO_QUERY, &()).await?;
            context.output.show(&list, |theme| render::users(&list, now, theme))?;
        }
        Command::LinkIdentity { login, subject, issuer } => {
            let body = LinkIdentity { subject, issuer };
            let user = context.client.call(&LINK_IDENTITY, &[login.as_str()], NO_QUERY, &body).await?;
            show(&user, context)?;
        }
        Command::Disable { login } => {
            let user = context.client.call(&DISABLE_USER, &[login.as_str()], NO_QUERY, &()).await?;
            show(&user, context)?;
        }
        Command::Enable { login } => {
            let user = context.client.call(&ENABLE_USER, &[login.as_str()], NO_QUERY, &()).await?;
            show(&user, context)?;
        }
        Command::Link { login } => {
            let link = context.client.call(&CREATE_SIGN_IN_LINK, &[login.as_str()], NO_QUERY, &()).await?;
            let until = render::ago(link.expires_at, now);
            context.output.note(&format!("Works once, for {login}; ends {until}:\n"));
            context.output.show(&link, |_| format!("{}\n", link.url))?;
        }
    }
    Ok(Exit::Done)
}

fn show(user: &UserView, context: &mut Context<'_>) -> Result<(), Failure> {
    let (now, list) = (context.now(), std::slice::from_ref(user));
    Ok(context.output.show(user, |theme| render::users(list, now, theme))?)
}
