//! What is read from around the process: environment variables and the working folder, each at one place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment variables that `keelson` reads itself; those of options are read with the command line.
const NAMES: [&str; 7] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "HOME",
    "KEELSON_TOKEN",
    "NO_COLOR",
    "PORT",
    "XDG_CONFIG_HOME",
];

/// What is around the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    variables: BTreeMap<String, String>,
    directory: PathBuf,
}

impl Surroundings {
    /// Reads what is there.
    pub(crate) fn read(get: impl Fn(&str) -> Option<String>, directory: PathBuf) -> Self {
        let variables = NAMES.iter().filter_map(|name| Some(((*name).to_owned(), get(name)?))).collect();
        Self { variables, directory }
    }

    /// An environment variable that is set and not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        debug_assert!(NAMES.contains(&name), "{name} is not read");
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The working folder.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The folder for this person's settings of `keelson`, by the XDG base directory specification.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        let base = self.variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = base.or_else(|| self.variable("HOME").map(|home| Path::new(home).join(".config")))?;
        Some(base.join("keelson"))
    }
}
