//! How much of an answer is ever read: never more than its cap and one piece, whatever the server sends.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::Bytes;
use axum::http::Response;
use domain::failure::ProviderError;
use http_body::{Body, Frame};

use super::unknown;
use crate::belvo::{PAGE_CAP, SINGLE_CAP, call::ERROR_CAP, call::body};

/// The size of the pieces that an endless body comes in.
const PIECE: usize = 64 * 1024;

/// A body without end, which counts what is taken of it.
struct Endless {
    piece: Bytes,
    taken: Arc<AtomicUsize>,
}

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.taken.fetch_add(self.piece.len(), Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(self.piece.clone()))))
    }
}

/// Reads an endless answer under a cap: how much was taken of it, and what came of it.
async fn read(status: u16, encoding: &str, byte: u8, cap: usize) -> (usize, Result<Vec<u8>, ProviderError>) {
    let taken = Arc::new(AtomicUsize::new(0));
    let endless = Endless { piece: Bytes::from(vec![byte; PIECE]), taken: Arc::clone(&taken) };
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("content-encoding", encoding)
        .body(reqwest::Body::wrap(endless))
        .expect("a response");
    let outcome = body(response.into(), cap).await;
    (taken.load(Ordering::SeqCst), outcome)
}

#[tokio::test]
async fn an_endless_answer_is_left_at_its_cap() {
    for (status, cap, limit) in [
        (200, SINGLE_CAP, SINGLE_CAP),
        (200, PAGE_CAP, PAGE_CAP),
        (400, PAGE_CAP, ERROR_CAP),
        (401, SINGLE_CAP, ERROR_CAP),
        (404, SINGLE_CAP, ERROR_CAP),
    ] {
        let (taken, outcome) = read(status, "identity", b' ', cap).await;
        assert_eq!(unknown(outcome), "a body over the limit");
        assert!(taken > limit && taken <= limit + 2 * PIECE, "{status}: {taken} of {limit}");
    }
}

/// Nothing is ever unpacked, so a bomb is as large as its bytes on the wire.
#[tokio::test]
async fn a_compressed_answer_is_never_unpacked() {
    for encoding in ["gzip", "br", "zstd", "deflate", "gzip, gzip"] {
        let (taken, outcome) = read(200, encoding, 0, SINGLE_CAP).await;
        assert_eq!(unknown(outcome), "a body over the limit");
        assert!(taken <= SINGLE_CAP + 2 * PIECE, "{encoding}: {taken}");
    }
}

/// What nobody will read is not fetched: throttling, redirects and server errors are told by their status.
#[tokio::test]
async fn a_body_that_decides_nothing_is_not_read_at_all() {
    for status in [202, 204, 302, 408, 429, 500, 502] {
        let (taken, outcome) = read(status, "identity", b' ', PAGE_CAP).await;
        assert!(outcome.is_err());
        assert_eq!(taken, 0, "{status}");
    }
}
