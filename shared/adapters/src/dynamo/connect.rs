//! A client for DynamoDB. Its configuration is built by hand (see [`crate::aws`]).

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config},
};

use super::DynamoStore;
use crate::aws;

pub use crate::aws::{Connection, OPERATION_TIMEOUT};

/// A client. Connects at the first call.
#[must_use]
pub fn connect(connection: &Connection) -> Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(connection.region())
        .credentials_provider(connection.credentials())
        .retry_config(aws::retries())
        .timeout_config(aws::timeouts())
        .http_client(aws::http());
    config.set_endpoint_url(connection.endpoint.clone());
    Client::from_conf(config.build())
}

/// The store on a configured table.
#[must_use]
pub fn open((connection, table): &(Connection, String)) -> DynamoStore {
    DynamoStore::new(connect(connection), table.clone())
}
