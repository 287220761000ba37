//! The SDK's HTTP client: hyper with HTTP/1.1 over our TLS.
//!
//! AWS's own client speaks HTTP/2 as well, which these services do not, and trusts what the system trusts, which has to be
//! read at every start. Both would be a quarter of a binary.

use std::{error::Error, time::Duration};

use aws_sdk_dynamodb::config::{
    HttpClient, RuntimeComponents,
    http::{HttpRequest, HttpResponse},
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};
use aws_smithy_types::{body::SdkBody, retry::ErrorKind};
use axum::http::Request;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, Client, connect},
    rt::{TokioExecutor, TokioTimer},
};

use super::CONNECT_TIMEOUT;
use crate::tls::{self, Trust, distrust};

type Pool = Client<HttpsConnector<connect::HttpConnector>, SdkBody>;

/// Connections idle for longer are not used again.
const IDLE: Duration = Duration::from_secs(90);

/// The client, with its connections. Clones share them.
#[derive(Clone, Debug)]
pub struct WayOut {
    pool: Result<Pool, rustls::Error>,
}

impl WayOut {
    /// Without a connection yet.
    #[must_use]
    pub fn trusting(trust: &Trust) -> Self {
        Self { pool: tls::client(trust).map(pool) }
    }

    /// Opens a connection that the first call will need: at init, where the processor is not throttled. The request is
    /// nothing but what a load balancer asks to see whether somebody is there. In vain is no failure: the call will tell.
    pub async fn reach(&self, url: &str) {
        let request = Request::get(url).body(SdkBody::empty());
        if let (Ok(pool), Ok(request)) = (&self.pool, request) {
            let read = async { pool.request(request).await.ok()?.into_body().collect().await.ok() };
            if !matches!(tokio::time::timeout(CONNECT_TIMEOUT, read).await, Ok(Some(_))) {
                tracing::debug!("no connection yet");
            }
        }
    }
}

fn pool(tls: rustls::ClientConfig) -> Pool {
    let mut tcp = connect::HttpConnector::new();
    tcp.enforce_http(false); // the scheme is the next layer's affair
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(https.wrap_connector(tcp))
}

impl HttpClient for WayOut {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for WayOut {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let pool = match &self.pool {
            Ok(pool) => pool.clone(),
            Err(broken) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(broken.clone().into())));
            }
        };
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let response = pool.request(request).await.map_err(failed)?;
            let response = response.map(SdkBody::from_body_1_x::<Incoming, _>);
            HttpResponse::try_from(response).map_err(|odd| ConnectorError::other(odd.into(), None))
        })
    }
}

/// What the SDK may try again: all but what would never be sent, and servers that are not who they should be, which a
/// second look does not change. Our writes are told apart by their marks.
fn failed(error: legacy::Error) -> ConnectorError {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<hyper::Error>());
    if cause.is_some_and(hyper::Error::is_user) {
        return ConnectorError::user(error.into());
    }
    if cause.is_some_and(hyper::Error::is_incomplete_message) {
        return ConnectorError::other(error.into(), Some(ErrorKind::TransientError));
    }
    if distrust(&error).is_some() {
        return ConnectorError::other(error.into(), None);
    }
    ConnectorError::io(error.into())
}
