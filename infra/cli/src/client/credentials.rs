//! Where the token comes from, and where `keelson sign-in` keeps it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Server;
use crate::exit::Failure;
use crate::surroundings::Surroundings;

/// The folder that `keelson up` keeps everything in.
const LOCAL_FOLDER: &str = ".keelson";
/// The file in it that lets whoever may read the folder use the command line.
const LOCAL_TOKEN: &str = "cli-token";

/// A token, and where it was found.
pub(crate) struct Credential {
    /// The token.
    pub(crate) token: SecretString,
    /// Where it was found, for people.
    pub(crate) source: String,
}

/// The server that a folder above the working folder belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LocalServer {
    /// Its address.
    pub(crate) url: String,
    /// Its token for the command line.
    pub(crate) token: String,
    /// The file that says so.
    pub(crate) file: PathBuf,
}

/// A file with a token: the token on its first line and, as `keelson up` writes it, its server's address on the
/// second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenFile {
    /// The token.
    token: String,
    /// The server it is for, if the file says so.
    pub(crate) url: Option<String>,
    /// Where the file is.
    file: PathBuf,
}

impl TokenFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let doing = format!("read the token in {}", file.display());
        let text = fs::read_to_string(file).map_err(Failure::file(doing))?;
        let mut lines = text.lines().map(str::trim);
        let token = lines.next().unwrap_or_default().to_owned();
        let url = lines.next().filter(|url| !url.is_empty()).map(str::to_owned);
        Ok(Self { token, url, file: file.to_owned() })
    }
}

/// Finds the token for a server: the file that was named, then `KEELSON_TOKEN`, then what `keelson sign-in` kept,
/// then the token that a server on this machine wrote into its folder.
///
/// # Errors
/// When the file that was named is for another server.
pub(crate) fn find_token(
    server: &Server,
    named: Option<&TokenFile>,
    local: Option<&LocalServer>,
    surroundings: &Surroundings,
) -> Result<Option<Credential>, Failure> {
    let credential =
        |token: &str, source: String| Credential { token: token.trim().to_owned().into(), source };
    if let Some(TokenFile { token, url, file }) = named {
        let file = file.display();
        if let Some(url) = url.as_deref().filter(|url| *url != server.as_str()) {
            return Err(Failure::Usage(format!(
                "the token in {file} is for {url}, not for {server}; name another file, or leave out --server"
            )));
        }
        return Ok(Some(credential(token, file.to_string())));
    }
    if let Some(token) = surroundings.variable("KEELSON_TOKEN") {
        return Ok(Some(credential(token, "KEELSON_TOKEN".to_owned())));
    }
    if let Some(stored) = Stored::of(surroundings)
        && let Some(token) = stored.token(server)
    {
        return Ok(Some(credential(&token, stored.path.display().to_string())));
    }
    // It is for the server that wrote it; another one must never see it.
    let local = local.filter(|local| local.url == server.as_str());
    Ok(local.map(|local| credential(&local.token, local.file.display().to_string())))
}

/// Finds the server whose folder is in the working folder or above: two lines, its token and its address.
pub(crate) fn find_local(directory: &Path) -> Option<LocalServer> {
    directory.ancestors().find_map(|folder| {
        let found = TokenFile::read(&folder.join(LOCAL_FOLDER).join(LOCAL_TOKEN)).ok()?;
        let TokenFile { token, url, file } = found;
        let url = url.unwrap_or_else(|| super::DEFAULT_SERVER.to_owned());
        (!token.is_empty()).then_some(LocalServer { url, token, file })
    })
}

/// The file in which `keelson sign-in` keeps a token for each server.
pub(crate) struct Stored {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredTokens {
    /// The token by the server's address.
    #[serde(default)]
    servers: BTreeMap<String, String>,
}

impl Stored {
    /// The file of this person; `None` without a home.
    pub(crate) fn of(surroundings: &Surroundings) -> Option<Self> {
        Some(Self { path: surroundings.config_folder()?.join("credentials.json") })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn token(&self, server: &Server) -> Option<String> {
        self.read().ok()?.servers.remove(server.as_str())
    }

    /// Keeps a token for a server; only this person may read the file.
    ///
    /// # Errors
    /// When the file cannot be read or written; then it is as it was.
    pub(crate) fn keep(&self, server: &Server, token: &str) -> io::Result<()> {
        let mut tokens = self.read()?;
        tokens.servers.insert(server.as_str().to_owned(), token.to_owned());
        self.write(&tokens)
    }

    fn read(&self) -> io::Result<StoredTokens> {
        match fs::read(&self.path) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(StoredTokens::default()),
            Err(error) => Err(error),
        }
    }

    fn write(&self, tokens: &StoredTokens) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A new file put in the old one's place: half a file, or one that others may read, never exists.
        let new = self.path.with_extension("new");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(&serde_json::to_vec_pretty(tokens)?)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn surroundings(home: &Path, token: Option<&str>) -> Surroundings {
        let get = |name: &str| match name {
            "HOME" => Some(home.to_str().unwrap().to_owned()),
            "KEELSON_TOKEN" => token.map(str::to_owned),
            _ => None,
        };
        Surroundings::read(get, home.to_owned())
    }

    fn find(server: &Server, file: Option<&Path>, surroundings: &Surroundings) -> Option<String> {
        let local = find_local(surroundings.directory());
        let named = file.map(|file| TokenFile::read(file).unwrap());
        let credential = find_token(server, named.as_ref(), local.as_ref(), surroundings).unwrap()?;
        Some(credential.token.expose_secret().to_owned())
    }

    #[test]
    fn a_token_that_was_named_comes_before_one_that_was_found() {
        let home = tempfile::tempdir().unwrap();
        let server: Server = "http://127.0.0.1:7700".parse().unwrap();
        assert_eq!(find(&server, None, &surroundings(home.path(), None)), None);

        fs::create_dir(home.path().join(".keelson")).unwrap();
        fs::write(home.path().join(".keelson/cli-token"), "kls_local\n").unwrap();
        assert_eq!(find(&server, None, &surroundings(home.path(), None)).as_deref(), Some("kls_local"));

        let stored = Stored::of(&surroundings(home.path(), None)).unwrap();
        stored.keep(&server, "kls_stored").unwrap();
        assert_eq!(find(&server, None, &surroundings(home.path(), None)).as_deref(), Some("kls_stored"));

        let with_variable = surroundings(home.path(), Some("kls_variable"));
        assert_eq!(find(&server, None, &with_variable).as_deref(), Some("kls_variable"));

        let file = home.path().join("token");
        fs::write(&file, "kls_file\n").unwrap();
        assert_eq!(find(&server, Some(&file), &with_variable).as_deref(), Some("kls_file"));
    }

    #[test]
    fn another_server_never_sees_the_token_of_the_one_on_this_machine() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".keelson")).unwrap();
        fs::write(home.path().join(".keelson/cli-token"), "kls_local\nhttp://127.0.0.1:7701\n").unwrap();
        let surroundings = surroundings(home.path(), None);
        let found = |server: &str| find(&server.parse().unwrap(), None, &surroundings);
        assert_eq!(found("http://127.0.0.1:7701").as_deref(), Some("kls_local"));
        assert_eq!(found("http://127.0.0.1:7700"), None);
        assert_eq!(found("https://keelson.example.com"), None);
    }

    #[test]
    fn the_file_that_a_server_wrote_names_that_server_and_is_for_no_other() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("cli-token");
        fs::write(&file, "kls_local\nhttp://127.0.0.1:7701\n").unwrap();
        let named = TokenFile::read(&file).unwrap();
        assert_eq!(named.url.as_deref(), Some("http://127.0.0.1:7701"));

        let own: Server = "http://127.0.0.1:7701".parse().unwrap();
        let surroundings = surroundings(home.path(), None);
        assert_eq!(find(&own, Some(&file), &surroundings).as_deref(), Some("kls_local"));
        let other: Server = "https://keelson.example.com".parse().unwrap();
        let refused = find_token(&other, Some(&named), None, &surroundings).err().unwrap();
        assert!(refused.to_string().contains("is for http://127.0.0.1:7701"), "{refused}");
    }

    #[test]
    fn nobody_else_may_read_what_sign_in_keeps() {
        let home = tempfile::tempdir().unwrap();
        let stored = Stored::of(&surroundings(home.path(), None)).unwrap();
        stored.keep(&"https://a.example.com".parse().unwrap(), "kls_a").unwrap();
        stored.keep(&"https://b.example.com".parse().unwrap(), "kls_b").unwrap();
        let mode = fs::metadata(stored.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(stored.read().unwrap().servers.len(), 2);
    }
}
