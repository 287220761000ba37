//! Putting it on a socket, and letting time pass in it.

use std::future::Future;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::MissedTickBehavior;

use crate::belvo::Belvo;

/// Serves until `shutdown` comes, then finishes what it has begun.
pub async fn serve(
    listener: TcpListener,
    belvo: Belvo,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, belvo.router()).with_graceful_shutdown(shutdown).await
}

/// Looks each second what has fallen due, and sends the webhooks. Never ends: drop it to stop it.
/// A test with a clock in its hand calls [`Belvo::deliver_due`] itself instead.
pub async fn pump(belvo: Belvo) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        belvo.deliver_due().await;
    }
}
