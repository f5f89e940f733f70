//! What a command prints: for people, or as JSON.

use std::io::{self, BufRead, IsTerminal as _, Write};

use serde::Serialize;

use crate::render::Theme;

/// Where results, notes and questions go.
pub(crate) struct Output {
    format: Format,
    theme: Theme,
    live: bool,
    out: Box<dyn Write>,
    notes: Box<dyn Write>,
    answers: Option<Box<dyn BufRead>>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs: one JSON value, or one a line where results keep coming.
    Json,
}

impl Output {
    /// Standard output and error. Colours and live pictures only on a terminal, questions only where somebody
    /// can answer.
    pub(crate) fn standard(format: Format, colors_wanted: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let errors_seen = io::stderr().is_terminal();
        let answered = io::stdin().is_terminal() && errors_seen;
        Self {
            format,
            theme: Theme::new(terminal && colors_wanted),
            live: terminal && errors_seen && format == Format::Human,
            out: Box::new(io::stdout()),
            notes: Box::new(io::stderr()),
            answers: answered.then(|| Box::new(io::stdin().lock()) as Box<dyn BufRead>),
        }
    }

    /// Prints into memory, where nobody answers.
    #[cfg(test)]
    pub(crate) fn captured(format: Format, into: Captured) -> Self {
        Self {
            format,
            theme: Theme::new(false),
            live: false,
            out: Box::new(into.clone()),
            notes: Box::new(into),
            answers: None,
        }
    }

    /// Answers every question with these lines.
    #[cfg(test)]
    pub(crate) fn answering(mut self, lines: &'static str) -> Self {
        self.answers = Some(Box::new(lines.as_bytes()));
        self
    }

    /// Whether results are for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether pictures may move: a person looks at a terminal.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// Colours, or none.
    pub(crate) fn theme(&self) -> Theme {
        self.theme
    }

    /// Prints a result: the value as JSON, or what `human` makes of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn show<T: Serialize>(
        &mut self,
        value: &T,
        human: impl FnOnce(Theme) -> String,
    ) -> io::Result<()> {
        match self.format {
            Format::Human => self.out.write_all(human(self.theme).as_bytes())?,
            Format::Json => {
                serde_json::to_writer_pretty(&mut self.out, value)?;
                self.out.write_all(b"\n")?;
            }
        }
        self.out.flush()
    }

    /// Prints one of many results: a line of JSON, or what `human` makes of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn show_line<T: Serialize>(
        &mut self,
        value: &T,
        human: impl FnOnce(Theme) -> String,
    ) -> io::Result<()> {
        match self.format {
            Format::Human => self.out.write_all(human(self.theme).as_bytes())?,
            Format::Json => {
                serde_json::to_writer(&mut self.out, value)?;
                self.out.write_all(b"\n")?;
            }
        }
        self.out.flush()
    }

    /// Prints text as it is, in either format: a schema, a completion script.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Tells people something beside the result, on standard error. Programs are not told.
    pub(crate) fn note(&mut self, text: &str) {
        if self.format == Format::Human {
            // What is only told beside the result must not make the command fail.
            let _ = self.notes.write_all(text.as_bytes()).and_then(|()| self.notes.flush());
        }
    }

    /// Tells why the command failed, in either format, on standard error.
    pub(crate) fn failure(&mut self, text: &str) {
        let _ = self.notes.write_all(text.as_bytes()).and_then(|()| self.notes.flush());
    }

    /// Asks a yes-or-no question. `None`: nobody is there to answer.
    pub(crate) fn ask(&mut self, question: &str) -> Option<bool> {
        let answer = self.ask_for(&format!("{question} [y/N] "))?;
        Some(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for a line. `None`: nobody is there to answer.
    pub(crate) fn ask_for(&mut self, question: &str) -> Option<String> {
        let answers = self.answers.as_mut()?;
        let _ = self.notes.write_all(question.as_bytes()).and_then(|()| self.notes.flush());
        let mut answer = String::new();
        answers.read_line(&mut answer).ok()?;
        Some(answer.trim().to_owned())
    }
}

/// What was printed, for tests.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct Captured(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

#[cfg(test)]
impl Captured {
    /// All of it.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[cfg(test)]
impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
