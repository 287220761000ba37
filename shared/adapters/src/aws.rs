//! What all of AWS's services are reached with. The configuration is built by hand: no credential chain, no aws-lc,
//! nothing that a throttled sandbox would pay for at its first call.

mod way_out;

use std::time::Duration;

use aws_sdk_dynamodb::config::{
    Credentials, Region, SharedHttpClient, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::result::DispatchFailure;
use secrecy::{ExposeSecret, SecretString};

pub use way_out::WayOut;

use crate::tls::{self, Trust};

/// The longest that one operation takes, its retries included.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

/// The longest that a connection takes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Where a service is and who calls. In Lambda the runtime sets all of it.
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
    /// Whose certificates are accepted as well.
    pub trust: Trust,
}

impl Connection {
    /// The region, as the SDK takes it.
    #[must_use]
    pub fn region(&self) -> Region {
        Region::new(self.region.clone())
    }

    /// Who calls.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        Credentials::new(
            self.access_key_id.clone(),
            self.secret_access_key.expose_secret(),
            self.session_token.as_ref().map(|token| token.expose_secret().to_owned()),
            None,
            "linkkeeper",
        )
    }
}

/// How long an operation takes at most.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(Duration::from_secs(2))
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// How often it is tried.
#[must_use]
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3)
}

/// The way out: HTTP/1.1 over rustls with ring.
#[must_use]
pub fn http(trust: &Trust) -> SharedHttpClient {
    SharedHttpClient::new(WayOut::trusting(trust))
}

/// What is wrong with a service's TLS, if that is why a call did not get through.
pub(crate) fn distrust(failure: &DispatchFailure) -> Option<&'static str> {
    tls::distrust(failure.as_connector_error()?)
}
