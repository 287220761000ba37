//! The SDK's HTTP client that opens no socket: a request is handed to the engine on a blocking thread.
//!
//! A caller that stops waiting does not stop the write: as with a network, it may have happened.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, HttpClient, Region, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use std::time::Duration;

use super::{Answer, Engine};

/// The access key id of every local tool. Published, so it proves nothing: it only shows that the
/// caller meant this database and not an account.
pub const DEV_ACCESS_KEY: &str = "linkkeeper-dev";
/// The secret that goes with [`DEV_ACCESS_KEY`].
pub const DEV_SECRET_KEY: &str = "linkkeeper-dev";
/// A region that AWS does not have.
pub const DEV_REGION: &str = "local";

/// A name that can never resolve: should a request ever reach a network, it ends there.
const NOWHERE: &str = "http://engine.invalid";

/// The SDK over any HTTP client: the engine's own, or a test's wrapper around it.
///
/// At most three attempts, with pauses fit for a call that never leaves the process. The retry
/// allowance belongs to this client alone: the SDK would otherwise share one among all clients of the
/// process, and a test full of faults would use up that of its neighbours.
#[must_use]
pub fn client_over(http: impl HttpClient + 'static) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(DEV_REGION))
        .credentials_provider(credentials())
        .endpoint_url(NOWHERE)
        .retry_config(retries())
        .retry_partition(RetryPartition::custom("linkkeeper-engine").build())
        .http_client(http)
        .build();
    Client::from_conf(config)
}

/// The SDK for streams over the same.
pub(super) fn streams_over(http: impl HttpClient + 'static) -> aws_sdk_dynamodbstreams::Client {
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(DEV_REGION))
        .credentials_provider(credentials())
        .endpoint_url(NOWHERE)
        .retry_config(retries())
        .http_client(http)
        .build();
    aws_sdk_dynamodbstreams::Client::from_conf(config)
}

fn credentials() -> Credentials {
    Credentials::new(DEV_ACCESS_KEY, DEV_SECRET_KEY, None, None, "linkkeeper")
}

fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(20))
        .with_max_backoff(Duration::from_millis(200))
}

/// The engine, seen from the SDK.
#[derive(Clone, Debug)]
pub(super) struct InProcess {
    engine: Engine,
}

impl InProcess {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let engine = self.engine.clone();
        HttpConnectorFuture::new(async move {
            let answered = tokio::task::spawn_blocking(move || answer(&engine, &request)).await;
            let answer = answered.map_err(|lost| ConnectorError::other(lost.into(), None))??;
            response(answer)
        })
    }
}

fn answer(engine: &Engine, request: &HttpRequest) -> Result<Answer, ConnectorError> {
    let header = |name| request.headers().get(name).unwrap_or_default();
    let target = header("x-amz-target");
    let body = request
        .body()
        .bytes()
        .ok_or_else(|| ConnectorError::user("a DynamoDB request is never a stream".into()))?;
    engine.note(header("user-agent"), target, body);
    Ok(engine.dispatch(target, body))
}

fn response(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status.try_into();
    let status = status.map_err(|odd| ConnectorError::other(Box::new(odd), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(answer.body)))
}
