//! Bodies that come piece by piece: endless, huge, cut. Only one piece is ever held.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::Frame;
use tokio::time::{Sleep, sleep};

/// The same piece again and again.
struct Pieces {
    first: Option<Bytes>,
    piece: Bytes,
    left: u64,
    /// The wait before each piece, if there is one.
    pause: Option<(Duration, Pin<Box<Sleep>>)>,
    /// Whether it breaks instead of ending.
    breaks: bool,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if let Some((length, pause)) = &mut self.pause {
            let length = *length;
            ready!(pause.as_mut().poll(context));
            self.pause = Some((length, Box::pin(sleep(length))));
        }
        if self.left > 0 {
            self.left -= 1;
            return Poll::Ready(Some(Ok(Frame::data(self.piece.clone()))));
        }
        let broken = std::mem::take(&mut self.breaks);
        Poll::Ready(broken.then(|| Err(io::ErrorKind::ConnectionReset.into())))
    }
}

/// One byte each second, for ever.
pub(super) fn dripping() -> Body {
    let pause = Duration::from_secs(1);
    Body::new(Pieces {
        first: Some(Bytes::from_static(b"{")),
        piece: Bytes::from_static(b" "),
        left: u64::MAX,
        pause: Some((pause, Box::pin(sleep(pause)))),
        breaks: false,
    })
}

/// So many times the piece.
pub(super) fn repeated(first: Bytes, piece: Bytes, times: u64) -> Body {
    Body::new(Pieces { first: Some(first), piece, left: times, pause: None, breaks: false })
}

/// This much, and then the connection breaks.
pub(super) fn cut(first: Bytes) -> Body {
    Body::new(Pieces { first: Some(first), piece: Bytes::new(), left: 0, pause: None, breaks: true })
}
