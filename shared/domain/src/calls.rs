//! How calls to Belvo are made: each attempt takes a permit from the account's [`crate::budget`], failures
//! that may pass are tried again as Belvo advises, and throttling stops everybody.
//!
//! Advice (`belvo-api.md` §1.7): a failure of Belvo's is tried again up to five times after 3, 6, 12, 24 and
//! 48 seconds, of which we wait a random part (full jitter), so that many callers do not come back together.
//! Somebody who waits for an answer gets one quick repeat instead.

mod permits;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use self::permits::Permits;
use crate::{
    budget::{Class, Limits},
    failure::ProviderError,
    policy::after,
    ports::{Ambient, Budget, Meter, Spent, Timer},
};

/// Belvo's advice for calls that nobody waits for, in seconds.
const BACKOFF: [i64; 5] = [3, 6, 12, 24, 48];
/// An interactive call is repeated only when it failed as quickly as this.
const QUICK: SignedDuration = SignedDuration::from_millis(500);
/// And then within this.
const SOON: SignedDuration = SignedDuration::from_millis(250);
/// How long a call that nobody waits for may wait for one: longer than a pause.
const AT_LEISURE: SignedDuration = SignedDuration::from_secs(150);

/// What every attempt at Belvo goes through.
pub trait Gate: Send + Sync {
    /// Makes the call by `attempt`, as often and as late as this gate's rules say.
    fn pass<T, F, Fut>(&self, attempt: F) -> impl Future<Output = Result<T, ProviderError>> + Send
    where
        T: Send,
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, ProviderError>> + Send;
}

/// No gate: one attempt, at once. For a Belvo of one's own, and for tests of single answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ungated;

impl Gate for Ungated {
    async fn pass<T, F, Fut>(&self, attempt: F) -> Result<T, ProviderError>
    where
        T: Send,
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, ProviderError>> + Send,
    {
        attempt().await
    }
}

/// Counts nothing.
impl Meter for Ungated {
    fn spent(&self) -> Spent {
        Spent::default()
    }
}

/// The gate of a function: its class of calls, out of the budget of the whole account.
#[derive(Clone, Debug)]
pub struct Governor<B, A> {
    ambient: A,
    class: Class,
    permits: Arc<Permits<B>>,
    sent: Arc<AtomicU64>,
}

impl<B: Clone, A: Clone> Governor<B, A> {
    /// Calls of this class. `account` tells Belvo's environments apart: each has a budget of its own.
    #[must_use]
    pub fn new(budget: B, ambient: A, limits: Limits, class: Class, account: &str) -> Self {
        let permits = Arc::new(Permits::new(budget, limits, class, account));
        Self { ambient, class, permits, sent: Arc::default() }
    }

    /// The same budget for calls of another class, its counters reached as this says. They are counted together.
    #[must_use]
    pub fn counted_by(&self, class: Class, reached: impl FnOnce(&B) -> B) -> Self {
        let permits = Arc::new(self.permits.of(class, reached));
        Self { ambient: self.ambient.clone(), class, permits, sent: Arc::clone(&self.sent) }
    }
}

/// Counts every attempt that was made, and not what it cost to be allowed to.
impl<B: Send + Sync, A: Sync> Meter for Governor<B, A> {
    fn spent(&self) -> Spent {
        Spent { belvo_calls: self.sent.load(Ordering::Relaxed), ..Spent::default() }
    }
}

impl<B: Budget, A: Ambient + Timer> Governor<B, A> {
    /// How long to wait before the call is tried again; `None`: not again.
    fn again(&self, error: &ProviderError, failed: usize, took: SignedDuration) -> Option<SignedDuration> {
        let throttled = matches!(error, ProviderError::Throttled);
        if !throttled && !may_pass(error) {
            return None;
        }
        match self.class {
            Class::Interactive if throttled || failed > 1 || took > QUICK => None,
            Class::Interactive => Some(self.part_of(SOON)),
            Class::Sweep | Class::Delete => {
                let most = BACKOFF.get(failed.checked_sub(1)?)?;
                Some(self.part_of(SignedDuration::from_secs(*most)))
            }
        }
    }

    /// A random part of a duration.
    fn part_of(&self, most: SignedDuration) -> SignedDuration {
        part(most, self.ambient.random())
    }

    fn until(&self, now: Timestamp) -> Timestamp {
        // The next window may be six seconds away: somebody who waits is told at once.
        if self.class == Class::Interactive { now } else { after(now, AT_LEISURE) }
    }
}

impl<B: Budget, A: Ambient + Timer> Gate for Governor<B, A> {
    async fn pass<T, F, Fut>(&self, attempt: F) -> Result<T, ProviderError>
    where
        T: Send,
        F: Fn() -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, ProviderError>> + Send,
    {
        let mut failed = 0;
        loop {
            let until = self.until(self.ambient.now());
            self.permits.take(&self.ambient, until).await?;
            let sent_at = self.ambient.now();
            self.sent.fetch_add(1, Ordering::Relaxed);
            let error = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failed += 1;
            if matches!(error, ProviderError::Throttled) {
                self.permits.pause(&self.ambient).await;
            }
            let took = self.ambient.now().duration_since(sent_at);
            let Some(delay) = self.again(&error, failed, took) else { return Err(error) };
            self.ambient.sleep(delay).await;
        }
    }
}

/// The longest that an interactive call takes, when a permit and an attempt take at most this long: a permit, a
/// quick failure, a moment, a permit, and the repeat.
#[must_use]
pub fn longest_interactive(permit: Duration, attempt: Duration) -> Duration {
    permit * 2 + QUICK.unsigned_abs() + SOON.unsigned_abs() + attempt
}

/// Whether the same call may get another answer in a while.
fn may_pass(error: &ProviderError) -> bool {
    match error {
        ProviderError::Unknown(_) => true,
        ProviderError::Refused { code, .. } => {
            code.as_ref().is_some_and(|code| code.as_str() == "too_many_sessions")
        }
        ProviderError::Throttled | ProviderError::Unsent(_) => false,
    }
}

/// A part of `most`, as random as the bits are: from nothing up to all of it.
fn part(most: SignedDuration, bits: [u8; 16]) -> SignedDuration {
    let [.., high, low] = bits;
    let share = i128::from(u16::from_be_bytes([high, low]));
    let micros = most.as_micros() * share / i128::from(u16::MAX);
    SignedDuration::from_micros(i64::try_from(micros).unwrap_or_default())
}
