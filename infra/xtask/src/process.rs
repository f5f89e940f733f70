//! Runs a program while its progress is shown, and keeps what it said.

use std::io::{self, IsTerminal, Read};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::progress::Progress;

/// What a program that has ended leaves behind.
pub(crate) struct Finished {
    /// Whether it ended with code 0.
    pub(crate) success: bool,
    /// What it said on both streams, without cargo's progress and without colors.
    pub(crate) said: String,
}

/// Runs `command` to its end: cargo's progress moves the bar, every other line is shown above it.
///
/// # Errors
/// When the program cannot be started. That it fails is no error here: see [`Finished::success`].
pub(crate) fn watch(command: &mut Command, progress: &Progress) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    let color = if io::stderr().is_terminal() { "always" } else { "never" };
    let mut child = command
        .env("CARGO_TERM_COLOR", color)
        // Cargo counts its own units best; it is told to do so even into a pipe.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "160")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{program}`"))?;
    let said = Mutex::new(String::new());
    let hear = |line: &str| match Line::parse(line) {
        Line::Units { done, total, what } => progress.step(done, total, &what),
        Line::Status(status) => progress.message(&status),
        Line::Text(text) => {
            progress.keep(line);
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&text);
            said.push('\n');
        }
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| stdout.map(|stream| for_each_line(stream, hear)));
        scope.spawn(|| stderr.map(|stream| for_each_line(stream, hear)));
    });
    let status = child.wait().with_context(|| format!("lost `{program}`"))?;
    Ok(Finished {
        success: status.success(),
        said: said.into_inner().unwrap_or_else(PoisonError::into_inner),
    })
}

/// Like [`watch`], for a program that must succeed.
pub(crate) fn must(command: &mut Command, progress: &Progress) -> Result<Finished> {
    let finished = watch(command, progress)?;
    if !finished.success {
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
        bail!("`{} {}` failed", command.get_program().to_string_lossy(), arguments.join(" "));
    }
    Ok(finished)
}

/// The trimmed output of a short program that must succeed.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot start `{program}`"))?;
    if !output.status.success() {
        bail!("`{program}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What one line of a program's output is.
#[derive(Debug, PartialEq)]
enum Line {
    /// Cargo's bar: `Building [==>   ] 12/345: serde, tokio`.
    Units { done: u64, total: u64, what: String },
    /// Cargo's running commentary: `   Compiling serde v1.0.229`.
    Status(String),
    /// Anything else.
    Text(String),
}

impl Line {
    /// The column at which cargo's verbs end.
    const VERB_END: usize = 12;
    /// Verbs that only say what goes on; what they lead to is in the bar.
    const VERBS: [&str; 16] = [
        "Adding",
        "Blocking",
        "Building",
        "Checking",
        "Compiling",
        "Documenting",
        "Downloaded",
        "Downloading",
        "Finished",
        "Fetch",
        "Fresh",
        "Generated",
        "Locking",
        "Running",
        "Scraping",
        "Updating",
    ];

    fn parse(line: &str) -> Self {
        let plain = console::strip_ansi_codes(line);
        let Some((verb, rest)) = plain.split_at_checked(Self::VERB_END) else {
            return Self::Text(plain.into_owned());
        };
        if !Self::VERBS.contains(&verb.trim_start()) {
            return Self::Text(plain.into_owned());
        }
        Self::units(rest).unwrap_or_else(|| Self::Status(plain.trim().to_owned()))
    }

    /// Reads what follows the verb of cargo's bar: ` [==>   ] 12/345: serde, tokio`.
    fn units(rest: &str) -> Option<Self> {
        let (_, counted) = rest.strip_prefix(" [")?.split_once("] ")?;
        let (numbers, what) = counted.split_once(": ").unwrap_or((counted, ""));
        let (done, total) = numbers.split_once('/')?;
        Some(Self::Units {
            done: done.trim().parse().ok()?,
            total: total.trim().parse().ok()?,
            what: what.trim().to_owned(),
        })
    }
}

/// Calls `hear` with every line; a carriage return ends one too, since that is how bars are redrawn.
fn for_each_line(mut stream: impl Read, hear: impl Fn(&str)) {
    let mut pending = Vec::new();
    let mut chunk = [0; 8192];
    let mut previous = b'\n';
    // A stream that breaks has said all it will say.
    while let Ok(length @ 1..) = stream.read(&mut chunk) {
        for &byte in &chunk[..length] {
            match byte {
                b'\n' if previous == b'\r' => {}
                b'\n' | b'\r' => hear_line(&mut pending, &hear),
                other => pending.push(other),
            }
            previous = byte;
        }
    }
    if !pending.is_empty() {
        hear_line(&mut pending, &hear);
    }
}

fn hear_line(pending: &mut Vec<u8>, hear: impl Fn(&str)) {
    hear(String::from_utf8_lossy(pending).trim_end());
    pending.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_bar_is_read_as_counted_units() {
        let line = "    Building [=======>          ] 12/345: serde, tokio              ";
        assert_eq!(Line::parse(line), Line::Units { done: 12, total: 345, what: "serde, tokio".to_owned() });
    }

    #[test]
    fn cargos_commentary_is_a_status_even_in_color() {
        let line = "\u{1b}[1m\u{1b}[92m   Compiling\u{1b}[0m serde v1.0.229";
        assert_eq!(Line::parse(line), Line::Status("Compiling serde v1.0.229".to_owned()));
    }

    #[test]
    fn a_diagnostic_is_text() {
        for line in ["", "warning: unused variable: `x`", "Compiling is hard", "  --> src/main.rs:1:15"] {
            assert_eq!(Line::parse(line), Line::Text(line.to_owned()));
        }
    }

    #[test]
    fn a_redrawn_bar_is_one_line_per_drawing() {
        let lines = Mutex::new(Vec::new());
        for_each_line("one\rtwo \r\nthree".as_bytes(), |line| lines.lock().unwrap().push(line.to_owned()));
        assert_eq!(lines.into_inner().unwrap(), ["one", "two", "three"]);
    }
}
