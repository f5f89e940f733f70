//! The identity provider that signs people in, if there is one.

use std::fmt;

use domain::sign_in::GroupRoles;
use http::Uri;

use super::{ConfigError, Issuer, Reader, Setting};

pub(super) const ISSUER: Setting = Setting {
    name: "KEELSON_SIGN_IN_OIDC_ISSUER",
    default: "",
    meaning: "The identity provider that signs people in (OpenID Connect), exactly as it names itself. Without it there are one-time links alone.",
};
pub(super) const CLIENT_ID: Setting = Setting {
    name: "KEELSON_SIGN_IN_OIDC_CLIENT_ID",
    default: "",
    meaning: "What the identity provider calls this installation.",
};
pub(super) const CLIENT_SECRET: Setting = Setting {
    name: "KEELSON_SIGN_IN_OIDC_CLIENT_SECRET",
    default: "",
    meaning: "How this installation proves to be that. Without it, as a public client: by PKCE alone.",
};
pub(super) const SCOPES: Setting = Setting {
    name: "KEELSON_SIGN_IN_OIDC_SCOPES",
    default: "openid profile email",
    meaning: "What the identity provider is asked for. Some tell of groups only if a scope asks for them.",
};
pub(super) const GROUPS_CLAIM: Setting = Setting {
    name: "KEELSON_SIGN_IN_OIDC_GROUPS_CLAIM",
    default: "groups",
    meaning: "The claim of the ID token that lists a person's groups: its name, or a JSON pointer such as `/realm_access/roles`.",
};
pub(super) const ROLES: Setting = Setting {
    name: "KEELSON_SIGN_IN_OIDC_ROLES",
    default: "",
    meaning: "What groups may do: `GROUP=ROLE[@TEAM][/ENVIRONMENT]`, separated by `;`. `*` is everybody, `@example.com` whoever belongs to that domain.",
};
pub(super) const LABEL: Setting = Setting {
    name: "KEELSON_SIGN_IN_OIDC_LABEL",
    default: "<the issuer's host>",
    meaning: "What the identity provider is called on the button: `Sign in with …`.",
};

/// The identity provider that signs people in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInSettings {
    /// The provider, exactly as it names itself.
    pub issuer: String,
    /// What it calls this installation.
    pub client_id: String,
    /// How this installation proves to be that.
    pub client_secret: Option<Hidden>,
    /// What is asked for.
    pub scopes: String,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// What groups may do.
    pub roles: GroupRoles,
    /// What the provider is called on the button.
    pub label: String,
}

/// A secret of whoever runs the installation. It is never printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}

/// Reads them. None without an issuer; what is wrong is kept for the end, and then there are none either.
pub(super) fn read<G: Fn(&str) -> Option<String>>(reader: &mut Reader<G>) -> Option<SignInSettings> {
    let issuer = reader.given(&ISSUER);
    let client_id = reader.given(&CLIENT_ID);
    let client_secret = reader.given(&CLIENT_SECRET).map(Hidden);
    let scopes = reader.given(&SCOPES).unwrap_or_else(|| SCOPES.default.to_owned());
    let groups_claim = reader.given(&GROUPS_CLAIM).unwrap_or_else(|| GROUPS_CLAIM.default.to_owned());
    let roles = reader.read::<GroupRoles>(&ROLES);
    let label = reader.given(&LABEL);
    let Some(issuer) = issuer else {
        if client_id.is_some() {
            reader.refuse(&CLIENT_ID, format!("means nothing without {}", ISSUER.name));
        }
        return None;
    };
    if let Err(problem) = issuer.parse::<Issuer>() {
        reader.refuse(&ISSUER, problem);
    }
    if client_id.is_none() {
        reader.refuse(&CLIENT_ID, "write what the identity provider calls this installation".to_owned());
    }
    if !scopes.split_whitespace().any(|scope| scope == "openid") {
        reader.refuse(&SCOPES, format!("`{scopes}` asks for no ID token: `openid` must be among it"));
    }
    let host = issuer.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    let label = label.or(host).unwrap_or_default();
    Some(SignInSettings {
        client_id: client_id?,
        roles: roles?,
        issuer,
        client_secret,
        scopes,
        groups_claim,
        label,
    })
}

/// All of them, in the order in which they are read.
pub(super) const ALL: [Setting; 7] = [ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPES, GROUPS_CLAIM, ROLES, LABEL];

/// A list of mistakes, or none: whatever was read is worth nothing then.
pub(super) fn without_mistakes<T>(value: T, errors: Vec<ConfigError>) -> Result<T, Vec<ConfigError>> {
    if errors.is_empty() { Ok(value) } else { Err(errors) }
}
