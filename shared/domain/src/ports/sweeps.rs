//! What sweeps need from outside beyond single ledgers: the indexes, a place for their state, and what it costs.

use std::ops::{Add, Sub};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    census::{Entry, Member},
    external_id::ExternalId,
    failure::StoreError,
    link::QuarantinedLink,
    sweep::{Plan, PlanId, Report, SweepState},
    values::LinkId,
};

/// What something has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Calls to Belvo, retries included.
    pub belvo_calls: u64,
    /// Requests to the table.
    pub table_requests: u64,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units.
    pub write_units: f64,
}

impl Add for Spent {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            belvo_calls: self.belvo_calls + other.belvo_calls,
            table_requests: self.table_requests + other.table_requests,
            read_units: self.read_units + other.read_units,
            write_units: self.write_units + other.write_units,
        }
    }
}

impl Sub for Spent {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            belvo_calls: self.belvo_calls.saturating_sub(other.belvo_calls),
            table_requests: self.table_requests.saturating_sub(other.table_requests),
            read_units: self.read_units - other.read_units,
            write_units: self.write_units - other.write_units,
        }
    }
}

/// Whoever counts what it costs, since its own beginning.
pub trait Meter: Sync {
    /// Everything so far.
    fn spent(&self) -> Spent;
}

/// What the indexes tell of all links. They may lag behind the records: nothing is changed on their word.
pub trait Census: Sync {
    /// The links that Belvo made on these days (UTC, both included), pending ones and tombstones aside.
    fn made_between(
        &self,
        from: Date,
        to: Date,
    ) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    /// Pending links, longest waiting first, so many at most.
    fn named(&self, most: usize) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    /// Those of these links that their users have.
    fn standing(
        &self,
        links: &[(ExternalId, LinkId)],
    ) -> impl Future<Output = Result<Vec<Entry>, StoreError>> + Send;

    /// Some live links in the order of their groups, from behind this one on. Empty at the end.
    fn grouped(
        &self,
        behind: Option<&Member>,
    ) -> impl Future<Output = Result<Vec<Member>, StoreError>> + Send;

    /// The quarantine, longest there first, so many at most.
    fn quarantine(
        &self,
        most: usize,
    ) -> impl Future<Output = Result<Vec<QuarantinedLink>, StoreError>> + Send;

    /// How many links are in quarantine, counted up to so many.
    fn quarantine_size(&self, most: usize) -> impl Future<Output = Result<usize, StoreError>> + Send;
}

/// What sweeps leave for each other and for people.
pub trait Sweeps: Sync {
    /// Who sweeps and how far they are, consistently read; the default when nobody ever swept.
    fn state(&self) -> impl Future<Output = Result<SweepState, StoreError>> + Send;

    /// Replaces the state if its token is still `held`. False: somebody else took the lease.
    fn put_state(
        &self,
        state: &SweepState,
        held: u64,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends a sweep: state, report and withheld plan together, if the token is still `held`. Filing the same
    /// report again is success.
    fn finish(
        &self,
        state: &SweepState,
        held: u64,
        report: &Report,
        plan: Option<&Plan>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The latest reports, latest first, so many at most.
    fn reports(&self, most: usize) -> impl Future<Output = Result<Vec<Report>, StoreError>> + Send;

    /// A withheld plan.
    fn plan(&self, id: &PlanId) -> impl Future<Output = Result<Option<Plan>, StoreError>> + Send;

    /// Notes that a plan was applied. False: somebody was quicker.
    fn mark_applied(
        &self,
        plan: &Plan,
        at: Timestamp,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_spent_is_summed_and_told_apart_item_by_item() {
        let spent = |belvo_calls, table_requests, read_units, write_units| Spent {
            belvo_calls,
            table_requests,
            read_units,
            write_units,
        };
        let (one, other) = (spent(3, 5, 7.0, 11.0), spent(1, 2, 0.5, 3.0));
        assert_eq!(one + other, spent(4, 7, 7.5, 14.0));
        assert_eq!(one - other, spent(2, 3, 6.5, 8.0));
        assert_eq!(other - one, spent(0, 0, -6.5, -8.0), "counters that began anew");
    }
}
