//! The demo: a sample service, its git host, its CI and its users, all played through the public interfaces.
//!
//! It has a token and a webhook secret like anybody else, and touches nothing inside of the server.

mod artifact;
mod cast;
mod github;
mod manifest;
pub(crate) mod service;
mod stage;
mod story;
mod traffic;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::client::{Client, Credential, Server};
use crate::exit::Failure;
use crate::output::Output;

/// What the demo is told by whoever starts it.
pub(crate) struct Setting {
    /// The server.
    pub(crate) server: Server,
    /// A token with which one may do everything.
    pub(crate) token: String,
    /// Where the demo keeps its files: artifacts and the manifest, to look at and to play with.
    pub(crate) folder: PathBuf,
    /// This program, which is the sample service too.
    pub(crate) program: PathBuf,
    /// How a person calls this program.
    pub(crate) call: String,
    /// The clock on the wall.
    pub(crate) now: fn() -> Timestamp,
}

/// Plays the demo for as long as it is polled: the story once, then only traffic.
///
/// # Errors
/// When its client cannot be made. What goes wrong later is told, and the traffic goes on.
pub(crate) async fn run(setting: &Setting, output: &mut Output) -> Result<(), Failure> {
    let credential = Credential { token: setting.token.clone().into(), source: "the demo".to_owned() };
    let client = Client::new(setting.server.clone(), Some(credential))?;
    let story = async {
        if let Err(failure) = story::tell(setting, &client, output).await {
            output.failure(&format!("The demo's story stops here.\n{}", failure.text()));
        }
    };
    tokio::join!(story, traffic::run(&client));
    Ok(())
}

/// Writes a file of the demo.
fn write(folder: &Path, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, content))
        .map_err(Failure::file(format!("write {}", path.display())))?;
    Ok(path)
}
