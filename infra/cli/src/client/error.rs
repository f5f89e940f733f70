//! What can go wrong between here and the server, told so that one knows what to do.

use std::fmt;

use api::Problem;
use reqwest::StatusCode;

use crate::exit::Exit;

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) enum ClientError {
    /// The server refused, and says why.
    Problem {
        /// Its words.
        problem: Box<Problem>,
        /// Where the token that was sent came from; absent if none was.
        token_source: Option<String>,
    },
    /// The server did not answer.
    Unreachable {
        /// The address.
        url: String,
        /// Whether the call could have changed something before the connection broke.
        may_have_changed: bool,
        /// What the network says.
        source: reqwest::Error,
    },
    /// Something else than Keelson answered.
    NotKeelson {
        /// The address.
        url: String,
        /// The status.
        status: StatusCode,
        /// How its answer begins.
        beginning: String,
    },
    /// The answer is not what this version expects.
    Unreadable {
        /// The address.
        url: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl ClientError {
    pub(super) fn unreachable(url: &str, changes: bool, source: reqwest::Error) -> Self {
        let may_have_changed = changes && !source.is_connect() && !source.is_builder();
        // The address is told apart; a query may hold what a person typed.
        Self::Unreachable { url: url.to_owned(), may_have_changed, source: source.without_url() }
    }

    pub(super) fn unreadable(url: &str, source: serde_json::Error) -> Self {
        Self::Unreadable { url: url.to_owned(), source }
    }

    pub(super) fn refused(url: &str, status: StatusCode, body: &[u8], token_source: Option<&str>) -> Self {
        match serde_json::from_slice(body) {
            Ok(problem) => {
                Self::Problem { problem: Box::new(problem), token_source: token_source.map(str::to_owned) }
            }
            Err(_) => {
                let beginning = String::from_utf8_lossy(body).chars().take(200).collect();
                Self::NotKeelson { url: url.to_owned(), status, beginning }
            }
        }
    }

    /// Whether trying again may help: the server is away, or busy.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Problem { problem, .. } => is_passing(problem.status),
            Self::NotKeelson { status, .. } => is_passing(status.as_u16()),
            Self::Unreadable { .. } => false,
        }
    }

    /// Whether the request may have been answered, and the answer was lost on its way.
    pub(super) fn is_lost_answer(&self) -> bool {
        match self {
            Self::Unreachable { may_have_changed, source, .. } => *may_have_changed && !source.is_timeout(),
            Self::Problem { .. } | Self::NotKeelson { .. } | Self::Unreadable { .. } => false,
        }
    }

    /// How a command ends that met it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Unreachable { .. } => Exit::Unreachable,
            Self::NotKeelson { .. } | Self::Unreadable { .. } => Exit::Failed,
            Self::Problem { problem, .. } => match problem.status {
                401 | 403 => Exit::NotAllowed,
                404 => Exit::NotFound,
                409 => Exit::Conflict,
                _ => Exit::Failed,
            },
        }
    }
}

fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 502 | 503 | 504)
}

impl std::error::Error for ClientError {}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem { problem, token_source } => write_problem(f, problem, token_source.as_deref()),
            Self::Unreachable { url, may_have_changed, source } => {
                writeln!(f, "no answer from {url}: {}", innermost(source))?;
                let changed = if *may_have_changed {
                    "The request may have arrived before: look before you repeat it."
                } else {
                    "Nothing was changed."
                };
                write!(
                    f,
                    "{changed} Start a server with `keelson up`, or name another with --server or KEELSON_SERVER."
                )
            }
            Self::NotKeelson { url, status, beginning } => {
                writeln!(f, "{url} answered {status}, but not the way Keelson does: {beginning}")?;
                write!(f, "Check the address: something else may listen there, or stand in between.")
            }
            Self::Unreadable { url, source } => {
                writeln!(f, "the answer of {url} is not what this version expects: {source}")?;
                write!(f, "Use a `keelson` of the server's version.")
            }
        }
    }
}

fn write_problem(f: &mut fmt::Formatter<'_>, problem: &Problem, token_source: Option<&str>) -> fmt::Result {
    write!(f, "{}: {}", problem.title, problem.detail)?;
    for error in &problem.errors {
        match (error.line, error.column) {
            (Some(line), Some(column)) => write!(f, "\n  {line}:{column}: {}", error.detail)?,
            (Some(line), None) => write!(f, "\n  line {line}: {}", error.detail)?,
            (None, _) => write!(f, "\n  {}: {}", error.pointer, error.detail)?,
        }
    }
    if problem.status == 401 {
        match token_source {
            Some(source) => write!(f, "\nThe token from {source} was not accepted.")?,
            None => write!(f, "\nNo token was found.")?,
        }
        write!(f, " Sign in with `keelson sign-in`, or set KEELSON_TOKEN.")?;
    }
    if let (Some(request), 500..) = (&problem.instance, problem.status) {
        write!(f, "\nThe server's log has more under {request}.")?;
    }
    Ok(())
}

/// The last cause in a chain: reqwest's own words say little.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if error.is_timeout() { "it took too long".to_owned() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use api::{FieldError, ProblemKind};

    use super::*;

    fn problem(kind: ProblemKind, detail: &str) -> Problem {
        Problem { instance: Some("req_1".to_owned()), ..Problem::new(kind, detail) }
    }

    fn check(problem: Problem) -> String {
        ClientError::Problem { problem: Box::new(problem), token_source: None }.to_string()
    }

    #[test]
    fn a_problem_says_what_happened_and_what_to_do() {
        insta::assert_snapshot!(
            check(problem(ProblemKind::Conflict, "nothing waits for approval; nothing was changed")),
            @"It cannot be done now: nothing waits for approval; nothing was changed"
        );
        insta::assert_snapshot!(check(problem(ProblemKind::Unauthenticated, "no token was sent")), @"
        You are not signed in: no token was sent
        No token was found. Sign in with `keelson sign-in`, or set KEELSON_TOKEN.
        ");
        insta::assert_snapshot!(check(problem(ProblemKind::Internal, "nothing was changed")), @"
        Something went wrong in Keelson: nothing was changed
        The server's log has more under req_1.
        ");
    }

    #[test]
    fn mistakes_in_a_manifest_are_told_with_their_place() {
        let error = |line, detail: &str| FieldError {
            pointer: "/service/name".to_owned(),
            detail: detail.to_owned(),
            line,
            column: line,
        };
        let problem = Problem {
            errors: vec![error(Some(3), "a service needs a name"), error(None, "too long")],
            ..problem(ProblemKind::InvalidRequest, "the manifest has 2 mistakes; nothing was changed")
        };
        insta::assert_snapshot!(check(problem), @"
        The request is not valid: the manifest has 2 mistakes; nothing was changed
          3:3: a service needs a name
          /service/name: too long
        ");
    }

    #[test]
    fn every_status_ends_the_command_in_its_own_way() {
        let exit =
            |kind| ClientError::Problem { problem: Box::new(problem(kind, "")), token_source: None }.exit();
        let exits = ProblemKind::ALL.map(|kind| format!("{kind:?} {}", exit(kind).code())).join("\n");
        insta::assert_snapshot!(exits, @"
        InvalidRequest 1
        Unauthenticated 4
        Forbidden 4
        NotFound 5
        MethodNotAllowed 1
        Conflict 6
        PreconditionFailed 1
        TooLarge 1
        UnsupportedMediaType 1
        KeyReused 1
        TooManyRequests 1
        Internal 1
        Unavailable 1
        ");
    }
}
