//! The figures and switches that the rules obey, with where each comes from.

use jiff::{SignedDuration, Timestamp};

use crate::deletion::Mode;

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
    /// Only add and refresh. A link that was bound first since this moment was nobody's before, so
    /// superseding it takes nothing away.
    Since(Timestamp),
}

/// What a user is told to do about a link that needs a new login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Log in again for it, in Update Mode. The default.
    UpdateMode,
    /// Disconnect it, and connect the account anew.
    Reconnect,
}

/// The figures and switches that the rules obey.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What proves whose a link is.
    pub proof: BindingProof,
    /// The way out that is told for links that need a new login.
    pub unusable: Unusable,
    /// Whether the widget is set up for consents of Brazil's open finance.
    pub consents: bool,
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
    /// A link that has no accounts when it is as old as this has none: Belvo gathers them within minutes or hours.
    pub accounts_within: SignedDuration,
    /// Links of one user that may wait for Belvo at once.
    pub pending_per_user: usize,
    /// Absent links that one sweep asks Belvo about, one call each.
    pub probes_per_sweep: usize,
    /// Most links that the app named without Belvo that one sweep looks at.
    pub named_per_sweep: usize,
    /// Users whose parts a sweep makes at once: most of that time is waiting for the table.
    pub users_at_once: usize,
    /// Most negative changes that a sweep makes, and a plan lists (I8).
    pub negatives_per_sweep: usize,
    /// Up to this many negative changes a sweep may make whatever their share.
    pub negatives_free: usize,
    /// Beyond that, at most this many of a hundred known links.
    pub negatives_percent: usize,
    /// Whether negative changes may be made at all.
    pub negatives: Negatives,
    /// How long a sweeper has the lease before others may take it; each checkpoint begins it anew.
    pub lease: SignedDuration,
    /// From the end of a full sweep to the next.
    pub full_every: SignedDuration,
    /// Between two recent sweeps at least: a tick that comes twice is not swept for twice.
    pub recent_every: SignedDuration,
    /// An unfinished sweep older than this is begun anew.
    pub sweep_life: SignedDuration,
    /// A withheld plan older than this is not applied any more.
    pub plan_life: SignedDuration,
    /// Whether links may be deleted at Belvo at all. Off until an operator switches it on.
    pub provider_deletion: bool,
    /// How Belvo is asked to delete.
    pub deletion_mode: Mode,
    /// After how long links that gave way to another are deleted at Belvo; never, unless somebody decides so.
    pub superseded_kept: Option<SignedDuration>,
    /// Deletions and erasures that one run takes up.
    pub deletions_per_run: usize,
    /// Between two looks at a deletion.
    pub deletion_every: SignedDuration,
    /// So long a link may stay visible after its deletion was asked for. Then it is asked for again.
    pub deletion_patience: SignedDuration,
    /// A deletion that takes longer is told to people.
    pub deletion_alarm: SignedDuration,
    /// Webhooks that are worked off together.
    pub webhooks_at_once: usize,
    /// Calls to Belvo that webhooks may cause in one run, repeats aside.
    pub read_backs_per_run: usize,
    /// How often the work of a webhook may fail. Outages do not count.
    pub webhook_attempts: u32,
    /// Sessions that one run looks up.
    pub look_ups_per_run: usize,
    /// From one reading of all consents to the next.
    pub consents_every: SignedDuration,
    /// How long before its end a consent is noted.
    pub consent_notice: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            proof: BindingProof::Session,
            unusable: Unusable::UpdateMode,
            consents: false,
            token_life: SignedDuration::from_mins(10),
            session_window: SignedDuration::from_mins(20),
            clock_skew: SignedDuration::from_mins(2),
            young: SignedDuration::from_mins(20),
            ghost_grace: SignedDuration::from_mins(20),
            sessions_per_hour: 30,
            accounts_within: SignedDuration::from_hours(24),
            pending_per_user: 5,
            probes_per_sweep: 100,
            named_per_sweep: 5_000,
            users_at_once: 16,
            negatives_per_sweep: 1_000,
            negatives_free: 5,
            negatives_percent: 2,
            negatives: Negatives::Allowed,
            lease: SignedDuration::from_mins(3),
            full_every: SignedDuration::from_hours(24),
            recent_every: SignedDuration::from_mins(1),
            sweep_life: SignedDuration::from_hours(48),
            plan_life: SignedDuration::from_hours(24),
            provider_deletion: false,
            deletion_mode: Mode::Asynchronous,
            superseded_kept: None,
            deletions_per_run: 100,
            deletion_every: SignedDuration::from_mins(1),
            deletion_patience: SignedDuration::from_mins(10),
            deletion_alarm: SignedDuration::from_hours(1),
            webhooks_at_once: 200,
            read_backs_per_run: 40,
            webhook_attempts: 5,
            look_ups_per_run: 100,
            consents_every: SignedDuration::from_hours(24),
            consent_notice: SignedDuration::from_hours(24 * 7),
        }
    }
}

impl Policy {
    /// How far apart two links may be made and still compete for one session, and how long a sweep leaves a
    /// link alone, together.
    #[must_use]
    pub fn contemporary(&self) -> SignedDuration {
        let window = self.session_window.saturating_add(self.clock_skew).saturating_add(self.clock_skew);
        self.young.saturating_add(window)
    }

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
