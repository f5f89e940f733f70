//! How a command ends: the exit codes, and what led to each.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use crate::client::ClientError;

/// The exit codes, as `keelson --help` documents them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  it was done
  1  it failed, or was refused
  2  the command line is not right
  3  the server cannot be reached
  4  not signed in, or not allowed
  5  there is no such thing
  6  it cannot be done now, because of something else that is under way
  7  the promotion ended otherwise than done";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done.
    Done,
    /// It failed, or was refused.
    Failed,
    /// The command line is not right.
    Usage,
    /// The server cannot be reached.
    Unreachable,
    /// Not signed in, or not allowed.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// It cannot be done now.
    Conflict,
    /// The promotion that was watched ended otherwise than done.
    NotShipped,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::NotAllowed => 4,
            Self::NotFound => 5,
            Self::Conflict => 6,
            Self::NotShipped => 7,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server said no, or nothing.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What was typed cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// It failed here.
    #[error("{0}")]
    Failed(String),
    /// What was named is not there.
    #[error("{0}")]
    NotFound(String),
    /// A file cannot be read or written.
    #[error("cannot {doing}: {source}")]
    File {
        /// What was tried, such as `read keelson.toml`.
        doing: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// Keelson itself could not be started, or stopped with an error.
    #[error("{0:#}")]
    Runtime(#[from] anyhow::Error),
}

impl Failure {
    /// Names what was tried with a file.
    pub(crate) fn file(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::File { doing, source }
    }

    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Client(error) => error.exit(),
            Self::Usage(_) => Exit::Usage,
            Self::NotFound(_) => Exit::NotFound,
            Self::Failed(_) | Self::File { .. } | Self::Runtime(_) => Exit::Failed,
            // Whoever reads has seen enough: `keelson logs | head` did what it should.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) => Exit::Failed,
        }
    }

    /// For people: what happened, what was not changed, what to do.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("error: {self}\n");
        if let Self::Usage(_) = self {
            let _ = writeln!(text, "Nothing was done. See `keelson --help`.");
        }
        text
    }
}
