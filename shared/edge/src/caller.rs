//! Who calls, and what they may do.

use api::overview::Action;
use axum::extract::FromRequestParts;
use domain::Login;
use domain::access::{Actor, Grant, Permission, Place, Role, TokenScope};
use domain::access_records::{SecretHash, User};
use domain::ci_identity::CiIdentity;
use domain::gates::Approver;
use http::request::Parts;
use jiff::Timestamp;

use crate::ApiError;

/// Who calls. A handler can have it only on a route whose rule asks who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who, for events.
    pub actor: Actor,
    /// The person who signed in, or whose token it is; absent for a CI job.
    pub user: Option<User>,
    /// What that person may do.
    pub grants: Vec<Grant>,
    /// To what the token narrows it.
    pub scope: TokenScope,
    /// When the session or token ends.
    pub expires_at: Option<Timestamp>,
    /// The session, if the caller has one.
    pub session: Option<SecretHash>,
    /// The CI job, if the caller is one. Only on routes that register artifacts, whose handlers ask
    /// [`domain::ci_identity::ci_identity_allows`] in place of [`Caller::check`].
    pub ci: Option<CiIdentity>,
}

impl Caller {
    /// A person with a session.
    pub(crate) fn person_of(user: User, session: SecretHash, expires_at: Timestamp) -> Self {
        Self {
            actor: Actor::Person { login: user.login.clone() },
            grants: user.granted(),
            user: Some(user),
            scope: TokenScope::default(),
            expires_at: Some(expires_at),
            session: Some(session),
            ci: None,
        }
    }

    /// A CI job. It has no grants: every check fails for it.
    pub(crate) fn ci_job(identity: CiIdentity) -> Self {
        Self {
            actor: identity.actor(),
            user: None,
            grants: Vec::new(),
            scope: TokenScope::default(),
            expires_at: Some(identity.expires_at),
            session: None,
            ci: Some(identity),
        }
    }

    /// Whether the caller may do that there.
    pub fn may(&self, permission: Permission, place: &Place) -> bool {
        self.is_granted(permission, place) && self.scope.allows(permission, place)
    }

    /// Demands that the caller may do that there.
    ///
    /// # Errors
    /// [`ApiError::forbidden`] with what it would take.
    pub fn check(&self, permission: Permission, place: &Place) -> Result<(), ApiError> {
        if self.may(permission, place) {
            return Ok(());
        }
        Err(ApiError::forbidden(self.refusal(permission, place)))
    }

    /// Whether the caller may do that there, or why not, for the panel's buttons.
    pub fn action(&self, permission: Permission, place: &Place) -> Action {
        if self.may(permission, place) {
            Action::ALLOWED
        } else {
            Action::refused(self.refusal(permission, place))
        }
    }

    /// Whether the caller may do that in some place or other.
    pub(crate) fn may_somewhere(&self, permission: Permission) -> bool {
        let carries = |grant: &Grant| grant.role.allows(permission);
        let narrowed_by = |grants: &[Grant]| grants.is_empty() || grants.iter().any(carries);
        self.grants.iter().any(carries)
            && narrowed_by(&self.scope.grants)
            && (self.scope.permissions.is_empty() || self.scope.permissions.contains(&permission))
    }

    /// The person behind the call, as somebody who may approve.
    pub fn approver(&self) -> Option<Approver> {
        let User { login, git_login, emails, teams, .. } = self.user.clone()?;
        Some(Approver { login, git_login, emails, teams })
    }

    /// The login of the person behind the call.
    pub fn person(&self) -> Option<&Login> {
        self.actor.person()
    }

    fn is_granted(&self, permission: Permission, place: &Place) -> bool {
        self.grants.iter().any(|grant| grant.allows(permission, place))
    }

    /// Why the caller may not do that there.
    pub(crate) fn refusal(&self, permission: Permission, place: &Place) -> String {
        let what = verb(permission);
        let at = match (&place.environment, &place.service) {
            (Some(environment), Some(service)) => format!(" in {environment} of {service}"),
            (Some(environment), None) => format!(" in {environment}"),
            (None, Some(service)) => format!(" for {service}"),
            (None, None) => String::new(),
        };
        if self.ci.is_some() {
            return format!(
                "The identity of a CI job gives no right to {what}{at}: it registers artifacts of services whose \
                 manifests name its workflow, and no more."
            );
        }
        if self.is_granted(permission, place) {
            return format!("This token may not {what}{at}: its scope leaves that out. You may, without it.");
        }
        let role = Role::ALL.into_iter().find(|role| role.allows(permission)).unwrap_or(Role::Admin);
        let team = place.team.as_ref().map_or(String::new(), |team| format!(" for team {team}"));
        format!("You may not {what}{at}. It takes the role {}{team}; an admin can grant it.", role_name(role))
    }
}

fn verb(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "look at this",
        Permission::PushArtifact => "register artifacts",
        Permission::ApplyService => "declare or change a service",
        Permission::Promote => "promote",
        Permission::Approve => "approve promotions",
        Permission::RollBack => "roll back",
        Permission::Hold => "set or lift a hold",
        Permission::BreakLock => "change or lift a lock that somebody else set",
        Permission::ReadAudit => "read the audit log",
        Permission::ManageConnections => "manage connections",
        Permission::ManageDeadLetters => "manage dead letters",
        Permission::ManageAccess => "manage who may do what",
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Developer => "developer",
        Role::Operator => "operator",
        Role::Admin => "admin",
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<Self>().cloned();
        caller.ok_or_else(|| ApiError::internal(anyhow::anyhow!("a public route has no caller")))
    }
}
