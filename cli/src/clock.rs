//! A clock that is turned by hand, for the tour and for tests: twenty minutes pass in no time, and the same
//! run gives the same ids.

use std::sync::{Arc, Mutex, PoisonError};

use domain::ports::{Ambient, Timer};
use jiff::{SignedDuration, Timestamp};

/// Time and chance as a story needs them. Clones share both.
#[derive(Clone, Debug)]
pub struct HandClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    drawn: u128,
}

impl HandClock {
    /// A clock that shows `now` until it is turned.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { state: Arc::new(Mutex::new(State { now, drawn: 0 })) }
    }

    /// Turns the clock.
    pub fn turn(&self, by: SignedDuration) {
        self.with(|state| state.now = state.now.checked_add(by).unwrap_or(Timestamp::MAX));
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ambient for HandClock {
    /// A millisecond passes with each look, so that no two moments are the same.
    fn now(&self) -> Timestamp {
        self.turn(SignedDuration::from_millis(1));
        self.with(|state| state.now)
    }

    /// Never the same twice, spread over all sixteen bytes, and guessable: for invented data only.
    fn random(&self) -> [u8; 16] {
        self.with(|state| {
            state.drawn += 1;
            // An odd factor makes it a bijection: no two draws meet.
            state.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes()
        })
    }
}

impl Timer for HandClock {
    /// Nobody waits: the clock is turned.
    async fn sleep(&self, time: SignedDuration) {
        self.turn(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_looks_and_no_two_draws_are_the_same() {
        let clock = HandClock::at(Timestamp::UNIX_EPOCH);
        assert!(clock.now() < clock.now());
        assert_ne!(clock.random(), clock.random());
    }

    #[test]
    fn clones_show_the_same_time() {
        let clock = HandClock::at(Timestamp::UNIX_EPOCH);
        clock.clone().turn(SignedDuration::from_mins(20));
        assert!(clock.now() > Timestamp::UNIX_EPOCH + SignedDuration::from_mins(20));
    }
}
