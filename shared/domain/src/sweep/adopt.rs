//! What was learned of users, and of links that are nobody's, made true at once as far as it only adds; what it
//! would take away is put on the list.

use crate::{
    change::{Action, AuditEvent},
    external_id::ExternalId,
    failure::is_one_users,
    link::ProviderLink,
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
        let said = |(user, found)| (user, Answer { found, ..Answer::default() });
        self.users(news.users.into_iter().map(said).collect(), notice).await?;
        let unowned: Vec<_> = news.unowned.into_values().collect();
        self.unowned(&unowned, notice).await
    }

    /// Makes true what Belvo says of these users' links, a few users at once, and lists what that would take
    /// away.
    pub(super) async fn users(
        &mut self,
        users: Vec<(ExternalId, Answer)>,
        notice: Notice,
    ) -> Result<(), SweepError> {
        let lists = self.lists_negatives();
        let policy = self.additions.clone();
        let mut users = users.into_iter().peekable();
        while users.peek().is_some() {
            let hands = self.hands(&policy);
            let some = users.by_ref().take(policy.users_at_once.max(1));
            let added = side_by_side(some.map(|(user, said)| hands.add(user, said, notice))).await;
            for added in added {
                self.note(added?, notice, |_| lists).await?;
            }
        }
        Ok(())
    }

    /// Settles one user's links, and lists what that would take away of this group.
    pub(super) async fn settle(
        &mut self,
        user: &ExternalId,
        group: &[LinkId],
        notice: Notice,
    ) -> Result<(), SweepError> {
        let policy = self.additions.clone();
        let added = self.hands(&policy).add(user.clone(), Answer::default(), notice).await?;
        self.note(added, notice, |id| group.contains(&id)).await
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
        added: Added,
        notice: Notice,
        listed: impl Fn(LinkId) -> bool,
    ) -> Result<(), SweepError> {
        match added {
            Added::Done(now) => {
                self.tell(&now.audit);
                self.list_negatives(&now, notice, listed);
            }
            Added::NoUser(links) => self.unowned(&links, notice).await?,
            Added::Erased => self.progress.counts.erased += 1,
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

    fn list_negatives(&mut self, now: &Now, notice: Notice, wanted: impl Fn(LinkId) -> bool) {
        let policy = Policy { negatives: Negatives::Allowed, ..self.on.policy.clone() };
        let plan = planned(&now.ledger, &now.said, &now.markers, notice, &policy);
        let negatives = Negative::all_of(&plan, &now.ledger);
        for negative in negatives.into_iter().filter(|negative| wanted(negative.link_id)) {
            let listed = &mut self.progress.negatives;
            let before = listed.len();
            listed.retain(|known| !known.rests_on_what_is_lost_by(&negative));
            self.progress.counts.negatives -= before - listed.len();
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
        let Some(markers) = self.markers(links).await? else { return self.each_alone(links, notice).await };
        let plan = |link: &ProviderLink| plan_unowned(link, markers.get(&link.id), notice, &self.additions);
        let plans: Vec<_> = links.iter().map(plan).filter(|plan| !plan.is_empty()).collect();
        let policy = self.additions.clone();
        for some in plans.chunks(policy.users_at_once.max(1)) {
            let hands = self.hands(&policy);
            let set_aside = side_by_side(some.iter().map(|plan| hands.set_aside(plan.clone()))).await;
            for (plan, set_aside) in some.iter().zip(set_aside) {
                match set_aside? {
                    Some(true) => self.tell(&plan.audit),
                    Some(false) => self.progress.counts.conflicts += 1,
                    None => self.progress.counts.refused += 1,
                }
            }
        }
        Ok(())
    }

    /// Who holds these links; `None` if one of the items cannot be read.
    async fn markers(&self, links: &[ProviderLink]) -> Result<Option<Markers>, SweepError> {
        if links.is_empty() {
            return Ok(Some(Markers::new()));
        }
        let ids: Vec<_> = links.iter().map(|link| link.id).collect();
        match self.on.store.markers(&ids).await {
            Err(error) if is_one_users(&error) => Ok(None),
            markers => Ok(Some(markers?)),
        }
    }

    /// One damaged item among many spoils itself and no other.
    async fn each_alone(&mut self, links: &[ProviderLink], notice: Notice) -> Result<(), SweepError> {
        if let [_damaged] = links {
            self.progress.counts.refused += 1;
            return Ok(());
        }
        for link in links {
            Box::pin(self.unowned(std::slice::from_ref(link), notice)).await?;
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
