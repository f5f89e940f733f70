//! The way to AWS: one HTTP client, one region, one role.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one try may take.
const ATTEMPT: Duration = Duration::from_secs(6);
/// How long all tries together may take: well below the time a function has.
const OPERATION: Duration = Duration::from_secs(15);

/// The way to AWS. Cloning it is cheap, and every client that is made of it shares its connections.
#[derive(Debug, Clone)]
pub struct Connection {
    sdk: SdkConfig,
}

impl Connection {
    /// The way that the function's environment names: its region and the credentials of its role. With
    /// `AWS_ENDPOINT_URL`, everything goes there instead: an emulator.
    pub async fn from_env() -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(OPERATION);
        let sdk = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .timeout_config(timeouts.build())
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .load()
            .await;
        Self { sdk }
    }

    /// A way that was made elsewhere: in a test, to a fake.
    pub fn new(sdk: SdkConfig) -> Self {
        Self { sdk }
    }

    /// What SDK clients are made of.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// A client of DynamoDB, which is the store.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.sdk)
    }

    /// How S3 is spoken to. An emulator has one address, so buckets are named in the path there.
    pub(crate) fn s3(&self) -> aws_sdk_s3::Config {
        let by_path = self.sdk.endpoint_url().is_some();
        aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(by_path).build()
    }
}
