//! The only place that prints, so that progress bars and results do not run into each other.

use console::style;

/// One line of result, on standard output.
#[expect(clippy::print_stdout, reason = "the one place that prints results")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// One line about what is going on, on standard error.
#[expect(clippy::print_stderr, reason = "the one place that prints what is going on")]
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// What went wrong, on standard error.
pub(crate) fn problem(text: &str) {
    note(&format!("{} {text}", style("error:").red().bold().for_stderr()));
}
