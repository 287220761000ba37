//! The end of a sweep: what is absent is asked for, and what would take something away is made or withheld.

use std::collections::BTreeSet;

use crate::{failure::is_one_users, observe::Notice, ports::Ambient};

use super::{
    Breaker, Canary, LastFull, Listing, Outcome, Plan, Report, Scope, Store, SweepError, SweepState, Watcher,
    absent::{Told, by_owner, canary, look_up},
    apply::{Making, Right},
    negative,
    run::Run,
};

/// The least part of the expected links that a listing must have, in percent.
const WHOLE: usize = 80;

impl<S: Store, P: Listing, A: Ambient, W: Watcher> Run<'_, S, P, A, W> {
    /// The last stage.
    pub(super) async fn conclude(&mut self) -> Result<Outcome, SweepError> {
        let notice = self.notice();
        let canary = self.ask_the_canary().await;
        let mut breakers = self.tripped_by_the_listing(canary);
        if canary == Canary::Passed {
            let absent = self.ask_for_the_absent(notice).await?;
            let wanted = self.progress.counts.negatives + absent;
            if self.on.policy.trips(wanted, self.known()) {
                breakers.insert(Breaker::TooMany);
            }
        } else {
            self.progress.counts.unanswered += self.progress.suspects.len();
        }
        let mut report = Report { breakers, ..self.report(canary) };
        if self.progress.negatives.is_empty() {
            return self.file(report, None).await;
        }
        if report.breakers.is_empty() {
            report.left = self.progress.counts.negatives.saturating_sub(self.progress.negatives.len());
            return self.take_away(report, notice).await;
        }
        let plan = self.withhold(&report.breakers, canary);
        report.withheld = self.progress.counts.negatives;
        report.plan = (!self.order.dry_run).then(|| plan.id.clone());
        self.file(report, Some(plan)).await
    }

    async fn ask_the_canary(&self) -> Canary {
        if self.progress.negatives.is_empty() && self.progress.suspects.is_empty() {
            return Canary::NotNeeded;
        }
        if canary(self.on.provider, self.progress.canary).await { Canary::Passed } else { Canary::Failed }
    }

    /// How many links were known before: of the account where that was counted, else of these days.
    fn known(&self) -> usize {
        let last = self.state.last_full.map_or(0, |last| last.known);
        self.progress.counts.known.max(if self.progress.scope == Scope::Full { 0 } else { last })
    }

    fn tripped_by_the_listing(&self, canary: Canary) -> BTreeSet<Breaker> {
        let counts = &self.progress.counts;
        let before = self.state.last_full.filter(|_| self.progress.scope == Scope::Full);
        let expected = counts.known.max(before.map_or(0, |last| last.listed));
        let shrunken = counts.listed * 100 < expected * WHOLE && expected > self.on.policy.negatives_free;
        let tripped = [
            (counts.listed == 0 && expected > 0, Breaker::EmptyListing),
            (shrunken, Breaker::ShrunkenListing),
            (canary == Canary::Failed, Breaker::CanaryFailed),
            (self.state.adopting_since.is_some(), Breaker::AdoptOnly),
        ];
        tripped.into_iter().filter(|(tripped, _)| *tripped).map(|(_, breaker)| breaker).collect()
    }

    /// Asks for the links that were drawn. What comes back is how many more would be missing if all that are
    /// absent were asked for: a wave is to be seen in its first drops.
    async fn ask_for_the_absent(&mut self, notice: Notice) -> Result<usize, SweepError> {
        let drawn = std::mem::take(&mut self.progress.suspects);
        let none = |_| Told { unanswered: drawn.len(), ..Told::default() };
        let told = look_up(self.on.provider, &drawn.ids(), drawn.len()).await.unwrap_or_else(none);
        let (missing, not_drawn) =
            (told.missing.len(), self.progress.counts.absent.saturating_sub(drawn.len()));
        self.progress.counts.unanswered += told.unanswered + not_drawn;
        self.users(by_owner(told, &drawn.owners(), false), notice).await?;
        Ok((not_drawn * missing).checked_div(drawn.len()).unwrap_or_default())
    }

    /// Makes what was listed, user by user, while the lease is held.
    async fn take_away(&mut self, mut report: Report, notice: Notice) -> Result<Outcome, SweepError> {
        let negatives = std::mem::take(&mut self.progress.negatives);
        for user in negative::users(&negatives) {
            let theirs: Vec<_> = negatives.iter().filter(|negative| negative.external_id == *user).collect();
            if self.order.dry_run {
                let Some(ledger) = self.on.store.ledger(user).await? else { continue };
                let audit = Making::of(&theirs, &ledger, notice).audit;
                self.tell(&audit);
                continue;
            }
            let token = Right::Lease(self.state.token);
            match Making::make(self.on.store, self.on.ambient, user, &theirs, notice, token).await {
                Err(error) if is_one_users(&error) => self.progress.counts.refused += 1,
                making => {
                    let making = making?;
                    self.tell(&making.audit);
                    self.progress.counts.conflicts += making.stale;
                    // A survivor that was retired leaves its place to another link at once.
                    self.settle(user, &[], notice).await?;
                }
            }
        }
        report.counts = self.progress.counts.clone();
        self.file(report, None).await
    }

    fn withhold(&self, breakers: &BTreeSet<Breaker>, canary: Canary) -> Plan {
        let counts = (self.known(), self.progress.counts.negatives);
        let there = self.progress.canary.filter(|_| canary == Canary::Passed);
        let negatives = self.progress.negatives.clone();
        Plan::new(self.on.ambient.now(), self.progress.started_at, breakers.clone(), counts, negatives, there)
    }

    /// Ends the sweep: the next one finds no progress, and knows how this one ended.
    async fn file(&mut self, report: Report, plan: Option<Plan>) -> Result<Outcome, SweepError> {
        let report = Report { finished_at: self.on.ambient.now(), spent: self.spent(), ..report };
        if self.order.dry_run {
            return Ok(Outcome::Finished(report));
        }
        let Report { ref counts, finished_at, started_at, .. } = report;
        let last_full = LastFull {
            finished_at,
            listed: counts.listed,
            known: counts.known,
            first_day: self.progress.first_day,
        };
        let (full, days) = (self.progress.scope == Scope::Full, self.progress.scope == Scope::Recent);
        let state = SweepState {
            lease_until: None,
            progress: self.state.paused.clone(),
            paused: None,
            last_full: if full { Some(last_full) } else { self.state.last_full },
            last_recent: if full || days { Some(started_at) } else { self.state.last_recent },
            ..self.state.clone()
        };
        let filed = self.on.store.finish(&state, self.state.token, &report, plan.as_ref()).await?;
        Ok(if filed { Outcome::Finished(report) } else { Outcome::Overtaken(report) })
    }
}
