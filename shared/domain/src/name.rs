//! Names people choose: short, readable in a URL, a shell and a log line.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not {what}: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter"
)]
pub struct InvalidName {
    what: &'static str,
    given: String,
}

fn check(what: &'static str, given: &str) -> Result<(), InvalidName> {
    let tail_is_fine = given.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let head_is_fine = given.starts_with(|c: char| c.is_ascii_lowercase());
    if head_is_fine && tail_is_fine && given.len() <= 40 {
        return Ok(());
    }
    Err(InvalidName { what, given: given.chars().take(80).collect() })
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("pattern" = "^[a-z][a-z0-9-]{0,39}$"))]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(given: &str) -> Result<Self, InvalidName> {
                check($what, given).map(|()| Self(given.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(given: String) -> Result<Self, InvalidName> {
                given.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A deployable unit, as its team calls it.
    ServiceName,
    "a service name"
);
name!(
    /// A place where a service runs, such as `staging`.
    EnvironmentName,
    "an environment name"
);
name!(
    /// A group of people who own services.
    TeamName,
    "a team name"
);
name!(
    /// A git host's connection; part of the webhook URL.
    ConnectionName,
    "a connection name"
);
name!(
    /// A person's sign-in name.
    Login,
    "login"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_lower_case_and_starts_with_a_letter() {
        for good in ["a", "storefront", "shop-2", &"a".repeat(40)] {
            assert!(good.parse::<ServiceName>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "2shop", "Shop", "a_b", "a/b", "ä", &"a".repeat(41)] {
            assert!(bad.parse::<ServiceName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_name_is_refused_when_it_is_read_too() {
        let error = serde_json::from_str::<TeamName>("\"No Team\"").unwrap_err();
        insta::assert_snapshot!(error, @"`No Team` is not a team name: use 1 to 40 lower-case letters, digits and hyphens, starting with a letter");
    }
}
