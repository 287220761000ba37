//! Putting it on a socket.

use std::future::Future;

use tokio::net::TcpListener;

use crate::belvo::Belvo;

/// Serves until `shutdown` comes, then finishes what it has begun.
pub async fn serve(
    listener: TcpListener,
    belvo: Belvo,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, belvo.router()).with_graceful_shutdown(shutdown).await
}
