//! The identity of a GitHub Actions job: a token that GitHub signs, so that no secret has to be kept in CI.

use std::time::Duration;

use reqwest::header::ACCEPT;
use secrecy::SecretString;
use serde::Deserialize;

use super::{Client, ClientError, Credential, Server, bearer, http};
use crate::surroundings::Surroundings;

#[derive(Deserialize)]
struct Answer {
    value: String,
}

impl Client {
    /// Asks GitHub for a token of this job, made out to that server. `None` outside of GitHub Actions, and in a job
    /// without `permissions: id-token: write`.
    ///
    /// # Errors
    /// When GitHub does not answer, or refuses.
    pub(crate) async fn job_token(
        server: &Server,
        surroundings: &Surroundings,
    ) -> Result<Option<Credential>, ClientError> {
        let request_url = surroundings.variable("ACTIONS_ID_TOKEN_REQUEST_URL");
        let request_token = surroundings.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN").and_then(bearer);
        let (Some(url), Some(authorization)) = (request_url, request_token) else { return Ok(None) };
        let request = http(server)?
            .get(url)
            .query(&[("audience", audience(server))])
            .timeout(Duration::from_secs(30))
            .header(ACCEPT, "application/json")
            .header(reqwest::header::AUTHORIZATION, authorization);
        let response = request.send().await.map_err(|error| ClientError::unreachable(url, false, error))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| ClientError::unreachable(url, false, error))?;
        if !status.is_success() {
            return Err(ClientError::refused(url, status, &body, Some("ACTIONS_ID_TOKEN_REQUEST_TOKEN")));
        }
        let answer: Answer =
            serde_json::from_slice(&body).map_err(|source| ClientError::unreadable(url, source))?;
        let token = SecretString::from(answer.value);
        Ok(Some(Credential { token, source: "this GitHub Actions job".to_owned() }))
    }
}

/// Whom the token is made out to, so that no other installation takes it.
fn audience(server: &Server) -> String {
    format!("keelson:{server}")
}
