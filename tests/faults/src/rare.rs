//! Rare events that must have come about for a run to prove anything, by name, and how often each did.

/// A rare event, as far as it can happen between handlers, store and Belvo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rare {
    /// A reading of a list showed a link twice.
    PageRepeat,
    /// A reading of a list missed a link that was there all the while.
    PageSkip,
    /// The count changed between two pages of a reading.
    WindowChanged,
    /// The lease was taken from somebody who was still at it.
    LeaseStolen,
    /// A process died between a deletion at Belvo and our note of it.
    DeathAfterDelete,
    /// Belvo deleted, and its answer was lost.
    DeleteReplyLost,
    /// A write met our own earlier attempt.
    OwnRepeat,
    /// A commit came too late.
    Stale,
    /// An index told what was no longer so.
    StaleIndex,
    /// Two transactions collided.
    TransactionConflict,
    /// A callback came before Belvo showed its link.
    CallbackTooEarly,
    /// A webhook came before the callback of its link.
    WebhookFirst,
    /// A callback came for a user who was erased.
    CallbackAfterErasure,
    /// A callback came for a link that is a tombstone.
    ReplayAfterTombstone,
    /// The survivor of a duplicate stopped working before the other was deleted.
    SurvivorFlips,
    /// A sweep withheld what it would have taken away.
    BreakerTrips,
    /// Belvo listed nothing though there was something.
    EmptyListing,
    /// A process had the keys of another environment.
    WrongEnvironment,
    /// Belvo dropped the `external_id` of a link.
    NoExternalId,
    /// A link was planted under somebody else's `external_id`.
    Planted,
    /// A clock went back.
    ClockBack,
    /// The budget of calls was used up while somebody was at work.
    BudgetUsedUp,
    /// Belvo throttled.
    Throttled,
    /// A process died.
    Death,
    /// A process stood still.
    Freeze,
    /// A webhook came under the older of two agreed values.
    OlderWebhookKey,
    /// Somebody named a link before it was made.
    FutureId,
    /// Two sweeps were at it at the same time.
    SweepsTogether,
    /// A user was erased while a request of theirs was under way.
    ErasedMeanwhile,
    /// A deletion was taken back.
    Cancelled,
}

/// All of them, with what each is called and how often at least a schedule in ten thousand must show it.
pub const RARE: [(Rare, &str, u64); 30] = [
    (Rare::PageRepeat, "page repeat", 10),
    (Rare::PageSkip, "page skip", 1),
    (Rare::WindowChanged, "window changed between pages", 10),
    (Rare::LeaseStolen, "lease stolen from a live holder", 10),
    (Rare::DeathAfterDelete, "crash between provider DELETE and our record", 2),
    (Rare::DeleteReplyLost, "DELETE applied but reply lost", 2),
    (Rare::OwnRepeat, "conditional failure caused by our own earlier attempt", 100),
    (Rare::Stale, "conditional failure caused by another", 100),
    (Rare::StaleIndex, "stale GSI hit", 100),
    (Rare::TransactionConflict, "TransactionConflict", 100),
    (Rare::CallbackTooEarly, "callback before the link is visible", 10),
    (Rare::WebhookFirst, "webhook before callback", 100),
    (Rare::CallbackAfterErasure, "callback after user deletion", 10),
    (Rare::ReplayAfterTombstone, "replay after tombstone", 10),
    (Rare::SurvivorFlips, "survivor flips to invalid between election and delete", 1),
    (Rare::BreakerTrips, "a breaker trips", 10),
    (Rare::EmptyListing, "empty successful listing", 100),
    (Rare::WrongEnvironment, "wrong environment", 100),
    (Rare::NoExternalId, "external_id null", 100),
    (Rare::Planted, "planted external_id", 100),
    (Rare::ClockBack, "clock jump back", 100),
    (Rare::BudgetUsedUp, "budget exhausted mid-run", 10),
    (Rare::Throttled, "throttled", 100),
    (Rare::Death, "a process dies", 100),
    (Rare::Freeze, "a process stands still", 100),
    (Rare::OlderWebhookKey, "webhook under the older of two secrets", 100),
    (Rare::FutureId, "a link is named before it is made", 10),
    (Rare::SweepsTogether, "overlapping sweeps", 100),
    (Rare::ErasedMeanwhile, "user erased while a request of theirs is under way", 10),
    (Rare::Cancelled, "a deletion is taken back", 10),
];

/// How often each was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen([u64; RARE.len()]);

impl Seen {
    /// Once more.
    pub fn saw(&mut self, rare: Rare) {
        self.0[rare as usize] += 1;
    }

    /// So many times more.
    pub fn saw_often(&mut self, rare: Rare, times: u64) {
        self.0[rare as usize] += times;
    }

    /// How often.
    pub fn count(&self, rare: Rare) -> u64 {
        self.0[rare as usize]
    }

    /// Both together.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }

    /// Those that were seen less often than so many schedules must show them.
    pub fn too_rare(&self, schedules: u64) -> Vec<&'static str> {
        let least = |most: u64| (schedules * most / 10_000).max(u64::from(schedules >= 2_000));
        let missing = RARE.iter().filter(|(rare, _, most)| self.count(*rare) < least(*most));
        missing.map(|(_, name, _)| *name).collect()
    }
}
