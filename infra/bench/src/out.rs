//! The only place that prints.

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
