//! A TOML value that knows its place, and readers which note what is wrong with it there.
//!
//! Every reader gives `None` after it has noted a mistake, so the caller can go on and find the next one.

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parse::Report;
use super::suggest::did_you_mean;

/// A value in the document.
#[derive(Clone)]
pub(super) struct Node<'t> {
    value: &'t DeValue<'t>,
    span: Range<usize>,
    /// What messages call it: its key, or its list's key and the number in the list.
    name: String,
    pointer: String,
    report: &'t Report<'t>,
}

impl<'t> Node<'t> {
    /// The whole document.
    pub(super) fn root(value: &'t DeValue<'t>, report: &'t Report<'t>) -> Self {
        Self { value, span: 0..0, name: "the file".to_owned(), pointer: String::new(), report }
    }

    fn field(&self, key: &str, value: &'t Spanned<DeValue<'t>>) -> Self {
        let pointer = field_pointer(&self.pointer, key);
        Self { value: value.get_ref(), span: value.span(), name: shorten(key), pointer, report: self.report }
    }

    fn item(&self, index: usize, value: &'t Spanned<DeValue<'t>>) -> Self {
        let (name, pointer) = (format!("{}[{index}]", self.name), format!("{}/{index}", self.pointer));
        Self { value: value.get_ref(), span: value.span(), name, pointer, report: self.report }
    }

    /// The value at the end of a path of keys, if it is there.
    pub(super) fn find(&self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self.clone(), |node, key| {
            let value = node.value.as_table()?.get(*key)?;
            Some(node.field(key, value))
        })
    }

    /// Whether it is a text.
    pub(super) fn is_text(&self) -> bool {
        self.value.is_str()
    }

    /// Whether it is a table.
    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// The value as text, if it is no list and no table; the same number is the same text.
    pub(super) fn scalar(&self) -> Option<String> {
        match self.value {
            DeValue::String(text) => Some(shorten(text)),
            DeValue::Integer(number) => {
                Some(self.whole().map_or_else(|| shorten(&number.to_string()), |whole| whole.to_string()))
            }
            DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
                Some(shorten(self.report.written(self.span.clone())))
            }
            DeValue::Array(_) | DeValue::Table(_) => None,
        }
    }

    /// Notes a mistake here.
    pub(super) fn wrong(&self, detail: impl Into<String>) {
        self.report.add(self.span.start, &self.pointer, detail.into());
    }

    /// Notes that the value is not what it must be.
    pub(super) fn must_be<T>(&self, what: impl fmt::Display) -> Option<T> {
        let found = match self.scalar() {
            Some(value) if value.trim().is_empty() => "empty text".to_owned(),
            Some(value) => format!("`{value}`"),
            None if self.is_table() => "a table".to_owned(),
            None => "an array".to_owned(),
        };
        self.wrong(format!("`{}` must be {what}, not {found}", self.name));
        None
    }

    /// Any text.
    pub(super) fn text(&self) -> Option<&'t str> {
        self.value.as_str().or_else(|| self.must_be("text in quotes"))
    }

    /// A text with a meaning of its own, such as a name or a period.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&self) -> Option<T> {
        self.text()?.parse().map_err(|error: T::Err| self.wrong(error.to_string())).ok()
    }

    /// A text of one line, neither empty nor longer than so many characters.
    pub(super) fn line(&self, longest: usize) -> Option<String> {
        let text = self.text()?;
        if text.trim().is_empty() || text.chars().count() > longest || text.contains(char::is_control) {
            return self.must_be(format_args!("one line of 1 to {longest} characters"));
        }
        Some(text.to_owned())
    }

    /// A whole number within bounds.
    pub(super) fn integer<T: TryFrom<i64>>(&self, bounds: RangeInclusive<i64>) -> Option<T> {
        let number = self.whole().filter(|number| bounds.contains(number));
        number.and_then(|number| T::try_from(number).ok()).or_else(|| match (bounds.start(), bounds.end()) {
            (start, &i64::MAX) => self.must_be(format_args!("a whole number, {start} or more")),
            (start, end) => self.must_be(format_args!("a whole number from {start} to {end}")),
        })
    }

    fn whole(&self) -> Option<i64> {
        let number = self.value.as_integer()?;
        i64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// A number within bounds, with or without decimals.
    pub(super) fn number(&self, bounds: RangeInclusive<f64>) -> Option<f64> {
        let written = self.value.as_float().map(|float| float.as_str().to_owned());
        let number: Option<f64> = written
            .or_else(|| self.whole().map(|whole| whole.to_string()))
            .and_then(|written| written.parse().ok());
        // Neither `nan` nor `inf` is within any bounds.
        number
            .filter(|number| bounds.contains(number))
            .or_else(|| self.must_be(format_args!("a number from {} to {}", bounds.start(), bounds.end())))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Option<bool> {
        self.value.as_bool().or_else(|| self.must_be("`true` or `false`"))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let word = self.text()?;
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*choice);
        }
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        self.must_be(names.join(" or "))
    }

    /// The values of a list.
    pub(super) fn items(&self) -> Option<Vec<Self>> {
        let array = self.value.as_array().or_else(|| self.must_be("an array, in square brackets"))?;
        Some(array.iter().enumerate().map(|(index, value)| self.item(index, value)).collect())
    }

    /// A list, every value read the same way.
    pub(super) fn each<T>(&self, read: impl Fn(&Self) -> Option<T>) -> Option<Vec<T>> {
        let values: Vec<Option<T>> = self.items()?.iter().map(read).collect();
        values.into_iter().collect()
    }

    /// The keys of a table that people choose themselves, with their values.
    pub(super) fn entries(&self) -> Option<Vec<(&'t str, Self)>> {
        let table = self.table()?;
        Some(table.iter().map(|(key, value)| (&**key.get_ref(), self.field(key.get_ref(), value))).collect())
    }

    /// A table whose keys are known.
    pub(super) fn section(&self) -> Option<Section<'t>> {
        Some(Section { table: self.table()?, node: self.clone(), known: Vec::new(), missing: Vec::new() })
    }

    fn table(&self) -> Option<&'t DeTable<'t>> {
        self.value.as_table().or_else(|| self.must_be("a table"))
    }
}

/// A table whose keys are known: those it has been asked for.
pub(super) struct Section<'t> {
    node: Node<'t>,
    table: &'t DeTable<'t>,
    known: Vec<&'static str>,
    missing: Vec<(&'static str, &'static str)>,
}

impl<'t> Section<'t> {
    /// The value of a key that may be left out; the inner `None` if it is.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Node<'t>) -> Option<T>,
    ) -> Option<Option<T>> {
        self.known.push(key);
        match self.table.get(key) {
            Some(value) => read(&self.node.field(key, value)).map(Some),
            None => Some(None),
        }
    }

    /// The value of a key, or the default if it is left out.
    pub(super) fn or<T>(
        &mut self,
        key: &'static str,
        default: impl FnOnce() -> T,
        read: impl FnOnce(&Node<'t>) -> Option<T>,
    ) -> Option<T> {
        self.optional(key, read).map(|value| value.unwrap_or_else(default))
    }

    /// The value of a key that must be there; the example is shown if it is not.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        example: &'static str,
        read: impl FnOnce(&Node<'t>) -> Option<T>,
    ) -> Option<T> {
        let value = self.optional(key, read)?;
        if value.is_none() {
            self.missing.push((key, example));
        }
        value
    }

    /// Notes the keys nobody asked for and those that are missing. To be called after every key was asked for.
    ///
    /// A key that looks like a missing one is one mistake, not two.
    pub(super) fn close(mut self) {
        for key in self.table.keys().filter(|key| !self.known.contains(&&**key.get_ref())) {
            let hint = did_you_mean(key.get_ref(), &self.known);
            self.missing.retain(|(missing, _)| hint.closest != Some(*missing));
            let (name, known) = (shorten(key.get_ref()), quoted(&self.known));
            let pointer = field_pointer(&self.node.pointer, key.get_ref());
            let detail = format!("unknown key `{name}`{hint} known here: {known}");
            self.node.report.add(key.span().start, &pointer, detail);
        }
        for (key, example) in self.missing {
            let detail = format!("`{key}` is missing; add it, such as `{example}`");
            let pointer = field_pointer(&self.node.pointer, key);
            self.node.report.add(self.node.span.start, &pointer, detail);
        }
    }
}

fn field_pointer(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// What is quoted of a text in a message: enough to recognize it.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
