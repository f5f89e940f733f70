//! Roles, grants and permissions as they are typed and shown.

use domain::access::{Grant, InvalidGrant, Permission};

const PERMISSIONS: [(&str, Permission); 12] = [
    ("read", Permission::Read),
    ("push_artifact", Permission::PushArtifact),
    ("apply_service", Permission::ApplyService),
    ("promote", Permission::Promote),
    ("approve", Permission::Approve),
    ("roll_back", Permission::RollBack),
    ("hold", Permission::Hold),
    ("break_lock", Permission::BreakLock),
    ("read_audit", Permission::ReadAudit),
    ("manage_connections", Permission::ManageConnections),
    ("manage_dead_letters", Permission::ManageDeadLetters),
    ("manage_access", Permission::ManageAccess),
];

/// The word for a permission.
pub(crate) fn of_permission(permission: Permission) -> &'static str {
    word(&PERMISSIONS, permission)
}

/// The permission that a word means; a hyphen is as good as an underscore.
///
/// # Errors
/// A sentence with the words there are.
pub(crate) fn permission(given: &str) -> Result<Permission, String> {
    meaning(&PERMISSIONS, "permission", &given.replace('-', "_"))
}

/// The grant that was typed as `role[@team][/environment]`.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn grant(given: &str) -> Result<Grant, String> {
    given.parse().map_err(|error: InvalidGrant| error.to_string())
}

fn word<T: PartialEq>(words: &[(&'static str, T)], meant: T) -> &'static str {
    words.iter().find(|(_, value)| *value == meant).map_or("?", |(word, _)| word)
}

fn meaning<T: Copy>(words: &[(&'static str, T)], what: &str, given: &str) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == given).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("there is no {what} `{given}`; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use domain::access::Role;

    use super::*;

    #[test]
    fn every_role_and_permission_has_the_word_it_has_on_the_wire() {
        for value in Permission::ALL {
            assert_eq!(serde_json::to_value(value).unwrap(), of_permission(value));
            assert_eq!(permission(of_permission(value)), Ok(value));
        }
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        }
    }

    #[test]
    fn a_grant_survives_its_text() {
        for text in ["admin", "developer@shop", "viewer/production", "operator@shop/production"] {
            assert_eq!(grant(text).unwrap().to_string(), text);
        }
        insta::assert_snapshot!(grant("boss@shop").unwrap_err(), @"there is no role `boss`; there are viewer, developer, operator, admin");
        assert!(grant("developer@No Team").is_err());
    }
}
