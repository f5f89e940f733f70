//! Filters, tabs and pages of lists live in the address, so that they can be linked to and gone back to.

use api::endpoint::percent_encode;
use leptos::prelude::*;

use crate::location::Location;
use crate::paths;
use crate::reactive::memo;
use crate::state::state;

/// One parameter of the address, and how to change it.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    /// What it is now.
    pub(crate) value: Memo<Option<String>>,
    name: &'static str,
    location: Location,
}

impl Parameter {
    /// The parameter of that name.
    pub(crate) fn named(name: &'static str) -> Self {
        let location = state().location;
        let value = memo(move || location.query.with(|query| value_of(query, name)));
        Self { value, name, location }
    }

    /// Changes it, or takes it out of the address.
    pub(crate) fn set(self, value: Option<String>) {
        let query = self.location.query.with_untracked(|query| replaced(query, self.name, value.as_deref()));
        self.location.refine(&paths::with_query(&self.location.path.get_untracked(), &query));
    }
}

/// The value of a parameter in a query, decoded; one without a value is absent.
pub(crate) fn value_of(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| *key == name)?;
    decoded(value).filter(|value| !value.is_empty())
}

/// A value of a query as a form writes it: `+` is a space, `%` and two digits are a byte.
fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The query with one parameter replaced, or taken out.
pub(crate) fn replaced(search: &str, name: &str, value: Option<&str>) -> String {
    let others = search.trim_start_matches('?').split('&').filter(|pair| {
        let key = pair.split('=').next().unwrap_or(pair);
        !pair.is_empty() && key != name
    });
    let mut pairs: Vec<String> = others.map(str::to_owned).collect();
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        pairs.push(format!("{name}={}", percent_encode(value)));
    }
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_parameter_changes_and_the_others_stay() {
        assert_eq!(replaced("?tab=logs&env=staging", "env", Some("production")), "?tab=logs&env=production");
        assert_eq!(replaced("tab=logs", "contains", Some("a b&c")), "?tab=logs&contains=a%20b%26c");
    }

    #[test]
    fn a_value_is_read_as_it_was_meant() {
        assert_eq!(value_of("tab=logs&contains=a%20b%26c+d", "contains").as_deref(), Some("a b&c d"));
        assert_eq!(value_of("q=%C3%A4", "q").as_deref(), Some("\u{e4}"));
        for none in ["", "tab", "tab=", "table=1", "tab=%", "tab=%zz", "tab=%ff"] {
            assert_eq!(value_of(none, "tab"), None, "{none}");
        }
    }

    #[test]
    fn a_parameter_without_a_value_is_left_out() {
        assert_eq!(replaced("?env=staging", "env", None), "");
        assert_eq!(replaced("?tab=logs&env=staging", "env", Some("")), "?tab=logs");
    }
}
