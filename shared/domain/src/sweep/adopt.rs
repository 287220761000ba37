//! What was learned of users, and of links that are nobody's, made true at once as far as it only adds; what it
//! would take away is put on the list.

use crate::{
    change::{Action, AuditEvent},
    external_id::ExternalId,
    link::{Claim, ProviderLink},
    observe::Notice,
    plan::{Markers, quarantine::plan_unowned},
    policy::{Negatives, Policy},
    ports::Ambient,
    side_by_side::side_by_side,
    values::LinkId,
};

use super::{
    Listing, Negative, Scope, Stage, Step, Store, SweepError, Watcher,
    absent::Answer,
    adding::{Added, Hands, Now, planned},
    run::Run,
    shelf::News,
};

impl<S: Store, P: Listing, A: Ambient, W: Watcher> Run<'_, S, P, A, W> {
    /// Makes true what came out for some days.
    pub(super) async fn take_in(&mut self, news: News, notice: Notice) -> Result<(), SweepError> {
        let counts = &mut self.progress.counts;
        counts.listed += news.listed;
        counts.known += news.known;
        counts.quarantined += news.quarantined;
        counts.absent += news.absent.len();
        self.progress.first_day = self.progress.first_day.or(news.first); // the days come in their order
        for absent in news.absent {
            let (sweep, most) = (self.progress.started_at, self.on.policy.probes_per_sweep);
            self.progress.suspects.add(absent, sweep, most);
        }
        let said = |found| Answer { found, missing: Vec::new() };
        let users: Vec<_> = news.users.into_iter().map(|(user, found)| (user, said(found))).collect();
        self.users(&users, notice).await?;
        let unowned: Vec<_> = news.unowned.into_values().collect();
        self.unowned(&unowned, notice).await
    }

    /// Makes true what Belvo says of these users' links, a few users at once, and lists what that would take
    /// away.
    pub(super) async fn users(
        &mut self,
        users: &[(ExternalId, Answer)],
        notice: Notice,
    ) -> Result<(), SweepError> {
        let policy = self.additions.clone();
        for some in users.chunks(self.on.policy.users_at_once.max(1)) {
            let hands = self.hands(&policy);
            let adding = some.iter().map(|(user, said)| hands.add(user, said, notice));
            let added = side_by_side(adding).await;
            for ((user, said), added) in some.iter().zip(added) {
                let lists = self.lists_negatives();
                self.note(user, said, added?, notice, |_| lists).await?;
            }
        }
        Ok(())
    }

    /// The same for one user.
    pub(super) async fn user(
        &mut self,
        user: &ExternalId,
        said: Answer,
        notice: Notice,
    ) -> Result<(), SweepError> {
        self.users(&[(user.clone(), said)], notice).await
    }

    /// Settles one group of one user's links.
    pub(super) async fn settle(
        &mut self,
        user: &ExternalId,
        group: &[LinkId],
        notice: Notice,
    ) -> Result<(), SweepError> {
        let said = Answer::default();
        let policy = self.additions.clone();
        let added = self.hands(&policy).add(user, &said, notice).await?;
        self.note(user, &said, added, notice, |id| group.contains(&id)).await
    }

    fn hands<'h>(&self, policy: &'h Policy) -> Hands<'h, S, A>
    where
        Self: 'h,
    {
        Hands { store: self.on.store, ambient: self.on.ambient, policy, dry_run: self.order.dry_run }
    }

    /// Counts what came of one user's part, and lists what is left to be taken away of these links.
    async fn note(
        &mut self,
        user: &ExternalId,
        said: &Answer,
        added: Added,
        notice: Notice,
        listed: impl Fn(LinkId) -> bool,
    ) -> Result<(), SweepError> {
        match added {
            Added::Done(now) => {
                self.tell(&now.audit);
                self.list_negatives(&now, said, notice, listed);
            }
            Added::NoUser => {
                let theirs = said.found.iter().filter(|link| link.claim == Claim::Named(user.clone()));
                let theirs: Vec<_> = theirs.cloned().collect();
                self.unowned(&theirs, notice).await?;
            }
            Added::Late => self.progress.counts.conflicts += 1,
            Added::Refused => self.progress.counts.refused += 1,
        }
        Ok(())
    }

    /// A full sweep comes past every group later, and lists then what it has settled by then.
    fn lists_negatives(&self) -> bool {
        let later = match self.progress.stage {
            Stage::Named | Stage::Days(_) => self.progress.scope == Scope::Full,
            Stage::Unusable | Stage::Groups(_) | Stage::Conclusion => false,
        };
        !later || self.order.dry_run
    }

    fn list_negatives(&mut self, now: &Now, said: &Answer, notice: Notice, wanted: impl Fn(LinkId) -> bool) {
        let policy = Policy { negatives: Negatives::Allowed, ..self.on.policy.clone() };
        let plan = planned(&now.ledger, said, &now.markers, notice, &policy);
        let negatives = Negative::all_of(&plan, &now.ledger);
        for negative in negatives.into_iter().filter(|negative| wanted(negative.link_id)) {
            let listed = &mut self.progress.negatives;
            if let Some(known) = listed.iter_mut().find(|known| known.link_id == negative.link_id) {
                *known = negative; // decided on more than before
                continue;
            }
            self.progress.counts.negatives += 1;
            if listed.len() < self.on.policy.negatives_per_sweep {
                listed.push(negative);
            }
        }
    }

    /// Sets aside links that are nobody's, a few at once.
    pub(super) async fn unowned(&mut self, links: &[ProviderLink], notice: Notice) -> Result<(), SweepError> {
        let ids: Vec<_> = links.iter().map(|link| link.id).collect();
        let markers = if ids.is_empty() { Markers::new() } else { self.on.store.markers(&ids).await? };
        let plan = |link: &ProviderLink| plan_unowned(link, markers.get(&link.id), notice, &self.additions);
        let plans: Vec<_> = links.iter().map(plan).filter(|plan| !plan.is_empty()).collect();
        let policy = self.additions.clone();
        for some in plans.chunks(self.on.policy.users_at_once.max(1)) {
            let hands = self.hands(&policy);
            let set_aside = side_by_side(some.iter().map(|plan| hands.set_aside(plan.clone()))).await;
            for (plan, set_aside) in some.iter().zip(set_aside) {
                match set_aside? {
                    Added::NoUser | Added::Done(_) => self.tell(&plan.audit),
                    Added::Late => self.progress.counts.conflicts += 1,
                    Added::Refused => self.progress.counts.refused += 1,
                }
            }
        }
        Ok(())
    }

    /// Counts what was done.
    pub(super) fn tell(&mut self, audit: &[AuditEvent]) {
        for event in audit {
            if event.action == Action::Bind && self.progress.canary.is_none() {
                self.progress.canary = event.link_id; // Belvo listed it, and it names one of our users
            }
            self.progress.counts.did(event.action);
            self.on.watcher.step(&Step::from(event));
        }
    }
}
