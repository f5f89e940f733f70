#![doc = include_str!("../README.md")]

use axum::Router;
use edge::{Core, Routes};

mod audit;
pub mod bootstrap;
pub mod chain;
mod create_sign_in_link;
mod create_token;
mod dead_letters;
mod http;
mod list_tokens;
mod put_user;
mod revoke_token;
mod sign_in;
mod sign_out;
#[cfg(test)]
mod tests;
mod verify_audit;
mod view;

/// What this function needs: the shared core.
#[derive(Debug, Clone)]
pub struct App {
    /// Store, clock, ids, settings.
    pub core: Core,
}

/// The routes of this function.
pub fn router(app: App) -> Router {
    use api::routes;
    Routes::<App>::new(&app.core)
        .on(&routes::GET_ME, http::me)
        .on(&routes::SIGN_IN, http::sign_in)
        .on(&routes::SIGN_OUT, http::sign_out)
        .on(&routes::LIST_USERS, http::list_users)
        .on(&routes::GET_USER, http::get_user)
        .on(&routes::PUT_USER, http::put_user)
        .on(&routes::CREATE_SIGN_IN_LINK, http::create_sign_in_link)
        .on(&routes::LIST_TOKENS, http::list_tokens)
        .on(&routes::CREATE_TOKEN, http::create_token)
        .on(&routes::REVOKE_TOKEN, http::revoke_token)
        .on(&routes::GET_AUDIT, http::audit)
        .on(&routes::VERIFY_AUDIT, http::verify_audit)
        .on(&routes::GET_AUDIT_HEAD, http::audit_head)
        .on(&routes::LIST_DEAD_LETTERS, http::list_dead_letters)
        .on(&routes::REDRIVE_DEAD_LETTER, http::redrive_dead_letter)
        .on(&routes::GET_MANIFEST_SCHEMA, http::manifest_schema)
        .on(&routes::GET_OPENAPI, http::openapi)
        .on(&routes::HEALTHZ, http::healthz)
        .on(&routes::READYZ, http::readyz)
        .build(app)
}
