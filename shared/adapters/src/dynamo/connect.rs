//! A client for DynamoDB. Its configuration is built by hand (see [`crate::aws`]).

use aws_sdk_dynamodb::{
    Client,
    config::{
        BehaviorVersion, Config,
        endpoint::{DefaultResolver, Params, ResolveEndpoint},
    },
};

use super::DynamoStore;
use crate::aws::{self, WayOut};

pub use crate::aws::{Connection, OPERATION_TIMEOUT};

/// A client. Connects at the first call.
#[must_use]
pub fn connect(connection: &Connection) -> Client {
    over(connection, WayOut::trusting(&connection.trust))
}

fn over(connection: &Connection, way_out: WayOut) -> Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(connection.region())
        .credentials_provider(connection.credentials())
        .retry_config(aws::retries())
        .timeout_config(aws::timeouts())
        .http_client(way_out);
    config.set_endpoint_url(connection.endpoint.clone());
    Client::from_conf(config.build())
}

/// The store in a table. Connects at the first call.
#[must_use]
pub fn open((connection, table): &(Connection, String)) -> DynamoStore {
    DynamoStore::new(connect(connection), table.clone())
}

/// The store in a table, with a connection that is open already: for functions that read nothing from it at init, and
/// certainly need it.
pub async fn open_connected((connection, table): &(Connection, String)) -> DynamoStore {
    let way_out = WayOut::trusting(&connection.trust);
    if let Some(url) = address(connection).await {
        way_out.reach(&url).await;
    }
    DynamoStore::new(over(connection, way_out), table.clone())
}

/// Where the SDK will call.
async fn address(connection: &Connection) -> Option<String> {
    if connection.endpoint.is_some() {
        return connection.endpoint.clone();
    }
    let place = Params::builder().region(connection.region.clone()).build().ok()?;
    Some(DefaultResolver::new().resolve_endpoint(&place).await.ok()?.url().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::Trust;

    #[tokio::test]
    async fn the_address_that_is_reached_at_init_is_the_one_that_is_called() {
        let at = |region: &str, endpoint: Option<&str>| Connection {
            region: region.to_owned(),
            endpoint: endpoint.map(str::to_owned),
            access_key_id: "id".to_owned(),
            secret_access_key: "secret".into(),
            session_token: None,
            trust: Trust::default(),
        };
        let cloud = address(&at("sa-east-1", None)).await;
        assert_eq!(cloud.as_deref(), Some("https://dynamodb.sa-east-1.amazonaws.com"));
        let china = address(&at("cn-north-1", None)).await;
        assert_eq!(china.as_deref(), Some("https://dynamodb.cn-north-1.amazonaws.com.cn"));
        let local = Some("http://127.0.0.1:8000");
        assert_eq!(address(&at("local", local)).await.as_deref(), local);
    }
}
