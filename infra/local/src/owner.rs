//! Whoever starts Keelson on their machine: its admin, with a token for their command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use domain::Login;
use edge::PublicUrl;

use crate::files;

/// The file that lets whoever may read the folder use the command line: the token, and the address on the next line.
const FILE: &str = "cli-token";
/// What the token is called in the list of tokens.
const NAME: &str = "command line on the machine of Keelson";

/// The file with the token.
pub(crate) fn token_file(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// Sees to it that there is an admin, and a token of theirs in the folder. Both stay from start to start.
pub(crate) async fn settle(
    app: &panel::App,
    dir: &Path,
    name: &str,
    address: &PublicUrl,
) -> anyhow::Result<Login> {
    let owner = panel::bootstrap::owner(app, name).await.context("the first admin cannot be made")?;
    let file = token_file(dir);
    let token = match kept(&file)? {
        Some(token) if panel::bootstrap::is_valid(app, &token).await? => token,
        _ => panel::bootstrap::machine_token(app, owner.clone(), NAME).await?,
    };
    let content = format!("{token}\n{address}\n");
    files::write_private(&file, content.as_bytes())
        .with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(owner)
}

fn kept(file: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().next().map(|token| token.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
