//! Secrets Manager: where an installation's own secrets are.

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use ports::{SecretError, SecretSource};

use crate::Connection;
use crate::error::told;

mod rotate;

pub use rotate::{RotationEvent, RotationStep, rotate};

/// A secret of Secrets Manager, by its ARN or name.
#[derive(Debug, Clone)]
pub struct ManagedSecret {
    client: Client,
    id: String,
}

impl ManagedSecret {
    /// The secret of that ARN or name. It is not read yet.
    pub fn new(connection: &Connection, id: &str) -> Self {
        Self { client: Client::new(connection.sdk()), id: id.to_owned() }
    }
}

#[async_trait]
impl SecretSource for ManagedSecret {
    async fn read(&self) -> Result<String, SecretError> {
        let read = self.client.get_secret_value().secret_id(&self.id).send().await;
        let read = read.map_err(|error| SecretError(format!("{}: {}", self.id, told(&error))))?;
        let text = read.secret_string().map(str::to_owned);
        text.ok_or_else(|| SecretError(format!("{} holds no text", self.id)))
    }
}
