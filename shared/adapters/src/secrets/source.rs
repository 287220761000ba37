//! A value that may be replaced while it is used: clones share it.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{AGAIN_WITHIN, Around, Failure, age::Age};
use crate::metrics::{self, Metric, Unit};

/// A value on its way.
pub(super) type Reading<T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send>>;

/// A value for whoever uses it: one that never changes, or one that is read again by and by.
pub struct Source<T>(Arc<Shared<T>>);

struct Shared<T> {
    held: Mutex<Held<T>>,
    feed: Option<Feed<T>>,
}

struct Held<T> {
    value: Arc<T>,
    age: Age,
}

/// Where the next value comes from.
struct Feed<T> {
    variable: &'static str,
    read: Box<dyn Fn() -> Reading<T> + Send + Sync>,
    around: Around,
}

impl<T> Source<T> {
    /// A value that never changes.
    #[must_use]
    pub fn fixed(value: T) -> Self {
        let held = Held { value: Arc::new(value), age: Age::begins(Timestamp::UNIX_EPOCH) };
        Self(Arc::new(Shared { held: Mutex::new(held), feed: None }))
    }

    /// A value that was read now, and is read again by `read` when it is due.
    pub(super) fn fed(
        first: T,
        variable: &'static str,
        read: impl Fn() -> Reading<T> + Send + Sync + 'static,
        around: Around,
    ) -> Self {
        let held = Held { value: Arc::new(first), age: Age::begins(around.clock.now()) };
        let feed = Feed { variable, read: Box::new(read), around };
        Self(Arc::new(Shared { held: Mutex::new(held), feed: Some(feed) }))
    }

    /// The value as it is held, whatever its age.
    #[must_use]
    pub fn held(&self) -> Arc<T> {
        self.0.held().value.clone()
    }
}

impl<T: PartialEq> Source<T> {
    /// The value to use now. When it is old it is read again first; if that fails, the last good one is used. Only time
    /// brings that about: nobody outside can.
    pub async fn present(&self) -> Arc<T> {
        self.read_again(Age::is_due).await;
        self.held()
    }

    /// The value that took the place of this one, which somebody refused: read before its time, if it was not asked for
    /// a moment ago. None if there is no other.
    pub async fn instead_of(&self, refused: &Arc<T>) -> Option<Arc<T>> {
        let other = || Some(self.held()).filter(|held| !Arc::ptr_eq(held, refused));
        if other().is_none() {
            self.read_again(Age::may_ask).await;
        }
        other()
    }

    /// Whoever comes while it is read again goes on with the value as it is.
    async fn read_again(&self, wanted: fn(Age, Timestamp) -> bool) {
        let Some(feed) = &self.0.feed else { return };
        let now = feed.around.clock.now();
        if !self.0.is_taken_up(wanted, now) {
            return;
        }
        let read = tokio::time::timeout(AGAIN_WITHIN, (feed.read)()).await;
        match read.unwrap_or(Err(Failure::Late)) {
            Ok(value) => self.0.take(value),
            Err(cause) => feed.tell(&cause, now),
        }
    }
}

impl<T> Shared<T> {
    fn held(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_taken_up(&self, wanted: fn(Age, Timestamp) -> bool, now: Timestamp) -> bool {
        let mut held = self.held();
        let wanted = wanted(held.age, now);
        if wanted {
            held.age.asks(now);
        }
        wanted
    }
}

impl<T: PartialEq> Shared<T> {
    /// A value that is the same stays the very same, with all that was learned of it.
    fn take(&self, value: T) {
        let mut held = self.held();
        held.age.is_answered();
        if *held.value != value {
            held.value = Arc::new(value);
        }
    }
}

impl<T> Feed<T> {
    /// In Lambda the metric goes by the function's name, as all do; elsewhere there is no one function.
    fn tell(&self, cause: &Failure, now: Timestamp) {
        tracing::warn!(secret = self.variable, %cause, "a secret was not read again: the last good value is used");
        let kept = Metric { name: "SecretsNotReadAgain", unit: Unit::Count, value: 1.0 };
        (self.around.metrics)(&metrics::line("any", now, &[kept]));
    }
}

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
