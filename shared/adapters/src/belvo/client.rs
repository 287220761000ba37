//! The HTTP client: one TLS stack (rustls with ring), no redirects, no proxies, no retries.

use std::time::Duration;

use super::{keys::KeysError, settings::Settings};
use reqwest::{Client, redirect, retry};

use crate::tls;

/// Why no client can be built. Happens at start or never.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Empty, or a character that cannot be sent.
    #[error(transparent)]
    Credentials(KeysError),
    /// The TLS stack is built wrong.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP stack is built wrong.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

/// Connections idle for longer are not used again: a Lambda may have been frozen meanwhile.
const IDLE: Duration = Duration::from_secs(30);

/// Builds the client.
pub(super) fn build(settings: &Settings) -> Result<Client, BuildError> {
    if !settings.keys.held().can_be_sent() {
        return Err(BuildError::Credentials(KeysError));
    }
    Client::builder()
        .tls_backend_preconfigured(tls::client(&settings.trust).map_err(BuildError::Tls)?)
        .https_only(settings.base_url.is_https())
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .retry(retry::never())
        .connect_timeout(settings.timeouts.connect)
        .timeout(settings.timeouts.call)
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("linkkeeper/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(BuildError::Http)
}
