//! Counting requests in a sliding window.

use std::collections::VecDeque;

use jiff::{Timestamp, ToSpan};

use crate::switches::Limit;

/// The times of the latest requests, as many as the limit needs to remember.
#[derive(Debug, Default)]
pub(crate) struct Window(VecDeque<Timestamp>);

impl Window {
    /// Notes a request and says whether it is within the limit. A refused request counts too: who
    /// keeps knocking stays out.
    pub(crate) fn admits(&mut self, limit: Option<Limit>, now: Timestamp) -> bool {
        let Some(limit) = limit else {
            self.0.clear();
            return true;
        };
        let start = now.checked_sub(i64::from(limit.seconds).seconds()).unwrap_or(Timestamp::MIN);
        let recent = self.0.iter().filter(|time| **time > start).count();
        self.0.push_back(now);
        while self.0.len() > limit.requests {
            self.0.pop_front();
        }
        recent < limit.requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn the_request_after_the_last_allowed_one_is_refused() {
        let limit = Some(Limit { requests: 2, seconds: 30 });
        let mut window = Window::default();
        let seen: Vec<bool> =
            [0, 1, 2, 30, 31, 33, 70].map(|second| window.admits(limit, at(second))).to_vec();
        assert_eq!(seen, [true, true, false, false, false, false, true]);
    }

    #[test]
    fn without_a_limit_everything_passes() {
        let mut window = Window::default();
        assert!((0..1_000).all(|_| window.admits(None, at(0))));
    }

    #[test]
    fn a_limit_of_nothing_refuses_everything() {
        let none = Some(Limit { requests: 0, seconds: 1 });
        assert!(!Window::default().admits(none, at(0)));
    }
}
