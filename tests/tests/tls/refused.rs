//! Servers that are not who they should be.

use adapters::tls::Trust;
use tests::tls::{Authority, Leaf};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

use crate::{
    ALONE,
    callers::{Caller, Kind},
};

/// What the log tells of whom nobody vouches for.
pub(crate) const UNTRUSTED: &str =
    "a certificate of an authority that is not trusted (AWS_CA_BUNDLE names further ones)";

/// What the log tells of this cause.
fn told(kind: Kind, cause: &str) -> String {
    match kind {
        Kind::Table => format!("the table did not answer in time: DynamoDB: {cause}"),
        Kind::Belvo => format!("Belvo's answer is unknown: {cause}"),
    }
}

/// A server of this authority with this leaf, called by who has this trust: is seen once, and told nothing.
async fn is_refused(kind: Kind, authority: &Authority, leaf: &Leaf, trust: &Trust, cause: &str) {
    for versions in ALONE {
        let server = kind.behind(authority.server(&Leaf { versions, ..*leaf })).await;
        let answer = Caller::of(kind, &server.url, trust.clone()).call().await;
        assert_eq!(answer, Err(told(kind, cause)), "{leaf:?}");
        let seen = server.has_seen(|seen| seen.handshakes + seen.refusals.len() > 0).await;
        assert_eq!((seen.handshakes, seen.bytes), (0, 0), "{leaf:?}: {seen:?}");
        assert_eq!(seen.refusals.len(), 1, "nobody tries again what would end the same: {seen:?}");
        assert!(seen.refusals[0].contains("received fatal alert"), "the client refused: {seen:?}");
    }
}

#[tokio::test]
async fn authorities_that_nobody_named_are_told_nothing() {
    let (known, unknown) = (Authority::default(), Authority::named("Another authority"));
    for kind in Kind::BOTH {
        is_refused(kind, &unknown, &Leaf::default(), &known.trust(), UNTRUSTED).await;
        is_refused(kind, &known, &Leaf::default(), &Trust::default(), UNTRUSTED).await;
    }
}

#[tokio::test]
async fn an_authority_that_has_only_taken_the_name_of_ours_is_told_nothing() {
    let (known, impostor) = (Authority::default(), Authority::default());
    for kind in Kind::BOTH {
        let cause = "a certificate that cannot be accepted";
        is_refused(kind, &impostor, &Leaf::default(), &known.trust(), cause).await;
    }
}

#[tokio::test]
async fn a_server_that_vouches_for_itself_is_told_nothing() {
    let authority = Authority::default();
    for kind in Kind::BOTH {
        let leaf = Leaf { own: true, ..Leaf::default() };
        is_refused(kind, &authority, &leaf, &authority.trust(), UNTRUSTED).await;
    }
}

#[tokio::test]
async fn a_server_with_anothers_name_is_told_nothing() {
    let authority = Authority::default();
    for kind in Kind::BOTH {
        for host in ["dynamodb.us-east-1.amazonaws.com", "127.0.0.2", "localhost"] {
            let leaf = Leaf { host, ..Leaf::default() };
            is_refused(kind, &authority, &leaf, &authority.trust(), "a certificate for another host").await;
        }
    }
}

#[tokio::test]
async fn a_certificate_past_its_time_or_before_it_is_told_nothing() {
    let authority = Authority::default();
    for kind in Kind::BOTH {
        for (days, cause) in [
            ([(2020, 1, 1), (2021, 1, 1)], "a certificate that has expired, or a wrong clock here"),
            ([(2119, 1, 1), (2120, 1, 1)], "a certificate that is not valid yet, or a wrong clock here"),
        ] {
            let leaf = Leaf { days, ..Leaf::default() };
            is_refused(kind, &authority, &leaf, &authority.trust(), cause).await;
        }
    }
}

/// A server that speaks no TLS, and gives what it was told when the caller has gone.
async fn in_clear() -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a caller");
        let mut heard = vec![0; 4096];
        let length = stream.read(&mut heard).await.expect("a greeting");
        heard.truncate(length);
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
        stream.write_all(answer.as_bytes()).await.expect("a caller that listens");
        let _reset = stream.read_to_end(&mut heard).await;
        heard
    });
    (url, heard)
}

#[tokio::test]
async fn a_server_in_clear_is_told_nothing_where_https_is_meant() {
    for kind in Kind::BOTH {
        let (url, heard) = in_clear().await;
        let caller = Caller::of(kind, &url, Authority::default().trust());
        assert_eq!(caller.call().await, Err(told(kind, "no TLS that both know")));
        drop(caller);
        let heard = heard.await.expect("heard");
        assert_eq!(heard[..2], [0x16, 0x03], "a handshake begins");
        let text = String::from_utf8_lossy(&heard).to_lowercase();
        for secret in ["http/1.1", "authorization", "aws4-hmac", "basic ", "lk_nobody"] {
            assert!(!text.contains(secret), "{kind:?} tells {secret}");
        }
    }
}
