//! What is read from around the process: environment variables and the working folder, each at one place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment variables that `keelson` reads itself; those of options are read with the command line.
const NAMES: [&str; 11] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "HOME",
    "KEELSON_ARTIFACT",
    "KEELSON_TOKEN",
    "LOGNAME",
    "NO_COLOR",
    "PATH",
    "PORT",
    "USER",
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

    /// How to call a program here: by its name where the shell finds it, else by its path.
    pub(crate) fn call(&self, program: &Path) -> String {
        let found = program.file_name().and_then(|name| {
            let folders = std::env::split_paths(self.variable("PATH").unwrap_or_default());
            let first = folders.map(|folder| folder.join(name)).find(|path| path.is_file())?;
            (first.canonicalize().ok()? == program.canonicalize().ok()?).then_some(Path::new(name))
        });
        let near = program.strip_prefix(&self.directory).ok();
        found.or(near).unwrap_or(program).display().to_string()
    }

    /// The folder for this person's settings of `keelson`, by the XDG base directory specification.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        let base = self.variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let base = base.or_else(|| self.variable("HOME").map(|home| Path::new(home).join(".config")))?;
        Some(base.join("keelson"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_called_the_way_a_shell_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bin/keelson");
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        std::fs::write(&program, "").unwrap();
        let path = folder.path().join("bin").display().to_string();
        let call = |path: &str, directory: &Path| {
            let get = |name: &str| (name == "PATH").then(|| path.to_owned());
            Surroundings::read(get, directory.to_owned()).call(&program)
        };
        assert_eq!(call(&path, folder.path()), "keelson");
        assert_eq!(call("/nowhere", folder.path()), "bin/keelson");
        assert_eq!(call("/nowhere", Path::new("/nowhere")), program.display().to_string());
    }
}
