//! Every endpoint, on one screen.

use domain::access::Permission;

use crate::Page;
use crate::access::*;
use crate::audit::*;
use crate::ci::*;
use crate::connection::*;
use crate::dora::*;
use crate::endpoint::{Access, Endpoint, Method, Route};
use crate::openapi::{Described, Schemas};
use crate::overview::*;
use crate::promotion::*;
use crate::query;
use crate::service::*;
use crate::train::*;

macro_rules! endpoints {
    ($($(#[doc = $doc:literal])* $name:ident = $method:ident $path:literal $(? $query:ident)?, $access:expr,
       $request:ty => $response:ty;)*) => {
        $($(#[doc = $doc])* pub const $name: Endpoint<$request, $response> =
            Endpoint::new(stringify!($name), Method::$method, $path, $access)$(.with_query(query::$query))?;)*

        /// Every route, in the order in which they are declared.
        pub const ALL: &[Route] = &[$($name.route),*];

        /// Every endpoint with its words and the schemas of its types, in the same order.
        pub(crate) fn described(schemas: &mut Schemas) -> Vec<Described> {
            vec![$(schemas.describe(&$name, concat!($($doc),*))),*]
        }
    };
}

const READ: Access = Access::Needs(Permission::Read);

endpoints! {
    /// Takes a webhook. Protected by the connection's signature.
    RECEIVE_HOOK = Post "/hooks/{connection}", Access::Public, () => ();
    /// Lists the connections to git hosts.
    LIST_CONNECTIONS = Get "/api/connections", READ, () => Vec<ConnectionView>;
    /// One connection with its last deliveries.
    GET_CONNECTION = Get "/api/connections/{connection}", READ, () => ConnectionDetail;
    /// Adds a connection, or replaces what it is. The secret is answered once.
    PUT_CONNECTION = Put "/api/connections/{connection}", Access::Needs(Permission::ManageConnections), PutConnection => ConnectionSecret;
    /// Lets the connection's host be asked and told, with a token. The webhook secrets stay.
    SET_API_ACCESS = Put "/api/connections/{connection}/api-access", Access::Needs(Permission::ManageConnections), SetApiAccess => ConnectionView;
    /// Takes the token away: the host is asked and told nothing any more.
    REMOVE_API_ACCESS = Delete "/api/connections/{connection}/api-access", Access::Needs(Permission::ManageConnections), () => ConnectionView;
    /// Makes a second secret; the first stays valid for a while.
    ROTATE_CONNECTION = Post "/api/connections/{connection}/rotate", Access::Needs(Permission::ManageConnections), RotateConnection => ConnectionSecret;

    /// Lists the services by name. Query: `q` (words that name, team or repository contain), and the page's.
    LIST_SERVICES = Get "/api/services" ? SERVICES, READ, () => Page<ServiceRow>;
    /// One service with its environments.
    GET_SERVICE = Get "/api/services/{service}", READ, () => ServiceView;
    /// Declares a service, or changes it.
    PUT_SERVICE = Put "/api/services/{service}", Access::Needs(Permission::ApplyService), ApplyService => AppliedService;
    /// What changed on the service's branch, newest first: commits, checks, artifacts, where each runs.
    LIST_CHANGES = Get "/api/services/{service}/changes", READ, () => Page<ChangeView>;
    /// The service's artifacts, newest first.
    LIST_ARTIFACTS = Get "/api/services/{service}/artifacts" ? PAGE, READ, () => Page<ArtifactView>;
    /// Announces an artifact and answers where to upload it.
    ANNOUNCE_ARTIFACT = Post "/api/services/{service}/artifacts", Access::Needs(Permission::PushArtifact), AnnounceArtifact => AnnouncedArtifact;
    /// Registers an announced artifact, after its bytes have been read again.
    COMPLETE_ARTIFACT = Post "/api/artifacts/{digest}/complete", Access::Needs(Permission::PushArtifact), CompleteArtifact => ArtifactView;
    /// What would ship, or un-ship, if the artifact replaced what runs. Query: `environment`, `artifact`
    /// (the candidate unless given).
    GET_SHIPS = Get "/api/services/{service}/ships" ? SHIPS, READ, () => Ships;
    /// The service's promotions, newest first. Query: `environment`, and the page's.
    LIST_PROMOTIONS = Get "/api/services/{service}/promotions" ? PROMOTIONS, READ, () => Page<PromotionSummary>;
    /// What happened to the service, newest first.
    GET_TIMELINE = Get "/api/services/{service}/timeline" ? PAGE, READ, () => Page<EventView>;
    /// What the service wrote. Query: `environment`, `artifact`, `contains`, `after`, `limit`.
    GET_LOGS = Get "/api/services/{service}/logs" ? LOGS, READ, () => Logs;
    /// The traffic of an environment over time. Query: `environment`, `minutes`, `points`.
    GET_TRAFFIC = Get "/api/services/{service}/traffic" ? TRAFFIC, READ, () => Traffic;

    /// The five figures of its deliveries to production, by dora.dev. Query: `window` (7, 30 or 90 days; 30).
    GET_DORA = Get "/api/services/{service}/dora" ? WINDOWED, READ, () => DoraView;
    /// What one of these figures is made of, newest first. Query: `metric`, `window`, and the page's.
    LIST_DORA_ROWS = Get "/api/services/{service}/dora/rows" ? DORA_ROWS, READ, () => DoraRows;
    /// How long its commits take from push to artifact. Query: `window` (7, 30 or 90 days; 30).
    GET_CI = Get "/api/services/{service}/ci" ? WINDOWED, READ, () => CiView;
    /// The five figures of every service, by name. Query: `window`, and the page's.
    LIST_DORA = Get "/api/dora" ? WINDOWED_PAGE, READ, () => Page<ServiceDora>;

    /// Starts a promotion by hand.
    CREATE_PROMOTION = Post "/api/promotions", Access::Needs(Permission::Promote), CreatePromotion => PromotionSummary;
    /// One promotion with its gates, steps and measurements.
    GET_PROMOTION = Get "/api/promotions/{promotion}", READ, () => PromotionView;
    /// Agrees to a promotion.
    APPROVE_PROMOTION = Post "/api/promotions/{promotion}/approve", Access::Needs(Permission::Approve), ApprovePromotion => PromotionSummary;
    /// Stops a promotion.
    CANCEL_PROMOTION = Post "/api/promotions/{promotion}/cancel", Access::Needs(Permission::Promote), () => PromotionSummary;
    /// Takes an environment back.
    ROLL_BACK = Post "/api/services/{service}/environments/{environment}/rollback", Access::Needs(Permission::RollBack), RollBackRequest => PromotionSummary;
    /// Keeps automation away from an environment.
    SET_HOLD = Put "/api/services/{service}/environments/{environment}/hold", Access::Needs(Permission::Hold), SetHold => ();
    /// Lets automation go on.
    LIFT_HOLD = Delete "/api/services/{service}/environments/{environment}/hold", Access::Needs(Permission::Hold), () => ();
    /// Keeps everybody away from an environment, until its time is over or its owner unlocks. A rollback passes.
    SET_LOCK = Put "/api/services/{service}/environments/{environment}/lock", Access::Needs(Permission::Hold), SetLock => ();
    /// Lets everybody in again: the lock's owner, or an operator.
    LIFT_LOCK = Delete "/api/services/{service}/environments/{environment}/lock", Access::Needs(Permission::Hold), () => ();
    /// Asks to let a promotion pass its gates in an emergency.
    ASK_OVERRIDE = Post "/api/promotions/{promotion}/override", Access::Needs(Permission::Promote), AskOverride => PromotionSummary;
    /// As a second person, lets a promotion pass its gates in an emergency.
    CONFIRM_OVERRIDE = Post "/api/promotions/{promotion}/override/confirm", Access::Needs(Permission::Approve), ConfirmOverride => PromotionSummary;

    /// Lists trains, newest first.
    LIST_TRAINS = Get "/api/trains" ? PAGE, READ, () => Page<TrainView>;
    /// Puts a train together: several services that promote together, in order.
    CREATE_TRAIN = Post "/api/trains", Access::Needs(Permission::Promote), CreateTrain => TrainView;
    /// One train with its cars.
    GET_TRAIN = Get "/api/trains/{train}", READ, () => TrainView;
    /// Stops a train; what it promoted is taken back, the last one first.
    CANCEL_TRAIN = Post "/api/trains/{train}/cancel", Access::Needs(Permission::Promote), () => TrainView;
    /// Takes back everything a train promoted, the last one first.
    ROLL_BACK_TRAIN = Post "/api/trains/{train}/rollback", Access::Needs(Permission::RollBack), RollBackTrain => TrainView;

    /// Whether all is well, and a row for each of the services that most ask for somebody.
    GET_OVERVIEW = Get "/api/overview", READ, () => Overview;
    /// What happened, newest first: the audit log.
    GET_AUDIT = Get "/api/audit" ? AUDIT, Access::Needs(Permission::ReadAudit), () => Page<EventView>;
    /// Whether the audit log is as it was written, a page at a time. Query: `after`, and on the first page `anchor`,
    /// a `NUMBER:sha256:…` that was kept elsewhere.
    VERIFY_AUDIT = Get "/api/audit/verify" ? AUDIT_CHECK, Access::Needs(Permission::ReadAudit), () => AuditCheck;
    /// The newest block of the audit log's chain, to be kept elsewhere.
    GET_AUDIT_HEAD = Get "/api/audit/head", Access::Needs(Permission::ReadAudit), () => AuditHead;
    /// Events that could not be handled.
    LIST_DEAD_LETTERS = Get "/api/dead-letters", Access::Needs(Permission::ManageDeadLetters), () => Vec<DeadLetterView>;
    /// Sends an event that could not be handled again.
    REDRIVE_DEAD_LETTER = Post "/api/dead-letters/{subscriber}/{event}/redrive", Access::Needs(Permission::ManageDeadLetters), () => ();

    /// Who is signed in, and what they may do.
    GET_ME = Get "/api/me", Access::SignedIn, () => Me;
    /// Exchanges a one-time link's secret for a session cookie.
    SIGN_IN = Post "/auth/session", Access::Public, SignIn => Me;
    /// The ways to sign in, and why the last try of this browser at the identity provider came to nothing.
    GET_SIGN_IN_METHODS = Get "/auth/methods", Access::Public, () => SignInMethods;
    /// Leads a browser to the identity provider. Query: `next`, where in the panel to go afterwards.
    BEGIN_OIDC = Get "/auth/oidc" ? OIDC, Access::Public, () => ();
    /// Where the identity provider sends the browser back to. Leads on into the panel, or to `/sign-in?problem=…`;
    /// protected by the browser's state and cookie.
    FINISH_OIDC = Get "/auth/oidc/callback" ? OIDC_CALLBACK, Access::Public, () => ();
    /// Ends the session.
    SIGN_OUT = Delete "/auth/session", Access::SignedIn, () => ();
    /// Lists people.
    LIST_USERS = Get "/api/users", Access::Needs(Permission::ManageAccess), () => Vec<UserView>;
    /// One person.
    GET_USER = Get "/api/users/{login}", Access::Needs(Permission::ManageAccess), () => UserView;
    /// Adds a person, or changes what they may do.
    PUT_USER = Put "/api/users/{login}", Access::Needs(Permission::ManageAccess), PutUser => UserView;
    /// Makes a one-time sign-in link for a person.
    CREATE_SIGN_IN_LINK = Post "/api/users/{login}/sign-in-link", Access::Needs(Permission::ManageAccess), () => SignInLink;
    /// Says who a person is at the identity provider. Whoever that was here before is nobody there any more.
    LINK_IDENTITY = Put "/api/users/{login}/identity", Access::Needs(Permission::ManageAccess), LinkIdentity => UserView;
    /// Takes everything from a person at once: sessions end, tokens and links are refused, grants count for nothing.
    DISABLE_USER = Put "/api/users/{login}/disabled", Access::Needs(Permission::ManageAccess), () => UserView;
    /// Lets a person do again what was granted. Sessions from before stay ended.
    ENABLE_USER = Delete "/api/users/{login}/disabled", Access::Needs(Permission::ManageAccess), () => UserView;
    /// Lists one's API tokens; an admin's list has everybody's.
    LIST_TOKENS = Get "/api/tokens", Access::SignedIn, () => Vec<TokenView>;
    /// Makes an API token, which is answered once.
    CREATE_TOKEN = Post "/api/tokens", Access::SignedIn, CreateToken => CreatedToken;
    /// Revokes an API token.
    REVOKE_TOKEN = Delete "/api/tokens/{token}", Access::SignedIn, () => ();

    /// The JSON Schema of `keelson.toml`.
    GET_MANIFEST_SCHEMA = Get "/schema/keelson.schema.json", Access::Public, () => serde_json::Value;
    /// This API as an OpenAPI document.
    GET_OPENAPI = Get "/openapi.json", Access::Public, () => serde_json::Value;
    /// Whether the process runs.
    HEALTHZ = Get "/healthz", Access::Public, () => ();
    /// Whether it can serve requests: the store answers.
    READYZ = Get "/readyz", Access::Public, () => ();
}
