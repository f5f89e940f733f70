//! The command line: options and commands as types.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    approve, artifact, audit, cancel, ci, completions, connection, dead_letters, dora, hold, lock, logs,
    override_gates, promote, resume, rollback, service, ships, sign_in, status, token, train, unlock, up,
    user, watch,
};
use crate::exit::EXIT_CODES;

/// Ships changes, watches them, and takes them back.
///
/// Start a server with `keelson up`, declare a service with `keelson service apply`, register what CI built with
/// `keelson artifact push`; from there on changes ship by themselves, and `keelson status` says how it goes.
#[derive(Debug, Parser)]
#[command(name = "keelson", version, after_help = EXIT_CODES, verbatim_doc_comment)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The server; without it, the one this folder belongs to, or `http://127.0.0.1:7700`
    #[arg(long, global = true, env = "KEELSON_SERVER", hide_env_values = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// A file with an API token; without it, `KEELSON_TOKEN`, or what sign-in kept
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start Keelson on this machine: server, panel, and the services it runs
    Up(Box<up::Arguments>),
    #[command(flatten)]
    OnServer(OnServer),
    /// Sign in on this machine with a one-time link
    SignIn(sign_in::Arguments),
    /// Print a completion script for a shell
    Completions(completions::Arguments),
    /// The sample service of the demo
    #[command(hide = true)]
    DemoService,
}

/// What to do on a server, as somebody it knows.
#[derive(Debug, Subcommand)]
pub(crate) enum OnServer {
    /// Is it healthy, what runs where, what waits and why
    Status(status::Arguments),
    /// Declare services and look at them
    #[command(subcommand)]
    Service(service::Command),
    /// Connect git hosts
    #[command(subcommand)]
    Connection(connection::Command),
    /// Register what CI built, and list it
    #[command(subcommand)]
    Artifact(artifact::Command),
    /// Bring an artifact into an environment
    Promote(promote::Arguments),
    /// Agree to a promotion
    Approve(approve::Arguments),
    /// Stop a promotion
    Cancel(cancel::Arguments),
    /// Follow a promotion until it is over
    Watch(watch::Arguments),
    /// Take an environment back to an earlier artifact; nothing blocks it
    Rollback(rollback::Arguments),
    /// Keep automation away from an environment
    Hold(hold::Arguments),
    /// Let automation go on in an environment
    Resume(resume::Arguments),
    /// Keep automation and people away from an environment; a rollback passes
    Lock(lock::Arguments),
    /// Let everybody into an environment again
    Unlock(unlock::Arguments),
    /// Let a promotion pass its gates in an emergency; it takes two people
    Override(override_gates::Arguments),
    /// Promote several services together, in order, and back in reverse
    #[command(subcommand)]
    Train(train::Command),
    /// What would ship into an environment
    Ships(ships::Arguments),
    /// What a service wrote
    Logs(logs::Arguments),
    /// How often changes ship, how fast, and how many go back: the figures of dora.dev
    Dora(dora::Arguments),
    /// How long CI takes from push to artifact, and what makes it slower
    Ci(ci::Arguments),
    /// What happened, and who did it
    Audit(audit::Arguments),
    /// API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// People, and what they may do
    #[command(subcommand)]
    User(user::Command),
    /// Events that could not be handled
    #[command(subcommand)]
    DeadLetters(dead_letters::Command),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_says_what_there_is() {
        insta::assert_snapshot!(Cli::command().render_long_help());
    }

    #[test]
    fn every_command_says_what_it_takes() {
        let mut texts = Vec::new();
        collect(Cli::command(), "keelson", &mut texts);
        insta::assert_snapshot!(texts.join("\n"));
    }

    fn collect(mut command: clap::Command, path: &str, texts: &mut Vec<String>) {
        command.build();
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
            let path = format!("{path} {}", sub.get_name());
            if !sub.is_subcommand_required_set() {
                texts.push(format!("== {path}\n{}", sub.clone().bin_name(path.clone()).render_help()));
            }
            collect(sub.clone(), &path, texts);
        }
    }

    #[test]
    fn lines_that_cannot_be_meant_are_refused() {
        for line in [
            "keelson",
            "keelson promote storefront",
            "keelson promote Store_front production",
            "keelson artifact push app.tar.gz --service storefront --commit abc",
            "keelson logs storefront production --lines 0",
            "keelson user add ada --grant boss",
            "keelson hold storefront production",
            "keelson lock storefront production",
            "keelson override prm_01a2031f427077078707070707070707",
            "keelson train create production storefront",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
