//! Holds the style sheets against the panel: a class that nothing has any more is not styled, nor downloaded.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The text of every file with this extension below a folder of this crate.
fn texts(folder: &Path, extension: &str) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &texts(&path, extension);
        } else if path.extension().is_some_and(|found| found == extension) {
            all += &fs::read_to_string(path).unwrap();
        }
    }
    all
}

/// The names in a text: letters, digits and hyphens.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').collect()
}

/// The classes that selectors name.
fn classes(sheets: &str) -> BTreeSet<&str> {
    let after_dots = sheets.split('.').skip(1);
    let classes =
        after_dots.filter_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next());
    // What follows other dots are fractions, and sentences of comments.
    classes.filter(|class| class.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

#[test]
fn every_class_of_the_sheets_is_one_that_something_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let used = texts(&root.join("src"), "rs") + &fs::read_to_string(root.join("index.html")).unwrap();
    let names = names(&used);
    // `tick-failed` is written as `tick-{}`.
    let is_made =
        |class: &str| class.rsplit_once('-').is_some_and(|(start, _)| used.contains(&format!("{start}-{{")));
    let sheets = texts(&root.join("style"), "css");
    let dead: Vec<_> =
        classes(&sheets).into_iter().filter(|class| !names.contains(class) && !is_made(class)).collect();
    assert!(dead.is_empty(), "nothing has these classes any more: {dead:?}");
}
