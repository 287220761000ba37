//! TLS as it is spoken by the table's client and by Belvo's, each by a real call through its public door: with a server that
//! is who it should be it works, and one that is not is told nothing at all, neither keys nor a signature.

#[path = "tls/callers.rs"]
mod callers;
#[path = "tls/connections.rs"]
mod connections;
#[path = "tls/others.rs"]
mod others;
#[path = "tls/refused.rs"]
mod refused;

use callers::{Caller, Kind};
use tests::tls::{Authority, Leaf};
use tokio_rustls::rustls::{
    SupportedProtocolVersion,
    version::{TLS12, TLS13},
};

/// Each version alone.
const ALONE: [&[&SupportedProtocolVersion]; 2] = [&[&TLS12], &[&TLS13]];

#[tokio::test]
async fn a_server_with_a_good_certificate_is_called_in_either_version() {
    let authority = Authority::default();
    for kind in Kind::BOTH {
        for versions in ALONE.into_iter().chain([Leaf::default().versions]) {
            let server = kind.behind(authority.server(&Leaf { versions, ..Leaf::default() })).await;
            let answer = Caller::of(kind, &server.url, authority.trust()).call().await;
            assert_eq!(answer, Ok(()), "{kind:?} {versions:?}");
            let seen = server.seen();
            assert_eq!((seen.handshakes, seen.refusals), (1, vec![]), "{kind:?} {versions:?}");
            assert!(seen.bytes > 0, "the count of bytes that others are not told works");
        }
    }
}
