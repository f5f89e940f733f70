//! One file for each command: what it takes, and what it does.

pub(crate) mod approve;
pub(crate) mod artifact;
pub(crate) mod audit;
pub(crate) mod cancel;
pub(crate) mod ci;
pub(crate) mod completions;
pub(crate) mod connection;
pub(crate) mod dead_letters;
pub(crate) mod dora;
pub(crate) mod hold;
pub(crate) mod lock;
pub(crate) mod logs;
pub(crate) mod override_gates;
pub(crate) mod promote;
pub(crate) mod resume;
pub(crate) mod rollback;
pub(crate) mod service;
pub(crate) mod ships;
pub(crate) mod sign_in;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod train;
pub(crate) mod unlock;
pub(crate) mod up;
mod up_sign_in;
pub(crate) mod user;
pub(crate) mod watch;

#[cfg(test)]
mod tests;

use std::path::Path;

use domain::{EnvironmentName, ServiceName};

use crate::cli::{Cli, Command, OnServer};
use crate::context::Context;
use crate::demo;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::surroundings::Surroundings;

/// An environment of a service, as most commands take it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// The service
    pub(crate) service: ServiceName,
    /// The environment
    pub(crate) environment: EnvironmentName,
}

impl Place {
    /// What fills a path in.
    pub(crate) fn path(&self) -> [&str; 2] {
        [self.service.as_str(), self.environment.as_str()]
    }
}

/// Does what the command line says.
///
/// # Errors
/// See [`Failure`].
pub(crate) async fn run(cli: Cli, surroundings: &Surroundings, output: &mut Output) -> Result<Exit, Failure> {
    match cli.command {
        Command::Up(arguments) => up::run(*arguments, surroundings, output).await,
        Command::OnServer(command) => {
            let mut context = Context::new(&cli.global, surroundings, output).await?;
            on_server(command, &mut context).await
        }
        Command::SignIn(arguments) => sign_in::run(arguments, &cli.global, surroundings, output).await,
        Command::Completions(arguments) => completions::run(&arguments, output),
        Command::DemoService => demo::service::run(surroundings).await.map(|()| Exit::Done),
    }
}

async fn on_server(command: OnServer, context: &mut Context<'_>) -> Result<Exit, Failure> {
    match command {
        OnServer::Status(arguments) => status::run(arguments, context).await,
        OnServer::Service(command) => service::run(command, context).await,
        OnServer::Connection(command) => connection::run(command, context).await,
        OnServer::Artifact(command) => artifact::run(command, context).await,
        OnServer::Promote(arguments) => promote::run(arguments, context).await,
        OnServer::Approve(arguments) => approve::run(arguments, context).await,
        OnServer::Cancel(arguments) => cancel::run(arguments, context).await,
        OnServer::Watch(arguments) => watch::run(arguments, context).await,
        OnServer::Rollback(arguments) => rollback::run(arguments, context).await,
        OnServer::Hold(arguments) => hold::run(arguments, context).await,
        OnServer::Resume(arguments) => resume::run(arguments, context).await,
        OnServer::Lock(arguments) => lock::run(arguments, context).await,
        OnServer::Unlock(arguments) => unlock::run(arguments, context).await,
        OnServer::Override(arguments) => override_gates::run(arguments, context).await,
        OnServer::Train(command) => train::run(command, context).await,
        OnServer::Ships(arguments) => ships::run(arguments, context).await,
        OnServer::Logs(arguments) => logs::run(arguments, context).await,
        OnServer::Dora(arguments) => dora::run(arguments, context).await,
        OnServer::Ci(arguments) => ci::run(arguments, context).await,
        OnServer::Audit(arguments) => audit::run(arguments, context).await,
        OnServer::Token(command) => token::run(command, context).await,
        OnServer::User(command) => user::run(command, context).await,
        OnServer::DeadLetters(command) => dead_letters::run(command, context).await,
    }
}

/// The windows of time that figures come in, in days.
fn window() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(["7", "30", "90"])
}

/// Reads a file that was named on the command line.
fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(Failure::file(format!("read {}", path.display())))
}
