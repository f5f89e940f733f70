//! How often may be asked without saying who asks: signing in, and webhooks.
//!
//! Signing in is counted in the store, because on AWS many processes answer: one conditional write for each try, two
//! when tries come one upon the other. Webhooks are counted in memory, in each process for itself: they come by the
//! hundred a second, and what they cost is told by the process that answers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use api::{Access, Method, Route};
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::rate::Limit;
use domain::{Login, Period};
use http::HeaderValue;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::address::neighborhood;
use crate::authenticate::is_from_elsewhere;
use crate::{ApiError, Core};

/// Tries to sign in from one address. Secrets cannot be guessed, so this only keeps floods from the store.
const SIGN_IN: Limit = Limit { burst: 60, every: Period::seconds(1) };
/// Sessions of one person that begin.
const SESSIONS: Limit = Limit { burst: 60, every: Period::seconds(5) };
/// Deliveries to one connection from one address: far above what a git host sends, which does not try again.
const DELIVERIES: Limit = Limit { burst: 5_000, every: Period::millis(1) };
/// How many buckets are kept in memory: some 300 KB, because a name is kept as its hash, however long it is.
const MOST_BUCKETS: usize = 4_096;
/// The bucket that those without one share.
const SHARED: [u8; 32] = [0; 32];

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Becoming somebody.
    SignIn,
    /// Telling of something that happened elsewhere.
    Ingest,
}

/// What a route is limited as. Whoever is known is not limited: a route that asks who calls has no class.
pub(crate) fn class(route: &Route) -> Option<Class> {
    let public = route.access == Access::Public;
    match route.path.split('/').nth(1) {
        Some("auth") if public => Some(Class::SignIn),
        Some("hooks" | "ingest") if public => Some(Class::Ingest),
        _ => None,
    }
}

/// The guard of a route that is limited.
#[derive(Clone)]
pub(crate) struct Limited {
    pub(crate) core: Core,
    pub(crate) route: Route,
    pub(crate) class: Class,
}

/// Lets a request through unless there were too many.
pub(crate) async fn limit(
    State(Limited { core, route, class }): State<Limited>,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let from = neighborhood(&core.settings, request.headers(), request.extensions());
    match class {
        Class::SignIn => {
            if route.method != Method::Get && is_from_elsewhere(&core, request.headers()) {
                return Err(ApiError::forbidden(
                    "This request comes from another site's page, and nobody is signed in for it.",
                ));
            }
            take(&core, &format!("sign-in from {from}"), SIGN_IN).await?;
        }
        Class::Ingest => {
            let to = parameters.iter().map(|(_, value)| value).collect::<Vec<_>>().join("/");
            core.buckets.take(&format!("{to} from {from}"), DELIVERIES, core.now()).map_err(too_often)?;
        }
    }
    Ok(next.run(request).await)
}

/// Counts a session of a person that is about to begin, however they prove who they are.
///
/// # Errors
/// [`ApiError::too_many_requests`] if there were too many.
pub async fn session_of(core: &Core, login: &Login) -> Result<(), ApiError> {
    take(core, &format!("sign-in of {login}"), SESSIONS).await
}

async fn take(core: &Core, bucket: &str, limit: Limit) -> Result<(), ApiError> {
    core.store.take_from_bucket(bucket, limit, core.now()).await?.map_err(too_often)
}

fn too_often(wait: Period) -> ApiError {
    let seconds = (wait.as_millis() + 999) / 1_000;
    ApiError::too_many_requests("There were too many requests like this one. Wait, and try again.")
        .with_header(RETRY_AFTER, HeaderValue::from(seconds.max(1)))
}

/// Buckets of this process.
#[derive(Debug, Default)]
pub(crate) struct Buckets(Mutex<HashMap<[u8; 32], Timestamp>>);

impl Buckets {
    /// Takes one from a bucket, unless it is empty: then how long to wait.
    ///
    /// There are only so many. Full ones are forgotten first, which changes nothing; if all are in use, those without a
    /// bucket share one, so that a flood of names takes no memory and leaves those alone that were there before.
    fn take(&self, name: &str, limit: Limit, now: Timestamp) -> Result<(), Period> {
        let mut name: [u8; 32] = Sha256::digest(name).into();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&name) {
            buckets.retain(|_, full_at| *full_at > now);
            if buckets.len() >= MOST_BUCKETS {
                name = SHARED;
            }
        }
        let full_at = limit.admit(buckets.get(&name).copied(), now)?;
        buckets.insert(name, full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use api::routes::ALL;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_000).unwrap()
    }

    #[test]
    fn whatever_changes_something_for_nobody_in_particular_is_limited() {
        for route in ALL.iter().filter(|route| route.access == Access::Public && route.method != Method::Get)
        {
            assert!(class(route).is_some(), "{} {} has no limit: see `class`", route.method, route.path);
        }
        assert_eq!(class(&api::routes::SIGN_IN.route), Some(Class::SignIn));
        assert_eq!(class(&api::routes::SIGN_OUT.route), None, "whoever is known is not limited");
        assert_eq!(class(&api::routes::RECEIVE_HOOK.route), Some(Class::Ingest));
        assert_eq!(class(&api::routes::HEALTHZ.route), None);
    }

    #[test]
    fn a_flood_of_names_takes_no_more_memory_and_leaves_others_alone() {
        let limit = Limit { burst: 2, every: Period::seconds(1) };
        let buckets = Buckets::default();
        buckets.take("known", limit, now()).unwrap();
        let through =
            (0..10_000).filter(|n| buckets.take(&format!("name {n}"), limit, now()).is_ok()).count();
        assert_eq!(buckets.0.lock().unwrap().len(), MOST_BUCKETS + 1);
        assert_eq!(through, MOST_BUCKETS - 1 + 2, "those beyond share one bucket");
        assert!(buckets.take("known", limit, now()).is_ok());
        let later = Period::seconds(10).after(now());
        assert!(buckets.take("new", limit, later).is_ok());
        assert_eq!(buckets.0.lock().unwrap().len(), 1, "what is full again is forgotten");
    }
}
