//! When a value that was read is read again. Pure: the moment is an argument.

use jiff::{SignedDuration, Timestamp};

/// How long a value is used without asking again: a rotation is known everywhere this long after it.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);

/// How long after asking it is asked again at the earliest, whatever came of it: neither an outage of Secrets Manager
/// nor keys that Belvo refuses make more calls than this.
pub const AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// How old a value is, and when it was last asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Age {
    read: Timestamp,
    asked: Timestamp,
}

impl Age {
    /// Of a value that was read now.
    pub(super) fn begins(now: Timestamp) -> Self {
        Self { read: now, asked: now }
    }

    /// Whether it is time to ask again.
    pub(super) fn is_due(self, now: Timestamp) -> bool {
        !within(self.read, now, FRESH_FOR) && self.may_ask(now)
    }

    /// Whether it may be asked again already, for a good reason.
    pub(super) fn may_ask(self, now: Timestamp) -> bool {
        !within(self.asked, now, AGAIN_AFTER)
    }

    /// Somebody asks now.
    pub(super) fn asks(&mut self, now: Timestamp) {
        self.asked = now;
    }

    /// The answer to what was asked last has come.
    pub(super) fn is_answered(&mut self) {
        self.read = self.asked;
    }
}

/// A clock that was set back says nothing: better ask than trust for years.
fn within(from: Timestamp, now: Timestamp, time: SignedDuration) -> bool {
    (SignedDuration::ZERO..time).contains(&now.duration_since(from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_value_is_fresh_for_five_minutes_and_may_be_asked_for_early_after_half_a_minute() {
        let age = Age::begins(at(0));
        assert_eq!([0, 299, 300].map(|second| age.is_due(at(second))), [false, false, true]);
        assert_eq!([0, 29, 30].map(|second| age.may_ask(at(second))), [false, false, true]);
    }

    #[test]
    fn what_could_not_be_read_is_asked_for_again_half_a_minute_later_and_what_could_after_five() {
        let mut age = Age::begins(at(0));
        age.asks(at(300));
        assert_eq!([301, 329, 330].map(|second| age.is_due(at(second))), [false, false, true]);
        age.asks(at(330));
        age.is_answered();
        assert_eq!([360, 629, 630].map(|second| age.is_due(at(second))), [false, false, true]);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_a_value_old_and_not_young_for_ever() {
        let age = Age::begins(at(1_000_000));
        assert!(age.is_due(at(999_999)) && age.may_ask(at(999_999)));
    }
}
