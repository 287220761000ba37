//! The sweep: everything that Belvo holds against everything that we hold, over all users, in as many ticks as
//! it takes.
//!
//! A tick takes the lease, goes on from the checkpoint of the one before, and stops in time. What Belvo lists is
//! compared with the store's indexes a few days at a time (`shelf`); whatever does not agree is decided on fresh
//! records by the ordinary plan of its user, and additions are made at once. What would take something away is
//! collected, and decided about at the end for the whole account: made, or withheld as a [`Plan`].
//!
//! Every write is conditional, so any number of sweeps and callbacks may run at once and die anywhere.

mod absent;
mod adding;
mod adopt;
mod apply;
#[cfg(test)]
mod clocks;
mod conclude;
mod days;
#[cfg(test)]
mod deaths;
#[cfg(test)]
mod giving_way;
mod groups;
#[cfg(test)]
mod histories;
mod named;
mod negative;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod poisoned;
mod probable;
mod progress;
#[cfg(test)]
mod refused;
mod report;
pub mod restore;
mod run;
mod scope;
mod shelf;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod together;
#[cfg(test)]
mod walks;
mod withheld;

pub use absent::Suspects;
pub use apply::{Applied, ApplyError, apply};
pub use negative::{Negative, Survivor};
pub use progress::{Counts, Progress, Stage};
pub use report::{Canary, Report};
pub use scope::{Scope, Walk};
pub use state::{LastFull, Order, SweepState};
pub use withheld::{Breaker, Plan, PlanId, PlanIdError, Unfit};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    change::{Action, AuditEvent},
    external_id::ExternalId,
    failure::{ProviderError, StoreError},
    link::LinkState,
    policy::Policy,
    ports::{Ambient, Census, Intents, Meter, Provider, Sweeps, Tombstones},
    values::LinkId,
};
use run::Run;
use state::Duty;

/// What a sweep needs of the store.
pub trait Store: Intents + Tombstones + Census + Sweeps + Meter {}
impl<T: Intents + Tombstones + Census + Sweeps + Meter> Store for T {}

/// What a sweep needs of Belvo.
pub trait Listing: Provider + Meter {}
impl<T: Provider + Meter> Listing for T {}

/// One line of what a sweep changes, for people and for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// To which link.
    pub link_id: Option<LinkId>,
    /// Of which user.
    pub external_id: Option<ExternalId>,
    /// The link's state before.
    pub before: Option<LinkState>,
    /// The link's state after.
    pub after: Option<LinkState>,
}

impl From<&AuditEvent> for Step {
    fn from(event: &AuditEvent) -> Self {
        Self {
            action: event.action,
            link_id: event.link_id,
            external_id: event.external_id.clone(),
            before: event.before,
            after: event.after,
        }
    }
}

/// Whoever looks on while a sweep is at work.
pub trait Watcher: Sync {
    /// A change was made, or would be.
    fn step(&self, step: &Step);
    /// The sweep got on.
    fn progress(&self, progress: &Progress);
}

/// Nobody looks on.
impl Watcher for () {
    fn step(&self, _: &Step) {}
    fn progress(&self, _: &Progress) {}
}

/// What a tick came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The sweep came to its end.
    Finished(Report),
    /// Time was up. The next tick goes on.
    Unfinished(Report),
    /// Somebody else took the lease meanwhile, and goes on.
    Overtaken(Report),
    /// Somebody else is at it, until then at least.
    Busy(Timestamp),
    /// It was done a moment ago.
    NothingDue,
}

impl Outcome {
    /// What was counted, if this tick swept.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Finished(report) | Self::Unfinished(report) | Self::Overtaken(report) => Some(report),
            Self::Busy(_) | Self::NothingDue => None,
        }
    }
}

/// Why a tick broke off. The checkpoint stands; nothing was concluded from half a listing.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Belvo could not be asked.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The table goes with another environment of Belvo's than the one that is asked.
    #[error(
        "this table goes with another environment of Belvo's: use the BELVO_API_URL that it was filled with, or \
         another table; if it is to go with this one from now on, `linkkeeper restore begin`"
    )]
    OtherEnvironment,
}

/// Refuses a table that goes with another of Belvo's environments than the one asked: what is "not found" there says
/// nothing about our links. For all that ask Belvo without sweeping, once, before they begin. One read.
pub async fn goes_together(store: &impl Sweeps, provider: &impl Provider) -> Result<(), SweepError> {
    if store.state().await?.goes_with(&provider.environment()) {
        Ok(())
    } else {
        Err(SweepError::OtherEnvironment)
    }
}

/// Sweeps.
#[derive(Debug)]
pub struct Sweeper<'a, S, P, A, W> {
    /// The store.
    pub store: &'a S,
    /// Belvo.
    pub provider: &'a P,
    /// Time and chance.
    pub ambient: &'a A,
    /// The rules' figures.
    pub policy: &'a Policy,
    /// Who looks on.
    pub watcher: &'a W,
}

impl<S: Store, P: Listing, A: Ambient, W: Watcher> Sweeper<'_, S, P, A, W> {
    /// One tick: goes on with the sweep under way, or begins the one that is due or ordered.
    pub async fn tick(&self, order: &Order) -> Result<Outcome, SweepError> {
        let now = self.ambient.now();
        let (state, place) = (self.store.state().await?, self.provider.environment());
        if !state.goes_with(&place) {
            return Err(SweepError::OtherEnvironment);
        }
        let progress = match state.duty(order, now, self.policy) {
            Duty::Sweep(progress) => *progress,
            Duty::Busy(until) => return Ok(Outcome::Busy(until)),
            Duty::Nothing => return Ok(Outcome::NothingDue),
        };
        if order.dry_run {
            return Run::new(self, order, state, progress).go().await;
        }
        let taken = state.taken(progress.clone(), &place, now, self.policy);
        if !self.store.put_state(&taken, state.token).await? {
            return Ok(Outcome::Busy(taken.lease_until.unwrap_or(now)));
        }
        Run::new(self, order, taken, progress).go().await
    }
}
