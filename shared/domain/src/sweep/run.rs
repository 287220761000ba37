//! One tick of a sweep: stage after stage, with a checkpoint after each step and a look at the clock before.

use jiff::civil::Date;

use crate::{
    change::Source,
    observe::Notice,
    policy::{Negatives, Policy, after, before},
    ports::{Ambient, Spent},
};

use super::{
    Canary, Listing, Order, Outcome, Progress, Report, Scope, Stage, Store, SweepError, SweepState, Sweeper,
    Watcher, scope::day,
};

/// A tick at work.
pub(super) struct Run<'a, S, P, A, W> {
    pub(super) on: &'a Sweeper<'a, S, P, A, W>,
    pub(super) order: &'a Order,
    pub(super) state: SweepState,
    pub(super) progress: Progress,
    /// The rules for what may be made before the conclusion.
    pub(super) additions: Policy,
    /// What everything cost before this tick, and what the meters showed at its beginning.
    before: Spent,
    meters: Spent,
}

/// Whether a tick may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Go,
    Late,
    Overtaken,
}

impl<'a, S: Store, P: Listing, A: Ambient, W: Watcher> Run<'a, S, P, A, W> {
    pub(super) fn new(
        on: &'a Sweeper<'a, S, P, A, W>,
        order: &'a Order,
        state: SweepState,
        progress: Progress,
    ) -> Self {
        let negatives = Negatives::Since(progress.started_at);
        let additions = Policy { negatives, ..on.policy.clone() };
        let (before, meters) = (progress.spent, on.store.spent() + on.provider.spent());
        Self { on, order, state, progress, additions, before, meters }
    }

    /// Works until the end, or until time is up. A failure keeps the checkpoint and gives the lease back.
    pub(super) async fn go(mut self) -> Result<Outcome, SweepError> {
        let worked = self.work().await;
        if worked.is_err() && !self.order.dry_run {
            self.state.lease_until = None;
            let held = self.state.token;
            // If it cannot be given back now it ends by itself.
            drop(self.on.store.put_state(&self.state, held).await);
        }
        worked
    }

    async fn work(&mut self) -> Result<Outcome, SweepError> {
        loop {
            let pace = match self.progress.stage.clone() {
                Stage::Named => self.named().await?,
                Stage::Days(walk) => self.days(walk).await?,
                Stage::Unusable => self.unusable().await?,
                Stage::Groups(behind) => self.groups(behind).await?,
                Stage::Conclusion => return self.conclude().await,
            };
            match pace {
                Pace::Go => {}
                Pace::Late => return Ok(Outcome::Unfinished(self.report(Canary::NotNeeded))),
                Pace::Overtaken => return Ok(Outcome::Overtaken(self.report(Canary::NotNeeded))),
            }
        }
    }

    /// The stage is done: what comes next for this scope.
    pub(super) async fn next(&mut self) -> Result<Pace, SweepError> {
        let full = self.progress.scope == Scope::Full;
        let began = self.progress.started_at;
        self.progress.stage = match &self.progress.stage {
            Stage::Named => {
                let known = (self.state.last_recent, self.first_day());
                let walk = self.progress.scope.walk(began, known, self.on.policy);
                walk.map_or(Stage::Conclusion, Stage::Days)
            }
            Stage::Days(_) if full => Stage::Groups(None),
            Stage::Days(_) if self.progress.scope == Scope::Recent => Stage::Unusable,
            Stage::Days(_) | Stage::Unusable | Stage::Groups(_) | Stage::Conclusion => Stage::Conclusion,
        };
        self.checkpoint().await
    }

    /// Leaves the progress for whoever comes next, and keeps the lease for another while.
    pub(super) async fn checkpoint(&mut self) -> Result<Pace, SweepError> {
        self.progress.spent = self.spent();
        self.on.watcher.progress(&self.progress);
        let now = self.on.ambient.now();
        let late = self.order.until.is_some_and(|until| now >= until);
        if !self.order.dry_run {
            let lease_until = (!late).then(|| after(now, self.on.policy.lease));
            let state =
                SweepState { lease_until, progress: Some(self.progress.clone()), ..self.state.clone() };
            if !self.on.store.put_state(&state, self.state.token).await? {
                return Ok(Pace::Overtaken);
            }
            self.state = state;
        }
        Ok(if late { Pace::Late } else { Pace::Go })
    }

    /// The first day that had a link when everything was looked at last; of an account without any, the day of that
    /// look: whatever is ours was made since it began.
    pub(super) fn first_day(&self) -> Option<Date> {
        let last = self.state.last_full?;
        let began = || before(last.finished_at, self.on.policy.sweep_life);
        Some(last.first_day.unwrap_or_else(|| day(began())))
    }

    /// All ticks of this sweep together.
    pub(super) fn spent(&self) -> Spent {
        self.before + (self.on.store.spent() + self.on.provider.spent() - self.meters)
    }

    /// How and when we learn what Belvo says next.
    pub(super) fn notice(&self) -> Notice {
        Notice { source: Source::Sweep, asked_at: self.on.ambient.now() }
    }

    pub(super) fn report(&self, canary: Canary) -> Report {
        let spent = if self.order.dry_run { self.spent() } else { self.progress.spent };
        Report::of(&self.progress, spent, self.on.ambient.now(), self.order.dry_run, canary)
    }
}
