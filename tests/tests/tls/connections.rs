//! How often a handshake is made: once, as long as the server keeps the connection.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use adapters::{dynamo::open_connected, tls::Trust};
use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
};
use tests::{
    cloud::Stopwatch,
    tls::{Authority, Leaf, Server},
};
use tokio::sync::Notify;

use crate::callers::{Caller, Kind, table};

#[tokio::test]
async fn calls_share_a_handshake() {
    let authority = Authority::default();
    for kind in Kind::BOTH {
        let server = kind.behind(authority.server(&Leaf::default())).await;
        let caller = Caller::of(kind, &server.url, authority.trust());
        for _ in 0..3 {
            assert_eq!(caller.call().await, Ok(()));
        }
        assert_eq!(server.seen().handshakes, 1, "{kind:?}");
    }
}

#[tokio::test]
async fn what_the_other_end_of_tls_computes_is_counted_as_the_others_time() {
    let authority = Authority::default();
    let stopwatch = Stopwatch::default();
    let config = authority.server(&Leaf::default());
    let nothing_there = |_| Router::new();
    let server = Server::open(config, &stopwatch, nothing_there).await;
    let caller = Caller::of(Kind::Table, &server.url, Trust::default());
    assert!(caller.call().await.is_err());
    server.has_seen(|seen| !seen.refusals.is_empty()).await;
    assert!(stopwatch.take().is_positive(), "no request was answered, and yet a handshake was begun");
    assert!(stopwatch.take().is_zero(), "what was read is counted no more");
}

#[tokio::test]
async fn the_handshake_is_made_at_init_and_serves_the_first_call() {
    let authority = Authority::default();
    let server = Kind::Table.behind(authority.server(&Leaf::default())).await;
    let store = open_connected(&table(&server.url, authority.trust())).await;
    let at_init = server.seen();
    assert_eq!(at_init.handshakes, 1);
    assert_eq!(Caller::Table(store).call().await, Ok(()));
    let seen = server.seen();
    assert_eq!(seen.handshakes, 1, "the first call makes none");
    assert!(seen.bytes > at_init.bytes, "the first call is sent");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_while_idle_is_replaced() {
    let authority = Authority::default();
    for kind in Kind::BOTH {
        let server = kind.behind(authority.server(&Leaf::default())).await;
        let caller = Caller::of(kind, &server.url, authority.trust());
        assert_eq!(caller.call().await, Ok(()));
        server.hang_up();
        server.has_seen(|seen| seen.ended == 1).await;
        assert_eq!(caller.call().await, Ok(()), "{kind:?}");
        assert_eq!(server.seen().handshakes, 2, "{kind:?}");
    }
}

/// Once it is armed, the next request gets no answer, and whoever waits for it is told.
#[derive(Clone, Default)]
struct Trap {
    armed: Arc<AtomicBool>,
    asked: Arc<Notify>,
}

impl Trap {
    fn over(&self, service: Router) -> Router {
        let trap = self.clone();
        service.layer(from_fn(move |request: Request, next: Next| {
            let trap = trap.clone();
            async move {
                if trap.armed.swap(false, Ordering::SeqCst) {
                    trap.asked.notify_one();
                    std::future::pending::<()>().await;
                }
                next.run(request).await
            }
        }))
    }
}

/// The server closes a connection just as a request is on its way: the caller can't know whether it was taken.
#[tokio::test]
async fn a_connection_that_breaks_under_a_request_is_replaced_by_the_tables_client_and_told_by_belvos() {
    let authority = Authority::default();
    for kind in Kind::BOTH {
        let trap = Trap::default();
        let config = authority.server(&Leaf::default());
        let server = kind.altered(config, |service| trap.over(service)).await;
        let caller = Caller::of(kind, &server.url, authority.trust());
        assert_eq!(caller.call().await, Ok(()));
        trap.armed.store(true, Ordering::SeqCst);
        let cut = async {
            trap.asked.notified().await;
            server.hang_up();
        };
        let (answer, ()) = tokio::join!(caller.call(), cut);
        let (expected, handshakes) = match kind {
            Kind::Table => (Ok(()), 2),
            Kind::Belvo => (Err("Belvo's answer is unknown: the connection broke".to_owned()), 1),
        };
        assert_eq!((answer, server.seen().handshakes), (expected, handshakes), "{kind:?}");
        assert_eq!(caller.call().await, Ok(()), "{kind:?}: the next call is none the worse");
    }
}
