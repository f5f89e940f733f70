//! Which identity provider signs people in.

/// The settings of the identity provider, each of which may be an environment variable as well.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Signing people in at an identity provider (OpenID Connect)")]
pub(crate) struct Provider {
    /// The provider, exactly as it names itself; without it there are one-time links alone
    #[arg(
        long = "sign-in-oidc-issuer",
        env = "KEELSON_SIGN_IN_OIDC_ISSUER",
        hide_env_values = true,
        value_name = "URL"
    )]
    issuer: Option<String>,
    /// What the provider calls this installation
    #[arg(
        long = "sign-in-oidc-client-id",
        env = "KEELSON_SIGN_IN_OIDC_CLIENT_ID",
        hide_env_values = true,
        value_name = "ID"
    )]
    client_id: Option<String>,
    /// How this installation proves to be that. Better in the variable: everybody on the machine sees arguments
    #[arg(
        long = "sign-in-oidc-client-secret",
        env = "KEELSON_SIGN_IN_OIDC_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    client_secret: Option<Secret>,
    /// What the provider is asked for; `openid profile email` unless given
    #[arg(
        long = "sign-in-oidc-scopes",
        env = "KEELSON_SIGN_IN_OIDC_SCOPES",
        hide_env_values = true,
        value_name = "SCOPES"
    )]
    scopes: Option<String>,
    /// The claim that lists a person's groups: its name, or a JSON pointer; `groups` unless given
    #[arg(
        long = "sign-in-oidc-groups-claim",
        env = "KEELSON_SIGN_IN_OIDC_GROUPS_CLAIM",
        hide_env_values = true,
        value_name = "CLAIM"
    )]
    groups_claim: Option<String>,
    /// What groups may do: `GROUP=ROLE[@TEAM][/ENVIRONMENT]; …`; `*` is everybody, `@example.com` that domain
    #[arg(
        long = "sign-in-oidc-roles",
        env = "KEELSON_SIGN_IN_OIDC_ROLES",
        hide_env_values = true,
        value_name = "ROLES"
    )]
    roles: Option<String>,
    /// What the provider is called on the button; its host unless given
    #[arg(
        long = "sign-in-oidc-label",
        env = "KEELSON_SIGN_IN_OIDC_LABEL",
        hide_env_values = true,
        value_name = "NAME"
    )]
    label: Option<String>,
}

/// A text that is never printed by accident.
#[derive(Clone)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl Provider {
    /// What was given for a setting, under the name of its environment variable.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        match name {
            "KEELSON_SIGN_IN_OIDC_ISSUER" => self.issuer.clone(),
            "KEELSON_SIGN_IN_OIDC_CLIENT_ID" => self.client_id.clone(),
            "KEELSON_SIGN_IN_OIDC_CLIENT_SECRET" => {
                self.client_secret.as_ref().map(|secret| secret.0.clone())
            }
            "KEELSON_SIGN_IN_OIDC_SCOPES" => self.scopes.clone(),
            "KEELSON_SIGN_IN_OIDC_GROUPS_CLAIM" => self.groups_claim.clone(),
            "KEELSON_SIGN_IN_OIDC_ROLES" => self.roles.clone(),
            "KEELSON_SIGN_IN_OIDC_LABEL" => self.label.clone(),
            _ => None,
        }
    }
}
