//! People, sessions and tokens on the wire.

use domain::access::{Grant, Permission};
use domain::sign_in::{Identity, SignInProblem};
use domain::{Login, ServiceName, TeamName, TokenId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    /// The sign-in name.
    pub login: Login,
    /// The name to show.
    pub name: String,
    /// The teams.
    pub teams: Vec<TeamName>,
    /// What they may do, and where.
    pub grants: Vec<Grant>,
    /// When the session ends; absent for a token that does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The secret of a one-time link. It travels in the body, and in the link's fragment, never in a URL that is sent.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignIn {
    /// The secret.
    pub secret: String,
}

/// A one-time sign-in link.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct SignInLink {
    /// Where to go, with the secret in the fragment.
    pub url: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserView {
    /// The sign-in name.
    pub login: Login,
    /// The name to show.
    pub name: String,
    /// The login on the git host, if it differs: whose work ships is told by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_login: Option<String>,
    /// The e-mail addresses in their commits.
    pub emails: Vec<String>,
    /// The teams.
    pub teams: Vec<TeamName>,
    /// What they may do, and where, as an admin decided.
    pub grants: Vec<Grant>,
    /// What they may do besides, by their groups when they last signed in at the identity provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub group_grants: Vec<Grant>,
    /// Who they are at identity providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
    /// Since when they may do nothing at all, if an admin disabled them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

/// The ways to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInMethods {
    /// What the identity provider is called on the button; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Why the last sign-in of this browser at the identity provider came to nothing, for ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<SignInRefusal>,
}

/// Why somebody was not signed in by the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignInRefusal {
    /// Why.
    pub problem: SignInProblem,
    /// The groups that the provider tells of, as far as they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Who a person is at the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkIdentity {
    /// The person as the provider numbers them: the claim `sub` of its tokens.
    pub subject: String,
    /// The provider, exactly as it names itself; the installation's own unless given.
    #[serde(default)]
    pub issuer: Option<String>,
}

/// What a person is and may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutUser {
    /// The name to show.
    pub name: String,
    /// The login on the git host, if it differs.
    #[serde(default)]
    pub git_login: Option<String>,
    /// The e-mail addresses in their commits.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The teams.
    #[serde(default)]
    pub teams: Vec<TeamName>,
    /// What they may do, and where.
    pub grants: Vec<Grant>,
}

/// An API token, without the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenView {
    /// Its identifier.
    pub id: TokenId,
    /// The name it was given.
    pub name: String,
    /// Whose it is.
    pub owner: Login,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Only these permissions, unless empty.
    pub permissions: Vec<Permission>,
    /// Only this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// A token to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// A name that tells what it is for.
    pub name: String,
    /// What it may do; must be covered by one's own grants. Empty: one's own grants.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// Only these permissions, unless empty.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// Only this service.
    #[serde(default)]
    pub service: Option<ServiceName>,
    /// For how many days, 1 to 366; 90 unless given.
    #[serde(default)]
    pub days: Option<u32>,
}

/// A token that was just made.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreatedToken {
    /// The token itself, `kls_…`. It is shown once and cannot be read again.
    pub secret: String,
    /// What it is.
    pub token: TokenView,
}
