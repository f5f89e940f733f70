//! From a one-time sign-in link to a token for the command line.

use api::access::{CreateToken, CreatedToken, SignIn};
use api::routes::{CREATE_TOKEN, SIGN_IN, SIGN_OUT};
use reqwest::header::{COOKIE, HeaderValue, ORIGIN, SET_COOKIE};
use serde::Serialize;

use super::{Client, ClientError, Server};

/// Uses the link's secret up, makes a token with the session that it opens, and ends the session.
///
/// # Errors
/// When the secret is not valid any more, or the server is away.
pub(crate) async fn exchange(
    server: &Server,
    secret: &str,
    token: &CreateToken,
) -> Result<CreatedToken, ClientError> {
    let client = Client::new(server.clone(), None)?;
    let session = Session { client: &client, cookies: sign_in(&client, secret).await? };
    let url = server.url(&CREATE_TOKEN.path(&[]));
    let created = client.send(session.request(client.http.post(&url)).json(token), &url, true).await?;
    let url = server.url(&SIGN_OUT.path(&[]));
    // The token is made; a session that could not be ended ends by itself.
    let _: Result<(), _> = client.send(session.request(client.http.delete(&url)), &url, true).await;
    Ok(created)
}

async fn sign_in(client: &Client, secret: &str) -> Result<Vec<HeaderValue>, ClientError> {
    let url = client.server.url(&SIGN_IN.path(&[]));
    let body = json(&url, &SignIn { secret: secret.to_owned() })?;
    let request = client.http.post(&url).header(ORIGIN, client.server.origin()).json(&body);
    let response = request.send().await.map_err(|error| ClientError::unreachable(&url, true, error))?;
    let cookies = response.headers().get_all(SET_COOKIE).iter().filter_map(name_and_value).collect();
    client.answer::<serde_json::Value>(response, &url, true).await?;
    Ok(cookies)
}

fn json<T: Serialize>(url: &str, value: &T) -> Result<serde_json::Value, ClientError> {
    serde_json::to_value(value).map_err(|source| ClientError::unreadable(url, source))
}

/// What a browser sends back of a `Set-Cookie` header.
fn name_and_value(header: &HeaderValue) -> Option<HeaderValue> {
    let pair = header.to_str().ok()?.split(';').next()?;
    let mut value = HeaderValue::from_str(pair.trim()).ok()?;
    value.set_sensitive(true);
    Some(value)
}

struct Session<'a> {
    client: &'a Client,
    cookies: Vec<HeaderValue>,
}

impl Session<'_> {
    fn request(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request.header(ORIGIN, self.client.server.origin());
        self.cookies.iter().fold(request, |request, cookie| request.header(COOKIE, cookie))
    }
}
