//! `keelson up`: Keelson on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;

use api::access::SignInLink;
use local::{CrashAt, Options, Running};
use serde_json::{Value, json};

use super::read_text;
use crate::client::find_local;
use crate::context::system_now;
use crate::demo;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::render::{Theme, Tone};
use crate::surroundings::Surroundings;

/// What it takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The folder that everything is kept in
    #[arg(long, default_value = ".keelson", value_name = "FOLDER")]
    dir: PathBuf,
    /// Where the API and the panel are served
    #[arg(long, default_value = "127.0.0.1:7700", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where browsers, git hosts and CI jobs reach it, if that is not where it listens
    #[arg(long, env = "KEELSON_PUBLIC_URL", hide_env_values = true, value_name = "URL")]
    public_url: Option<String>,
    /// The folder with the panel's files
    #[arg(long, value_name = "FOLDER")]
    panel: Option<PathBuf>,
    /// Let the services' processes go on when Keelson stops; the next start takes them over
    #[arg(long)]
    keep_processes: bool,
    /// What is logged: a level, or `target=level` pairs; `info`, or `warn` with the demo
    #[arg(long, env = "KEELSON_LOG", hide_env_values = true, value_name = "FILTER")]
    log: Option<String>,
    /// How it is logged: `pretty`, `json`, or `auto`, which is pretty on a terminal
    #[arg(
        long,
        env = "KEELSON_LOG_FORMAT",
        hide_env_values = true,
        default_value = "auto",
        value_name = "FORMAT"
    )]
    log_format: String,
    /// Whose word is taken for the identity of CI jobs; GitHub's unless given
    #[arg(long, env = "KEELSON_OIDC_ISSUER", hide_env_values = true, value_name = "URL")]
    oidc_issuer: Option<String>,
    /// For whom the tokens of CI jobs must be made; `keelson:` and the public address unless given
    #[arg(long, env = "KEELSON_OIDC_AUDIENCE", hide_env_values = true, value_name = "AUDIENCE")]
    oidc_audience: Option<String>,
    #[command(flatten)]
    sign_in: super::up_sign_in::Provider,
    /// How many proxies stand in front, each adding the address it sees to `X-Forwarded-For`; with 0 it is not believed
    #[arg(
        long,
        env = "KEELSON_TRUSTED_PROXIES",
        hide_env_values = true,
        default_value = "0",
        value_name = "NUMBER"
    )]
    trusted_proxies: String,
    /// Show how it works: a sample service with traffic, changes that ship and one that goes back by itself
    #[arg(long)]
    demo: bool,
    /// Kill this very process at a point, `POINT:N` for the N-th time: for tests of what a crash leaves
    #[arg(long, hide = true, value_name = "POINT")]
    crash_at: Option<CrashAt>,
}

/// Runs until it is told to stop, by Ctrl-C for instance.
pub(crate) async fn run(
    arguments: Arguments,
    surroundings: &Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let options = options(&arguments, surroundings)?;
    let folder = options.dir.join("demo");
    let program = std::env::current_exe().map_err(Failure::file("find this program"))?;
    let call = surroundings.call(&program);
    let directory = surroundings.directory().to_owned();
    let (told, has_started) = tokio::sync::oneshot::channel();
    let running = local::run(options, move |running, link| {
        let call = call_of(call, &running.token_file(), &directory);
        // Nobody waits for it any more when what accompanies the server has failed.
        let _ = told.send(Started::new(running, link, program, call));
    });
    let accompanied = async {
        let Ok(started) = has_started.await else { return Ok(()) };
        output.show(&started.json(), |theme| started.text(theme))?;
        if arguments.demo { demo::run(&started.setting(folder)?, output).await } else { Ok(()) }
    };
    let (mut running, mut accompanied) = (pin!(running), pin!(accompanied));
    let went: Result<(), Failure> = tokio::select! {
        ended = &mut running => return ended.map(|()| Exit::Done).map_err(Failure::from),
        went = &mut accompanied => went,
    };
    // Whatever became of what goes along with the server, the server goes on until it is told to stop.
    if let Err(failure) = went {
        tracing::warn!("{failure}");
    }
    running.await?;
    Ok(Exit::Done)
}

fn options(arguments: &Arguments, surroundings: &Surroundings) -> Result<Options, Failure> {
    let directory = surroundings.directory();
    let mut options = Options::new(directory.join(&arguments.dir));
    options.listen = arguments.listen;
    options.panel = arguments.panel.as_ref().map(|panel| directory.join(panel));
    options.keep_processes = arguments.keep_processes;
    options.crash_at = arguments.crash_at;
    options.owner = ["USER", "LOGNAME"]
        .into_iter()
        .find_map(|name| surroundings.variable(name))
        .unwrap_or_default()
        .to_owned();
    if let Some(path) = surroundings.variable("PATH") {
        options.path = path.to_owned();
    }
    let read = options.read_settings(|name| setting(arguments, name));
    read.map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::Usage(errors.join("\n"))
    })?;
    Ok(options)
}

/// How a person in a folder calls this program for the server that wrote a token's file: with that file's name, unless
/// the folder itself leads there.
fn call_of(program: String, token_file: &Path, directory: &Path) -> String {
    if find_local(directory).is_some_and(|local| local.file == token_file) {
        return program;
    }
    let file = token_file.strip_prefix(directory).unwrap_or(token_file).display().to_string();
    let file = if file.contains(' ') { format!("'{file}'") } else { file };
    format!("{program} --token-file {file}")
}

/// What the arguments say of a setting, under the name of its environment variable.
fn setting(arguments: &Arguments, name: &str) -> Option<String> {
    // The store's own refusals are conditions that did not hold, which is how it is meant to be used.
    let level = if arguments.demo { "warn,dynoxide=error" } else { "info,dynoxide=error" };
    match name {
        "KEELSON_PUBLIC_URL" => arguments.public_url.clone(),
        "KEELSON_LOG" => Some(arguments.log.clone().unwrap_or_else(|| level.to_owned())),
        "KEELSON_LOG_FORMAT" => Some(arguments.log_format.clone()),
        "KEELSON_OIDC_ISSUER" => arguments.oidc_issuer.clone(),
        "KEELSON_OIDC_AUDIENCE" => arguments.oidc_audience.clone(),
        "KEELSON_TRUSTED_PROXIES" => Some(arguments.trusted_proxies.clone()),
        name => arguments.sign_in.setting(name),
    }
}

/// A server that has started.
struct Started {
    /// Where people reach it.
    url: String,
    /// Where programs on this machine reach it.
    address: String,
    /// A one-time link.
    sign_in: String,
    /// The file with a token for the command line.
    token_file: PathBuf,
    /// This program.
    program: PathBuf,
    /// How a person calls it.
    call: String,
}

impl Started {
    fn new(running: &Running, link: &SignInLink, program: PathBuf, call: String) -> Self {
        Self {
            url: running.url().to_string(),
            address: running.address().to_string(),
            sign_in: link.url.clone(),
            token_file: running.token_file(),
            program,
            call,
        }
    }

    fn json(&self) -> Value {
        let Self { url, sign_in, token_file, .. } = self;
        json!({ "url": url, "sign_in": sign_in, "token_file": token_file })
    }

    fn text(&self, theme: Theme) -> String {
        let Self { url, sign_in, call, .. } = self;
        let title = theme.paint(Tone::Strong, &format!("Keelson runs at {url}"));
        format!(
            "{title}\n\n  Panel         {sign_in}\n                (signs you in, once)\n  \
             Command line  {call} status\n  Stop          Ctrl-C\n\n"
        )
    }

    fn setting(&self, folder: PathBuf) -> Result<demo::Setting, Failure> {
        let token = read_text(&self.token_file)?.lines().next().unwrap_or_default().to_owned();
        let server = self.address.parse().map_err(Failure::Usage)?;
        let (program, call) = (self.program.clone(), self.call.clone());
        Ok(demo::Setting { server, token, folder, program, call, now: system_now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_made_where_keelson_is_started() {
        let command = <Arguments as clap::Args>::augment_args(clap::Command::new("up"));
        for setting in local::SETTINGS {
            let made =
                command.get_arguments().any(|argument| argument.get_env() == Some(setting.name.as_ref()));
            assert!(made, "{}", setting.name);
        }
    }

    #[test]
    fn a_server_in_a_folder_of_another_name_is_called_by_its_token_file() {
        let home = tempfile::tempdir().unwrap();
        let written = |folder: &str| {
            std::fs::create_dir(home.path().join(folder)).unwrap();
            let file = home.path().join(folder).join("cli-token");
            std::fs::write(&file, "kls_x\nhttp://127.0.0.1:7701\n").unwrap();
            file
        };
        let (usual, other) = (written(".keelson"), written("my data"));
        let call = |file: &Path, directory: &Path| call_of("keelson".to_owned(), file, directory);
        assert_eq!(call(&usual, home.path()), "keelson");
        assert_eq!(call(&other, home.path()), "keelson --token-file 'my data/cli-token'");
        let elsewhere = format!("keelson --token-file {}", usual.display());
        assert_eq!(call(&usual, Path::new("/nowhere")), elsewhere);
    }

    #[test]
    fn the_start_says_where_to_go_and_how_to_stop() {
        let started = Started {
            url: "http://127.0.0.1:7700".to_owned(),
            address: "http://127.0.0.1:7700".to_owned(),
            sign_in: "http://127.0.0.1:7700/sign-in#secret".to_owned(),
            token_file: PathBuf::new(),
            program: PathBuf::new(),
            call: "target/debug/keelson".to_owned(),
        };
        insta::assert_snapshot!(started.text(Theme::new(false)));
    }
}
