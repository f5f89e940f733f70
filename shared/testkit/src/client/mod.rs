//! Calls a router as somebody.

mod answer;
mod call;
mod checks;

use std::sync::Arc;

use api::endpoint::Endpoint;
use axum::Router;
use domain::Login;
use domain::access::Role;
use domain::access_records::{Session, User};
use edge::{Core, credentials, middleware};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue};
use tokio::sync::OnceCell;

pub use answer::Answer;
pub use call::Call;

use crate::user;

/// Calls a router as somebody. Clones are the same caller.
#[derive(Clone)]
pub struct Client {
    core: Core,
    router: Router,
    identity: Identity,
}

#[derive(Clone)]
enum Identity {
    Nobody,
    /// Written into the store with the first call, and left alone from then on.
    Person(Arc<User>, Arc<OnceCell<()>>),
    Bearer(String),
}

impl Client {
    pub(crate) fn new(core: &Core, router: Router) -> Self {
        let router = middleware::stack(core, router);
        Self { core: core.clone(), router, identity: Identity::Nobody }
    }

    /// The same router, called by nobody in particular.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        self.with(Identity::Nobody)
    }

    /// The same router, called from the panel by a person with that role everywhere.
    ///
    /// # Panics
    /// If the login is none.
    #[must_use]
    pub fn as_user(&self, login: &str, role: Role) -> Self {
        self.as_person(user(login, role))
    }

    /// The same router, called from the panel by that person, who becomes what is given with the next call.
    #[must_use]
    pub fn as_person(&self, user: User) -> Self {
        self.with(Identity::Person(Arc::new(user), Arc::default()))
    }

    /// The same router, called with a bearer token: an API token, or a CI job's.
    #[must_use]
    pub fn as_token(&self, secret: &str) -> Self {
        self.with(Identity::Bearer(secret.to_owned()))
    }

    fn with(&self, identity: Identity) -> Self {
        Self { identity, ..self.clone() }
    }

    /// A call of an endpoint, with its path's parameters in order. Awaiting it makes it.
    pub fn call<Q, R>(&self, endpoint: &Endpoint<Q, R>, parameters: &[&str]) -> Call<Q, R> {
        self.request(endpoint.route.method.as_str(), &endpoint.path(parameters))
    }

    /// A call of any method and address, for what is no endpoint.
    ///
    /// # Panics
    /// If the method is none.
    pub fn request<Q, R>(&self, method: &str, path: &str) -> Call<Q, R> {
        Call::new(self.clone(), method.parse().expect("a method"), path.to_owned())
    }

    /// The headers by which a browser or a program says who it is.
    async fn credentials(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let header = |text: String| HeaderValue::from_str(&text).expect("a header");
        match &self.identity {
            Identity::Nobody => {}
            Identity::Bearer(secret) => {
                headers.insert(AUTHORIZATION, header(format!("Bearer {secret}")));
            }
            Identity::Person(user, is_there) => {
                is_there.get_or_init(|| self.write_user(user)).await;
                let secret = self.sign_in(&user.login).await;
                headers.insert(
                    COOKIE,
                    header(format!("{}={secret}", credentials::session_cookie_name(&self.core.settings))),
                );
                headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
            }
        }
        headers
    }

    async fn write_user(&self, user: &User) {
        let known = self.core.store.user(&user.login).await.expect("the store answers");
        if known.as_ref().is_some_and(|known| known.value == *user) {
            return;
        }
        let mut transaction = self.core.store.transaction(self.core.now());
        transaction.save(user, known.map(|known| known.version));
        transaction.commit().await.expect("a user is written");
    }

    /// A session, a new one if the last has ended.
    async fn sign_in(&self, login: &Login) -> String {
        let secret = format!("session-of-{login}");
        let (hash, now) = (credentials::secret_hash(&secret), self.core.now());
        if self.core.store.session(&hash, now).await.expect("the store answers").is_none() {
            let expires_at = credentials::SESSION_LIFETIME.after(now);
            let mut transaction = self.core.store.transaction(now);
            transaction.put_new(&Session { hash, login: login.clone(), created_at: now, expires_at });
            transaction.commit().await.expect("a session is written");
        }
        secret
    }
}
