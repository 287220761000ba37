//! A client for DynamoDB, its configuration built by hand: no credential chain, no aws-lc, nothing that a
//! throttled sandbox would pay for at its first call.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use secrecy::{ExposeSecret, SecretString};

use super::DynamoStore;

/// The longest that one operation takes, its retries included.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

/// Where DynamoDB is and who calls. In Lambda the runtime sets all of it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The AWS region.
    pub region: String,
    /// Another endpoint than the region's own: a local engine.
    pub endpoint: Option<String>,
    /// The caller's access key id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: SecretString,
    /// The session token of a role.
    pub session_token: Option<SecretString>,
}

/// A client. Connects at the first call.
#[must_use]
pub fn connect(connection: &Connection) -> Client {
    let credentials = Credentials::new(
        connection.access_key_id.clone(),
        connection.secret_access_key.expose_secret(),
        connection.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
        None,
        "linkkeeper",
    );
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(connection.region.clone()))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts)
        .http_client(http);
    config.set_endpoint_url(connection.endpoint.clone());
    Client::from_conf(config.build())
}

/// The store on a configured table.
#[must_use]
pub fn open((connection, table): &(Connection, String)) -> DynamoStore {
    DynamoStore::new(connect(connection), table.clone())
}
