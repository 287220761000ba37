//! The guarded door: the embedded database for other processes (cargo lambda, the AWS CLI).
//!
//! Off by default. It speaks DynamoDB's protocol on loopback and lets in only who meant to come: see
//! `door/guard.rs`. It never sends a CORS header, so that no web page can read an answer.

mod guard;

use std::future::{Future, IntoFuture};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use tokio::net::TcpListener;

use crate::engine::{Answer, Engine};
use guard::Refusal;

/// DynamoDB takes 16 MiB in a batch, which is more in the base64 of its JSON.
const BODY_CAP: usize = 24 * 1024 * 1024;

/// Why the door stays shut.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Somebody else is there.
    #[error("port {0} of the DynamoDB door is taken: choose another one, or 0 for any free port")]
    Taken(u16),
    /// Anything else: the cause knows more.
    #[error("port {port} of the DynamoDB door can't be opened: choose another one")]
    Unusable {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

/// Opens the door on `127.0.0.1`, on any free port if `port` is 0. Nothing is answered until the
/// future is polled, and nothing new once it is dropped.
pub async fn open(
    engine: Engine,
    port: u16,
) -> Result<(SocketAddr, impl Future<Output = io::Result<()>> + Send), DoorError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = bound.map_err(|cause| shut(port, cause))?;
    let address = listener.local_addr().map_err(|cause| shut(port, cause))?;
    let service = router(engine, address.port());
    Ok((address, axum::serve(listener, service).into_future()))
}

/// The door itself, for a listener on this port. The port is part of what it checks.
pub fn router(engine: Engine, port: u16) -> Router {
    Router::new().fallback(answer).with_state(Door { engine, port })
}

#[derive(Clone)]
struct Door {
    engine: Engine,
    port: u16,
}

fn shut(port: u16, cause: io::Error) -> DoorError {
    if cause.kind() == io::ErrorKind::AddrInUse {
        return DoorError::Taken(port);
    }
    DoorError::Unusable { port, cause }
}

/// Nobody's body is read before the guard has passed them.
async fn answer(State(door): State<Door>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let target = match guard::admit(&parts, door.port) {
        Ok(target) => target.to_owned(),
        Err(refusal) => return response(refusal.answer()),
    };
    let Ok(body) = to_bytes(body, BODY_CAP).await else {
        return response(Refusal::Size.answer());
    };
    let asked = tokio::task::spawn_blocking(move || door.engine.dispatch(&target, &body));
    response(asked.await.unwrap_or_else(|_| Refusal::Broken.answer()))
}

fn response(answer: Answer) -> Response<Body> {
    const JSON: (HeaderName, HeaderValue) =
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().extend([JSON]);
    response
}

#[cfg(test)]
mod tests;
