//! Who may do what: roles per team and environment, and the permissions they carry.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ConnectionName, EnvironmentName, InvalidName, Login, ServiceName, TeamName, TokenId};

/// What a request does, as far as the right to do it is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See services, promotions, changes, logs.
    Read,
    /// Register an artifact.
    PushArtifact,
    /// Declare or change a service.
    ApplyService,
    /// Start a promotion, or cancel one.
    Promote,
    /// Agree to a promotion.
    Approve,
    /// Take an environment back to an earlier artifact.
    RollBack,
    /// Set or lift a hold.
    Hold,
    /// Change or lift a lock that somebody else set.
    BreakLock,
    /// Read the audit log.
    ReadAudit,
    /// Add or change connections to git hosts.
    ManageConnections,
    /// Look at dead letters and send them again.
    ManageDeadLetters,
    /// Add people, change what they may do.
    ManageAccess,
}

impl Permission {
    /// Every permission, in the order of the route × role matrix.
    pub const ALL: [Self; 12] = [
        Self::Read,
        Self::PushArtifact,
        Self::ApplyService,
        Self::Promote,
        Self::Approve,
        Self::RollBack,
        Self::Hold,
        Self::BreakLock,
        Self::ReadAudit,
        Self::ManageConnections,
        Self::ManageDeadLetters,
        Self::ManageAccess,
    ];
}

/// What somebody is allowed to do, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Ships: pushes artifacts, promotes, approves, rolls back.
    Developer,
    /// Also runs the installation's connections and dead letters.
    Operator,
    /// Also decides who may do what.
    Admin,
}

impl Role {
    /// Every role, least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Developer, Self::Operator, Self::Admin];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// Whether the role carries the permission.
    pub fn allows(self, permission: Permission) -> bool {
        self >= Self::least_for(permission)
    }

    fn least_for(permission: Permission) -> Self {
        match permission {
            Permission::Read => Self::Viewer,
            Permission::PushArtifact
            | Permission::ApplyService
            | Permission::Promote
            | Permission::Approve
            | Permission::RollBack
            | Permission::Hold
            | Permission::ReadAudit => Self::Developer,
            Permission::BreakLock | Permission::ManageConnections | Permission::ManageDeadLetters => {
                Self::Operator
            }
            Permission::ManageAccess => Self::Admin,
        }
    }
}

/// A role, for everything or for one team's services, for every environment or for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// What may be done.
    pub role: Role,
    /// For services of this team only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamName>,
    /// In this environment only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentName>,
}

/// Where something is to be done. Absent parts are not concerned: registering an artifact concerns no environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The team that owns the service.
    pub team: Option<TeamName>,
    /// The service.
    pub service: Option<ServiceName>,
    /// The environment.
    pub environment: Option<EnvironmentName>,
}

impl Grant {
    /// The role everywhere.
    pub const fn everywhere(role: Role) -> Self {
        Self { role, team: None, environment: None }
    }

    /// Whether the grant carries the permission in that place.
    ///
    /// A grant for one team reaches only places that team owns; a grant for one environment reaches that
    /// environment and, to read, what concerns no environment.
    pub fn allows(&self, permission: Permission, place: &Place) -> bool {
        let team_fits = self.team.is_none() || self.team == place.team;
        let environment_fits = match (&self.environment, &place.environment) {
            (None, _) => true,
            (Some(granted), Some(asked)) => granted == asked,
            (Some(_), None) => permission == Permission::Read,
        };
        team_fits && environment_fits && self.role.allows(permission)
    }

    /// Whether everything `other` allows is allowed by this grant too.
    pub fn covers(&self, other: &Self) -> bool {
        (self.team.is_none() || self.team == other.team)
            && (self.environment.is_none() || self.environment == other.environment)
            && self.role >= other.role
    }
}

/// Why a text is no [`Grant`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGrant {
    /// Its first word is no role.
    #[error("there is no role `{0}`; there are viewer, developer, operator, admin")]
    Role(String),
    /// Its team or environment is no name.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

/// As people write it: `ROLE[@TEAM][/ENVIRONMENT]`.
impl FromStr for Grant {
    type Err = InvalidGrant;

    fn from_str(given: &str) -> Result<Self, InvalidGrant> {
        let split = |text: &str, at| match text.split_once(at) {
            Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
            None => (text.to_owned(), None),
        };
        let (rest, environment) = split(given, '/');
        let (word, team) = split(&rest, '@');
        let role = Role::ALL.into_iter().find(|role| role.word() == word);
        Ok(Self {
            role: role.ok_or(InvalidGrant::Role(word))?,
            team: team.map(|team| team.parse()).transpose()?,
            environment: environment.map(|environment| environment.parse()).transpose()?,
        })
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role.word())?;
        self.team.as_ref().map_or(Ok(()), |team| write!(f, "@{team}"))?;
        self.environment.as_ref().map_or(Ok(()), |environment| write!(f, "/{environment}"))
    }
}

/// What an API token is for: the grants of its owner, narrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenScope {
    /// Only what these carry, as far as the owner still has it. Empty: all that the owner has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// Only these permissions. Empty: all that the grants carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Permission>,
    /// Only this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
}

impl TokenScope {
    /// Whether the scope leaves the permission in that place.
    pub fn allows(&self, permission: Permission, place: &Place) -> bool {
        let grants_fit =
            self.grants.is_empty() || self.grants.iter().any(|grant| grant.allows(permission, place));
        let permission_fits = self.permissions.is_empty() || self.permissions.contains(&permission);
        let service_fits = self.service.is_none() || self.service == place.service;
        grants_fit && permission_fits && service_fits
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person who signed in.
    Person {
        /// Their sign-in name.
        login: Login,
    },
    /// A program with an API token.
    Token {
        /// The token.
        id: TokenId,
        /// The name it was given.
        name: String,
        /// Whose token it is.
        owner: Login,
    },
    /// A CI job, by its OIDC token.
    Workflow {
        /// The repository's full name.
        repository: String,
        /// The run's number on the git host.
        run_id: String,
        /// Who started it there.
        started_by: String,
    },
    /// A git host, by its signature.
    Connection {
        /// The connection.
        connection: ConnectionName,
    },
    /// Keelson itself, following its rules.
    Keelson,
}

impl Actor {
    /// The person behind it, if there is one.
    pub fn person(&self) -> Option<&Login> {
        match self {
            Self::Person { login } => Some(login),
            Self::Token { owner, .. } => Some(owner),
            Self::Workflow { .. } | Self::Connection { .. } | Self::Keelson => None,
        }
    }

    /// For people: who that was.
    pub fn label(&self) -> String {
        match self {
            Self::Person { login } => login.to_string(),
            Self::Token { name, owner, .. } => format!("{owner} (token {name})"),
            Self::Workflow { repository, started_by, .. } => format!("{started_by} (CI of {repository})"),
            Self::Connection { connection } => format!("{connection} (git host)"),
            Self::Keelson => "Keelson".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(team: &str, environment: Option<&str>) -> Place {
        Place {
            team: Some(team.parse().unwrap()),
            service: None,
            environment: environment.map(|name| name.parse().unwrap()),
        }
    }

    #[test]
    fn a_grant_for_one_team_and_environment_reaches_no_further() {
        let grant = Grant {
            role: Role::Developer,
            team: Some("shop".parse().unwrap()),
            environment: Some("staging".parse().unwrap()),
        };
        assert!(grant.allows(Permission::Promote, &place("shop", Some("staging"))));
        assert!(!grant.allows(Permission::Promote, &place("shop", Some("production"))));
        assert!(!grant.allows(Permission::Promote, &place("bank", Some("staging"))));
        assert!(!grant.allows(Permission::PushArtifact, &place("shop", None)), "concerns every environment");
        assert!(grant.allows(Permission::Read, &place("shop", None)));
    }

    #[test]
    fn a_grant_is_written_as_it_is_read() {
        for text in ["viewer", "developer@shop", "operator/staging", "admin@shop/production"] {
            assert_eq!(text.parse::<Grant>().unwrap().to_string(), text);
        }
        for bad in ["", "boss", "Admin", "viewer@", "viewer@No", "viewer/"] {
            assert!(bad.parse::<Grant>().is_err(), "{bad}");
        }
    }

    #[test]
    fn roles_only_ever_add_permissions() {
        for pair in Role::ALL.windows(2) {
            for permission in Permission::ALL {
                assert!(!pair[0].allows(permission) || pair[1].allows(permission));
            }
        }
    }

    #[test]
    fn a_scope_only_ever_narrows() {
        let scope = TokenScope {
            grants: vec![Grant {
                environment: Some("staging".parse().unwrap()),
                ..Grant::everywhere(Role::Developer)
            }],
            permissions: vec![Permission::Promote, Permission::ManageAccess],
            service: None,
        };
        assert!(scope.allows(Permission::Promote, &place("shop", Some("staging"))));
        assert!(!scope.allows(Permission::Promote, &place("shop", Some("production"))), "not granted there");
        assert!(
            !scope.allows(Permission::Hold, &place("shop", Some("staging"))),
            "not one of its permissions"
        );
        assert!(!scope.allows(Permission::ManageAccess, &place("shop", Some("staging"))), "beyond its role");
    }

    #[test]
    fn nobody_hands_on_more_than_they_have() {
        let team = |role| Grant { role, team: Some("shop".parse().unwrap()), environment: None };
        assert!(Grant::everywhere(Role::Admin).covers(&team(Role::Operator)));
        assert!(!team(Role::Admin).covers(&Grant::everywhere(Role::Viewer)));
        assert!(!team(Role::Developer).covers(&team(Role::Operator)));
    }
}
