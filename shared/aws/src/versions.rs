//! Which published version of a function is which artifact.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_lambda::Client;
use domain::Digest;

use crate::Connection;
use crate::error::told;
use crate::hash::base64_of;

/// The published versions of functions. What a version's code is never changes, so it is asked for once.
#[derive(Debug, Clone)]
pub(crate) struct Versions {
    client: Client,
    known: Arc<Mutex<HashMap<(String, Digest), String>>>,
}

impl Versions {
    pub(crate) fn new(connection: &Connection) -> Self {
        Self { client: Client::new(connection.sdk()), known: Arc::default() }
    }

    /// The newest version of a function that is that artifact; none if none was published.
    pub(crate) async fn of(&self, function: &str, artifact: &Digest) -> Result<Option<String>, String> {
        let key = (function.to_owned(), *artifact);
        if let Some(version) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Some(version.clone()));
        }
        let wanted = base64_of(artifact);
        let mut pages =
            self.client.list_versions_by_function().function_name(function).into_paginator().send();
        let mut newest: Option<(u64, String)> = None;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| told(&error))?;
            for version in page.versions() {
                let Some(number) = version.version().and_then(|text| text.parse::<u64>().ok()) else {
                    continue;
                };
                let is_newer = newest.as_ref().is_none_or(|(newest, _)| number > *newest);
                if version.code_sha256() == Some(wanted.as_str()) && is_newer {
                    newest = Some((number, number.to_string()));
                }
            }
        }
        let version = newest.map(|(_, version)| version);
        if let Some(version) = &version {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(key, version.clone());
        }
        Ok(version)
    }
}
