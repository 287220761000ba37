//! The account's budget of calls to Belvo, shared by all functions and processes.
//!
//! Belvo blocks an address after 80 calls in 30 seconds (`belvo-api.md` §1.4). Calls are counted in windows of
//! six seconds, ten a window: any 30 seconds touch at most six windows, so they see at most 60 calls. Clocks
//! that are up to six seconds apart make it eight windows, which is 80 and still within the limit.
//!
//! Each class of calls has a share that the others cannot take. The rule: counting for every class whichever
//! is more, its calls or its share, the sum stays within the window's limit. That is the same as one bound for
//! every group of classes, "the calls of this group leave the others their shares", and a call touches only
//! the four groups that its class is in: four counters of one item, four conditions, one write.

use jiff::{SignedDuration, Timestamp};

/// Seconds of a window.
const WINDOW_SECONDS: i64 = 6;
/// Windows in the 30 seconds that Belvo counts by; one more can be touched.
const WINDOWS_TOUCHED: u32 = 6;
/// What Belvo allows in 30 seconds.
const BELVOS_LIMIT: u32 = 80;

/// What a call is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A person waits for the answer.
    Interactive,
    /// The schedule compares and repairs.
    Sweep,
    /// Links are deleted at Belvo.
    Delete,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Interactive, Self::Sweep, Self::Delete];

    fn bit(self) -> usize {
        match self {
            Self::Interactive => 0b001,
            Self::Sweep => 0b010,
            Self::Delete => 0b100,
        }
    }
}

/// A stretch of six seconds, numbered from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window(i64);

impl Window {
    /// The window of a moment.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.as_second().div_euclid(WINDOW_SECONDS))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// The window after so many others.
    #[must_use]
    pub fn after(self, windows: i64) -> Self {
        Self(self.0.saturating_add(windows))
    }

    /// When it begins.
    #[must_use]
    pub fn begins(self) -> Timestamp {
        Timestamp::from_second(self.0.saturating_mul(WINDOW_SECONDS)).unwrap_or(Timestamp::MAX)
    }

    /// How long a window is.
    #[must_use]
    pub fn length() -> SignedDuration {
        SignedDuration::from_secs(WINDOW_SECONDS)
    }
}

/// A condition of a grant: this counter stays at or below this, with the calls of the grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The counter's name: the initials of the classes whose calls it counts.
    pub counter: &'static str,
    /// The most that it may count.
    pub at_most: u32,
}

/// The counters, by the classes they count: bit 0 interactive, bit 1 sweep, bit 2 delete.
const COUNTERS: [&str; 8] = ["", "i", "s", "is", "d", "id", "sd", "isd"];

/// How many calls a window has, and how many of them are kept for each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    window: u32,
    reserved: [u32; 3],
}

/// Why a number of calls is no budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the calls to Belvo in 30 seconds are a number from 18 to 80")]
pub struct LimitsError;

impl Default for Limits {
    /// 60 calls in 30 seconds.
    fn default() -> Self {
        Self::of(10)
    }
}

impl Limits {
    /// A budget of so many calls in any 30 seconds. Of each window's calls three in ten are kept for people,
    /// two in ten for sweeps, one in ten for deletions, and at least one for each.
    pub fn parse(calls_in_30_seconds: &str) -> Result<Self, LimitsError> {
        let calls: u32 = calls_in_30_seconds.parse().map_err(|_| LimitsError)?;
        let window = calls / WINDOWS_TOUCHED;
        if calls > BELVOS_LIMIT || window < 3 {
            return Err(LimitsError);
        }
        Ok(Self::of(window))
    }

    /// A budget that nothing uses up, for stories that play hours in a moment.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::of(1_000_000)
    }

    /// One call a window, whatever it is for.
    #[must_use]
    pub fn one_by_one() -> Self {
        Self { window: 1, reserved: [0; 3] }
    }

    fn of(window: u32) -> Self {
        let share = |tenths: u32| (window * tenths / 10).max(1);
        Self { window, reserved: [share(3), share(2), share(1)] }
    }

    /// What is kept for a class in each window.
    #[must_use]
    pub fn reserved(&self, class: Class) -> u32 {
        Class::ALL.iter().zip(self.reserved).find(|(one, _)| **one == class).map_or(0, |(_, share)| share)
    }

    /// Most calls of a window.
    #[must_use]
    pub fn window(&self) -> u32 {
        self.window
    }

    /// What must hold of a window's counters after a call of this class: one bound for each group of classes
    /// that it is in.
    #[must_use]
    pub fn bounds(&self, class: Class) -> Vec<Bound> {
        let groups = COUNTERS.iter().enumerate().filter(|(group, _)| group & class.bit() != 0);
        groups
            .map(|(group, counter)| {
                let others = Class::ALL.iter().filter(|other| group & other.bit() == 0);
                let kept: u32 = others.map(|other| self.reserved(*other)).sum();
                Bound { counter, at_most: self.window.saturating_sub(kept) }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
