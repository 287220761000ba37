//! One attempt: a POST straight to the target's loopback address. No name is looked up, no proxy is
//! asked, no redirect is followed.

use std::error::Error;
use std::time::Duration;

use axum::http::{Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::target::Target;

/// All that an attempt needs.
pub(super) struct Attempt {
    pub(super) target: Target,
    pub(super) timeout: Duration,
    pub(super) body: String,
}

/// The status of the answer. `None`: there was no answer in time.
pub(super) async fn post(attempt: Attempt) -> Option<u16> {
    match tokio::time::timeout(attempt.timeout, send(attempt)).await {
        Ok(Ok(status)) => Some(status),
        Ok(Err(error)) => {
            tracing::debug!(error, "a webhook found no receiver");
            None
        }
        Err(_) => None,
    }
}

async fn send(attempt: Attempt) -> Result<u16, Box<dyn Error + Send + Sync>> {
    let Attempt { target, body, .. } = attempt;
    let stream = TcpStream::connect(target.address).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Dropped, and the connection with it, at the end of this function or of the time.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let path = target.uri.path_and_query().map_or("/", |path| path.as_str());
    let host = target.uri.authority().map_or("", |authority| authority.as_str());
    let mut request = Request::post(path)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "belvo-simulator")
        .body(Full::new(Bytes::from(body)))?;
    if let Some(value) = target.authorization {
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    Ok(sender.send_request(request).await?.status().as_u16())
}
