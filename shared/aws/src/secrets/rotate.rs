//! Rotation of the sealing keyring, as Secrets Manager drives it: in four steps, each of which may be repeated.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use ports::SecretError;
use serde::Deserialize;

use crate::Connection;
use crate::error::told;

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";

/// What Secrets Manager asks of whoever rotates a secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RotationEvent {
    /// Which step.
    pub step: RotationStep,
    /// The ARN of the secret.
    pub secret_id: String,
    /// Names the version to make, however often the step is asked for.
    pub client_request_token: String,
}

/// The steps of a rotation, in the spelling of Secrets Manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RotationStep {
    /// Make the new version.
    CreateSecret,
    /// Have whoever takes the secret take the new one. Nobody but Keelson does.
    SetSecret,
    /// Try it.
    TestSecret,
    /// Make it the current one.
    FinishSecret,
}

/// Does one step: the new keyring has all keys of the one before and a random one more, which is its current one.
///
/// Nothing is sealed anew: what was sealed with an older key opens with it.
///
/// # Errors
/// If Secrets Manager does not answer or the keyring is none; then it asks again.
pub async fn rotate(connection: &Connection, event: &RotationEvent) -> Result<(), SecretError> {
    let client = Client::new(connection.sdk());
    let RotationEvent { step, secret_id, client_request_token } = event;
    match step {
        RotationStep::CreateSecret => create(&client, secret_id, client_request_token).await,
        RotationStep::SetSecret => Ok(()),
        RotationStep::TestSecret => {
            let pending = value(&client, secret_id, PENDING).await?;
            let pending = pending.ok_or_else(|| SecretError("there is no new version to try".to_owned()))?;
            keys(&pending).map(drop)
        }
        RotationStep::FinishSecret => finish(&client, secret_id, client_request_token).await,
    }
}

async fn create(client: &Client, secret: &str, token: &str) -> Result<(), SecretError> {
    if value(client, secret, PENDING).await?.is_some() {
        return Ok(());
    }
    let current = value(client, secret, CURRENT).await?;
    let mut keyring = keys(&current.ok_or_else(|| SecretError("there is no keyring yet".to_owned()))?)?;
    let key = client.get_random_password().password_length(64).exclude_punctuation(true).send().await;
    let key = key.map_err(|error| SecretError(told(&error)))?;
    let key = key.random_password().ok_or_else(|| SecretError("no random text was given".to_owned()))?;
    // The version's own name, so that the step makes the same key's name however often it is asked for.
    let name: String = token.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    keyring.insert(name.clone(), key.to_owned());
    keyring.insert("current".to_owned(), name);
    let text = serde_json::to_string(&keyring).map_err(|error| SecretError(error.to_string()))?;
    let put = client.put_secret_value().secret_id(secret).client_request_token(token);
    put.secret_string(text)
        .version_stages(PENDING)
        .send()
        .await
        .map_err(|error| SecretError(told(&error)))?;
    Ok(())
}

async fn finish(client: &Client, secret: &str, token: &str) -> Result<(), SecretError> {
    let described = client.describe_secret().secret_id(secret).send().await;
    let described = described.map_err(|error| SecretError(told(&error)))?;
    let stages = described.version_ids_to_stages();
    let current = stages
        .and_then(|stages| stages.iter().find(|(_, stages)| stages.iter().any(|stage| stage == CURRENT)))
        .map(|(version, _)| version.clone());
    if current.as_deref() == Some(token) {
        return Ok(());
    }
    let update = client.update_secret_version_stage().secret_id(secret).version_stage(CURRENT);
    let update = update.move_to_version_id(token).set_remove_from_version_id(current);
    update.send().await.map(drop).map_err(|error| SecretError(told(&error)))
}

/// The text of a version; none if there is no such.
async fn value(client: &Client, secret: &str, stage: &str) -> Result<Option<String>, SecretError> {
    match client.get_secret_value().secret_id(secret).version_stage(stage).send().await {
        Ok(value) => Ok(value.secret_string().map(str::to_owned)),
        Err(error)
            if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
        {
            Ok(None)
        }
        Err(error) => Err(SecretError(told(&error))),
    }
}

fn keys(text: &str) -> Result<BTreeMap<String, String>, SecretError> {
    serde_json::from_str(text).map_err(|_| SecretError("the keyring is no JSON object of texts".to_owned()))
}
