//! The figures and switches that the rules obey, with where each comes from.

use jiff::{SignedDuration, Timestamp};

/// What proves whose a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingProof {
    /// A link session of ours explains it. The default.
    Session,
    /// Belvo's `external_id` is enough: for apps that open the widget with tokens of their own.
    ExternalId,
}

/// Whether changes that take something away may be made in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negatives {
    /// Supersede duplicates, note and retire ghosts.
    Allowed,
    /// Only add and refresh.
    Withheld,
}

/// The figures and switches that the rules obey.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What proves whose a link is.
    pub proof: BindingProof,
    /// How long the widget token lives: documented as 10 minutes.
    pub token_life: SignedDuration,
    /// How long after a session's issue a link may be made by it: Belvo's published token lives 20 minutes.
    pub session_window: SignedDuration,
    /// How far Belvo's clock may be off ours.
    pub clock_skew: SignedDuration,
    /// A sweep leaves younger links to their callback: no shorter than a token lives.
    pub young: SignedDuration,
    /// At least this long between the two `not_found` that retire a link (I7).
    pub ghost_grace: SignedDuration,
    /// Sessions that one user may open within an hour.
    pub sessions_per_hour: usize,
    /// Links of one user that may wait for Belvo at once.
    pub pending_per_user: usize,
    /// Absent links that one sweep asks Belvo about, one call each.
    pub probes_per_sweep: usize,
    /// Up to this many negative changes a sweep may make whatever their share.
    pub negatives_free: usize,
    /// Beyond that, at most this many of a hundred known links.
    pub negatives_percent: usize,
    /// Whether negative changes may be made at all.
    pub negatives: Negatives,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            proof: BindingProof::Session,
            token_life: SignedDuration::from_mins(10),
            session_window: SignedDuration::from_mins(20),
            clock_skew: SignedDuration::from_mins(2),
            young: SignedDuration::from_mins(20),
            ghost_grace: SignedDuration::from_mins(20),
            sessions_per_hour: 30,
            pending_per_user: 5,
            probes_per_sweep: 20,
            negatives_free: 5,
            negatives_percent: 2,
            negatives: Negatives::Allowed,
        }
    }
}

impl Policy {
    /// Whether so many negative changes are more than one run may make (I8).
    #[must_use]
    pub fn trips(&self, negatives: usize, known: usize) -> bool {
        negatives > self.negatives_free && negatives * 100 > known * self.negatives_percent
    }
}

/// `at` plus `by`, or the end of time.
#[must_use]
pub fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `at` minus `by`, or the beginning of time.
#[must_use]
pub fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_breaker_wants_both_the_number_and_the_share() {
        let policy = Policy::default();
        assert!(!policy.trips(5, 5), "five are always allowed");
        assert!(policy.trips(6, 100), "six of a hundred are too many");
        assert!(!policy.trips(6, 300), "six of three hundred are two percent");
        assert!(policy.trips(7, 300));
    }
}
