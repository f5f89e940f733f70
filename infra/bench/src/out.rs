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

/// A bar for something that takes a while, on standard error; nothing where nobody looks.
pub(crate) fn bar(length: usize, what: &str) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(u64::try_from(length).unwrap_or(0));
    bar.set_message(what.to_owned());
    let style = indicatif::ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}
