//! Filters, tabs and pages of lists live in the address, so that they can be linked to and gone back to.

use api::endpoint::percent_encode;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use crate::reactive::memo;

/// One parameter of the address, and how to change it.
#[derive(Clone, Copy)]
pub(crate) struct Parameter {
    /// What it is now.
    pub(crate) value: Memo<Option<String>>,
    set: StoredValue<Box<dyn Fn(Option<String>) + Send + Sync>>,
}

impl Parameter {
    /// The parameter of that name.
    pub(crate) fn named(name: &'static str) -> Self {
        // Of the location, not of the route: all pages are one route, whose own query does not follow from page to page.
        let query = use_location().query;
        let value = memo(move || query.with(|query| query.get(name)).filter(|value| !value.is_empty()));
        let location = use_location();
        let navigate = use_navigate();
        let set = move |value: Option<String>| {
            let search = location.search.get_untracked();
            let path = location.pathname.get_untracked();
            let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
            navigate(&format!("{path}{}", replaced(&search, name, value.as_deref())), options);
        };
        Self { value, set: StoredValue::new(Box::new(set)) }
    }

    /// Changes it, or takes it out of the address.
    pub(crate) fn set(self, value: Option<String>) {
        self.set.with_value(|set| set(value));
    }
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
    fn a_parameter_without_a_value_is_left_out() {
        assert_eq!(replaced("?env=staging", "env", None), "");
        assert_eq!(replaced("?tab=logs&env=staging", "env", Some("")), "?tab=logs");
    }
}
