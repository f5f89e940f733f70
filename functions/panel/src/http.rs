//! Thin handlers: what comes in, the use case, the type on the wire.

use api::Page;
use api::access::{
    CreateToken, CreatedToken, LinkIdentity, Me, PutUser, SignIn, SignInLink, SignInMethods, TokenView,
    UserView,
};
use api::audit::{AuditCheck, AuditHead};
use api::overview::{DeadLetterView, EventView};
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::access::{Permission, Place};
use domain::{EventId, Login, TokenId};
use edge::credentials::{
    ended_session_cookie, ended_sign_in_cookie, session_cookie, sign_in_cookie, sign_in_handle,
};
use edge::{ApiError, ApiResult, At, Caller, IfMatch, Json, NoContent, Path, Query, RequestContext};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::audit::AuditQuery;
use crate::begin_oidc::BeginQuery;
use crate::finish_oidc::{Answer, Finished};
use crate::verify_audit::VerifyQuery;
use crate::{
    App, audit, begin_oidc, create_sign_in_link, create_token, dead_letters, disable_user, finish_oidc,
    link_identity, list_tokens, put_user, revoke_token, sign_in, sign_in_methods, sign_out, verify_audit,
    view,
};

pub(crate) async fn me(caller: Caller) -> ApiResult<Me> {
    view::me(&caller).map(Json)
}

pub(crate) async fn sign_in(
    State(app): State<App>,
    request: RequestContext,
    Json(SignIn { secret }): Json<SignIn>,
) -> Result<Response, ApiError> {
    let signed_in = sign_in::sign_in(&app, &request, &secret).await?;
    let cookie = session_cookie(&app.core.settings, &signed_in.secret);
    Ok(([(SET_COOKIE, cookie)], Json(signed_in.me)).into_response())
}

pub(crate) async fn sign_in_methods(State(app): State<App>, headers: HeaderMap) -> ApiResult<SignInMethods> {
    let handle = sign_in_handle(&app.core.settings, &headers);
    sign_in_methods::sign_in_methods(&app, handle).await.map(Json)
}

pub(crate) async fn begin_oidc(
    State(app): State<App>,
    Query(BeginQuery { next }): Query<BeginQuery>,
) -> Result<Response, ApiError> {
    Ok(match begin_oidc::begin(&app, next.as_deref()).await? {
        Ok(begun) => lead(&begun.address, [sign_in_cookie(&app.core.settings, &begun.handle)]),
        Err(problem) => lead(&begin_oidc::back(problem, next.as_deref()), []),
    })
}

pub(crate) async fn finish_oidc(
    State(app): State<App>,
    request: RequestContext,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, ApiError> {
    let settings = &app.core.settings;
    let handle = sign_in_handle(settings, &headers);
    Ok(match finish_oidc::finish(&app, &request, handle, &answer).await? {
        Finished::SignedIn { secret, next } => {
            lead(&next, [session_cookie(settings, &secret), ended_sign_in_cookie(settings)])
        }
        // The cookie stays: by it the browser is told more, such as which groups are known.
        Finished::Refused { problem, next } => lead(&begin_oidc::back(problem, next.as_deref()), []),
    })
}

/// Leads a browser on, with cookies for its way.
fn lead<const N: usize>(address: &str, cookies: [HeaderValue; N]) -> Response {
    // An address that is no header leads nowhere; those here are escaped or checked.
    let address = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    (StatusCode::FOUND, [(LOCATION, address)], cookies).into_response()
}

pub(crate) async fn sign_out(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
) -> Result<Response, ApiError> {
    sign_out::sign_out(&app, &request, &caller).await?;
    Ok(([(SET_COOKIE, ended_session_cookie(&app.core.settings))], NoContent).into_response())
}

pub(crate) async fn list_users(State(app): State<App>, caller: Caller) -> ApiResult<Vec<UserView>> {
    caller.check(Permission::ManageAccess, &Place::default())?;
    let users = app.core.store.users().await?;
    Ok(Json(users.into_iter().map(|user| view::user(user.value)).collect()))
}

pub(crate) async fn get_user(
    State(app): State<App>,
    caller: Caller,
    Path(login): Path<Login>,
) -> Result<(At, Json<UserView>), ApiError> {
    caller.check(Permission::ManageAccess, &Place::default())?;
    let user = app.core.store.user(&login).await?.ok_or_else(|| ApiError::not_found("user", &login))?;
    Ok((At(user.version), Json(view::user(user.value))))
}

pub(crate) async fn put_user(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(login): Path<Login>,
    expected: IfMatch,
    Json(body): Json<PutUser>,
) -> Result<(At, Json<UserView>), ApiError> {
    caller.check(Permission::ManageAccess, &Place::default())?;
    let user = put_user::put_user(&app, &request, &caller.actor, login, body, &expected).await?;
    Ok((At(user.version), Json(view::user(user.value))))
}

pub(crate) async fn link_identity(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(login): Path<Login>,
    Json(body): Json<LinkIdentity>,
) -> ApiResult<UserView> {
    caller.check(Permission::ManageAccess, &Place::default())?;
    let user = link_identity::link_identity(&app, &request, &caller.actor, login, body).await?;
    Ok(Json(view::user(user)))
}

pub(crate) async fn disable_user(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(login): Path<Login>,
) -> ApiResult<UserView> {
    caller.check(Permission::ManageAccess, &Place::default())?;
    disable_user::disable(&app, &request, &caller.actor, login).await.map(view::user).map(Json)
}

pub(crate) async fn enable_user(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(login): Path<Login>,
) -> ApiResult<UserView> {
    caller.check(Permission::ManageAccess, &Place::default())?;
    disable_user::enable(&app, &request, &caller.actor, login).await.map(view::user).map(Json)
}

pub(crate) async fn create_sign_in_link(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(login): Path<Login>,
) -> ApiResult<SignInLink> {
    caller.check(Permission::ManageAccess, &Place::default())?;
    create_sign_in_link::create_sign_in_link(&app, &request, &caller.actor, login).await.map(Json)
}

pub(crate) async fn list_tokens(State(app): State<App>, caller: Caller) -> ApiResult<Vec<TokenView>> {
    list_tokens::list_tokens(&app, &caller).await.map(Json)
}

pub(crate) async fn create_token(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Json(body): Json<CreateToken>,
) -> ApiResult<CreatedToken> {
    create_token::create_token(&app, &request, &caller, body).await.map(Json)
}

pub(crate) async fn revoke_token(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path(id): Path<TokenId>,
) -> Result<NoContent, ApiError> {
    revoke_token::revoke_token(&app, &request, &caller, id).await.map(|()| NoContent)
}

pub(crate) async fn audit(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> ApiResult<Page<EventView>> {
    audit::audit(&app, &caller, query).await.map(Json)
}

pub(crate) async fn verify_audit(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<VerifyQuery>,
) -> ApiResult<AuditCheck> {
    caller.check(Permission::ReadAudit, &Place::default())?;
    verify_audit::verify(&app, query).await.map(Json)
}

pub(crate) async fn audit_head(State(app): State<App>, caller: Caller) -> ApiResult<AuditHead> {
    caller.check(Permission::ReadAudit, &Place::default())?;
    verify_audit::head(&app).await.map(Json)
}

pub(crate) async fn list_dead_letters(State(app): State<App>) -> ApiResult<Vec<DeadLetterView>> {
    dead_letters::list(&app).await.map(Json)
}

pub(crate) async fn redrive_dead_letter(
    State(app): State<App>,
    request: RequestContext,
    caller: Caller,
    Path((subscriber, event)): Path<(String, EventId)>,
) -> Result<NoContent, ApiError> {
    dead_letters::redrive(&app, &request, &caller.actor, subscriber, event).await.map(|()| NoContent)
}

pub(crate) async fn manifest_schema() -> ApiResult<serde_json::Value> {
    Ok(Json(domain::manifest::json_schema().to_value()))
}

pub(crate) async fn openapi() -> ApiResult<serde_json::Value> {
    Ok(Json(api::openapi::document()))
}

pub(crate) async fn healthz() -> NoContent {
    NoContent
}

pub(crate) async fn readyz(State(app): State<App>) -> Result<NoContent, ApiError> {
    // Whatever is wrong with the store, requests cannot be served, and trying again later may help.
    app.core.store.ping().await.map(|()| NoContent).map_err(ApiError::unavailable)
}
