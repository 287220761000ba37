//! Time and chance turned by hand, and futures that never wait.

use std::{
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use jiff::{SignedDuration, Timestamp};

use crate::ports::{Ambient, Timer};

/// A clock that stands until it is turned, and a chance that counts.
pub(crate) struct Hand(Mutex<Timestamp>);

/// Of all hands together: no two calls of a test get the same bits.
static CHANCE: AtomicU64 = AtomicU64::new(1);

impl Hand {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Turns the clock on.
    pub(crate) fn pass(&self, minutes: i64) {
        *self.0.lock().expect("one thread") += SignedDuration::from_mins(minutes);
    }
}

impl Ambient for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("one thread")
    }

    fn random(&self) -> [u8; 16] {
        u128::from(CHANCE.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
    }
}

impl Timer for Hand {
    async fn sleep(&self, time: SignedDuration) {
        *self.0.lock().expect("one thread") += time;
    }
}

/// What a future comes to that has nothing to wait for: all our fakes answer at once.
pub(crate) fn finished<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a fake never waits"),
    }
}
