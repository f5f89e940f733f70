#![doc = include_str!("../README.md")]

use std::sync::Arc;

use axum::Router;
use edge::{Core, Routes};

mod audit;
mod begin_oidc;
pub mod bootstrap;
pub mod chain;
mod create_sign_in_link;
mod create_token;
mod dead_letters;
mod disable_user;
mod enter;
mod finish_oidc;
mod http;
mod link_identity;
mod list_tokens;
mod provider;
mod put_user;
mod revoke_token;
mod sign_in;
mod sign_in_methods;
mod sign_out;
#[cfg(test)]
mod tests;
mod verify_audit;
mod view;

pub use integrations::oidc::BadAddress;
use provider::Provider;

/// What this function needs: the shared core, and the identity provider that its settings name, if they name one.
#[derive(Debug, Clone)]
pub struct App {
    /// Store, clock, ids, settings.
    pub core: Core,
    provider: Option<Arc<Provider>>,
}

impl App {
    /// An app that signs people in as its settings say. The identity provider is not asked yet.
    ///
    /// # Errors
    /// If the identity provider's address may not be asked.
    pub fn new(core: Core) -> Result<Self, BadAddress> {
        let provider = Provider::of(&core.settings)?.map(Arc::new);
        Ok(Self { core, provider })
    }
}

/// The routes of this function.
pub fn router(app: App) -> Router {
    use api::routes;
    Routes::<App>::new(&app.core)
        .on(&routes::GET_ME, http::me)
        .on(&routes::SIGN_IN, http::sign_in)
        .on(&routes::GET_SIGN_IN_METHODS, http::sign_in_methods)
        .on(&routes::BEGIN_OIDC, http::begin_oidc)
        .on(&routes::FINISH_OIDC, http::finish_oidc)
        .on(&routes::SIGN_OUT, http::sign_out)
        .on(&routes::LIST_USERS, http::list_users)
        .on(&routes::GET_USER, http::get_user)
        .on(&routes::PUT_USER, http::put_user)
        .on(&routes::CREATE_SIGN_IN_LINK, http::create_sign_in_link)
        .on(&routes::LINK_IDENTITY, http::link_identity)
        .on(&routes::DISABLE_USER, http::disable_user)
        .on(&routes::ENABLE_USER, http::enable_user)
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
