//! Belvo takes five deletions a minute, unless they are asked for asynchronously (`belvo-api.md` §2.6). So where it does
//! not do that, deletions take turns, over all processes together: one in every third window of calls, which makes
//! at most four in any minute.

use jiff::Timestamp;

use crate::{
    budget::{Class, Limits, Window},
    deletion::step::Deleted,
    failure::StoreError,
    ports::{Ambient, Budget, Permit, Timer, Wanted},
};

/// How Belvo is asked to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Belvo answers at once and deletes later.
    Asynchronous,
    /// Belvo deletes before it answers.
    Synchronous,
}

/// Every so many windows there is a turn: 18 seconds.
const TURNS: i64 = 3;

/// Whose turn it is.
pub(super) struct Pace<'a> {
    account: &'a str,
    mode: Mode,
}

impl<'a> Pace<'a> {
    pub(super) fn new(account: &'a str, mode: Mode) -> Self {
        Self { account, mode }
    }

    /// A deletion that was done at once was counted as such, whatever it was asked for as.
    pub(super) fn learn(&mut self, answer: Deleted) {
        if answer == Deleted::Done {
            self.mode = Mode::Synchronous;
        }
    }

    /// Waits for a turn; false when none comes in time.
    pub(super) async fn turn(
        &self,
        budget: &impl Budget,
        ambient: &(impl Ambient + Timer),
        until: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        if self.mode == Mode::Asynchronous {
            return Ok(true);
        }
        let (account, limits) = (format!("{}#deletions", self.account), Limits::one_by_one());
        loop {
            let window = Window::of(ambient.now());
            if window.number().rem_euclid(TURNS) == 0 {
                let wanted =
                    Wanted { account: &account, window, class: Class::Delete, calls: 1, limits: &limits };
                if budget.take(&wanted).await? == Permit::Granted {
                    return Ok(true);
                }
            }
            let next = window.after(TURNS - window.number().rem_euclid(TURNS)).begins();
            if until.is_some_and(|until| until <= next) {
                return Ok(false);
            }
            ambient.sleep(next.duration_since(ambient.now())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::testing::{Hand, Table, finished, minute};

    fn turns_within(minutes: i64, mode: Mode) -> Vec<Timestamp> {
        let (table, hand) = (Table::default(), Hand::at(minute(0)));
        let pace = Pace::new("belvo", mode);
        let until = Some(minute(minutes));
        let mut turns = Vec::new();
        while turns.len() < 100 && finished(pace.turn(&table, &hand, until)).expect("asked") {
            turns.push(hand.now());
        }
        turns
    }

    #[test]
    fn any_minute_sees_at_most_five_deletions_of_those_that_belvo_does_at_once() {
        let turns = turns_within(10, Mode::Synchronous);
        assert!(turns.len() > 30, "they do come");
        let within_a_minute = |at: Timestamp| {
            turns.iter().filter(|turn| (0..60).contains(&turn.duration_since(at).as_secs())).count()
        };
        assert!(turns.iter().all(|turn| within_a_minute(*turn) <= 5));
    }

    #[test]
    fn whoever_comes_between_two_turns_gets_the_next() {
        let (table, hand) = (Table::default(), Hand::at(minute(0)));
        let pace = Pace::new("belvo", Mode::Synchronous);
        finished(pace.turn(&table, &hand, None)).expect("asked");
        let (turn, every) = (hand.now(), SignedDuration::from_secs(18));
        finished(hand.sleep(SignedDuration::from_secs(7)));
        finished(pace.turn(&table, &hand, None)).expect("asked");
        assert_eq!(hand.now(), turn + every);
    }

    #[test]
    fn asynchronous_deletions_do_not_wait_until_belvo_does_one_at_once() {
        assert_eq!(turns_within(1, Mode::Asynchronous).len(), 100);
        let mut pace = Pace::new("belvo", Mode::Asynchronous);
        pace.learn(Deleted::Accepted);
        assert_eq!(pace.mode, Mode::Asynchronous);
        pace.learn(Deleted::Done);
        assert_eq!(pace.mode, Mode::Synchronous);
    }
}
