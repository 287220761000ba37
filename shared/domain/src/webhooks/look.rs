//! Looking at Belvo for what webhooks hint at: fifty links a call, and one call a user for links that are new.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use crate::{
    change::{Action, AuditEvent, Source, carry_out},
    deletion::erasure::reopen,
    external_id::ExternalId,
    failure::{Outage, ProviderError, StoreError, is_one_users},
    follow_up::{Learned, TakenIn, note_one, take_in},
    link::{Claim, LinkRecord, Marker, ProviderLink},
    observe::{Decision, Notice, refresh},
    plan::quarantine::plan_unowned,
    policy::after,
    ports::{Ambient, Consents, Lookup, Provider},
    values::{ConsentId, LinkId},
};

use super::{
    Desk, Store, Tally,
    batch::{Fate, Known},
};

/// Links in one call.
const TOGETHER: usize = 50;
/// When Belvo's record of a link could not be used, and those of others could.
const SOON: SignedDuration = SignedDuration::from_mins(10);

/// A link that nobody has, and who holds it instead.
type New = (ProviderLink, Option<Marker>);

/// A look at Belvo.
pub(super) struct Look<'a, S, P, A> {
    pub(super) desk: &'a Desk<'a, S, P, A>,
    pub(super) tally: &'a mut Tally,
    pub(super) fates: BTreeMap<LinkId, Fate>,
}

impl<S: Store, P: Provider + Consents, A: Ambient> Look<'_, S, P, A> {
    /// Looks at these links, those that users have first.
    pub(super) async fn at(&mut self, mut wanted: Vec<(LinkId, Known)>) -> Result<(), Outage> {
        wanted.sort_by_key(|(link, known)| (!matches!(known, Known::Of(_)), *link));
        let mut new: BTreeMap<Option<ExternalId>, Vec<New>> = BTreeMap::new();
        for some in wanted.chunks(TOGETHER) {
            if !self.desk.may_ask(self.tally) {
                self.fates.extend(some.iter().map(|(link, _)| (*link, Fate::Left)));
                continue;
            }
            let ids: Vec<_> = some.iter().map(|(link, _)| *link).collect();
            let notice = self.notice();
            self.tally.calls += 1;
            let shown = self.desk.on.provider.links_by_id(&ids).await?;
            for (link, known) in some {
                let found = shown.iter().find(|shown| shown.id == *link);
                match (known, found) {
                    (Known::Of(record), Some(found)) => self.refresh(record, found, notice).await?,
                    (Known::Of(record), None) => self.probe(record).await?,
                    (Known::Nobodys(marker), Some(found)) => {
                        new.entry(named(found)).or_default().push((found.clone(), marker.clone()));
                    }
                    // Not there, or not to be seen yet: then a sweep comes past.
                    (Known::Nobodys(_) | Known::Damaged, _) => drop(self.fates.insert(*link, Fate::Worked)),
                }
            }
        }
        for (user, links) in new {
            self.adopt(user.as_ref(), &links).await?;
        }
        Ok(())
    }

    /// Looks at these consents of users' links.
    pub(super) async fn at_consents(
        &mut self,
        consents: BTreeSet<(LinkId, ConsentId)>,
    ) -> Result<(), Outage> {
        let on = &self.desk.on;
        for (link, id) in consents {
            if !self.desk.may_ask(self.tally) {
                self.fates.insert(link, Fate::Left);
                continue;
            }
            let notice = self.notice();
            self.tally.calls += 1;
            let Some(consent) = on.provider.consent(id).await?.filter(|consent| consent.link_id == link)
            else {
                continue;
            };
            match note_one(on.store, on.ambient, on.policy, &consent, notice).await {
                Ok(noted) => self.tally.consents += usize::from(noted),
                Err(error) => self.fail(&[link], error)?,
            }
        }
        Ok(())
    }

    /// Our record of a link, brought up to date.
    async fn refresh(
        &mut self,
        record: &LinkRecord,
        link: &ProviderLink,
        notice: Notice,
    ) -> Result<(), Outage> {
        if refresh(record, link, notice.asked_at) == Decision::Unchanged {
            self.fates.insert(link.id, Fate::Worked);
            return Ok(());
        }
        let seen = std::slice::from_ref(link);
        self.learn(&[link.id], Learned { user: &record.owner, seen, missing: &[], notice }).await?;
        Ok(())
    }

    /// A list does not have it: that is no evidence, so it is asked for by itself.
    async fn probe(&mut self, record: &LinkRecord) -> Result<(), Outage> {
        let id = record.link_id;
        if !self.desk.may_ask(self.tally) {
            self.fates.insert(id, Fate::Left);
            return Ok(());
        }
        let notice = self.notice();
        self.tally.calls += 1;
        match self.desk.on.provider.link(id).await {
            Ok(Lookup::Found(link)) => self.refresh(record, &link, notice).await,
            Ok(Lookup::NotFound) => {
                let learned = Learned { user: &record.owner, seen: &[], missing: &[id], notice };
                self.learn(&[id], learned).await.map(drop)
            }
            Err(error @ (ProviderError::Throttled | ProviderError::Unsent(_))) => Err(error.into()),
            Err(ProviderError::Refused { .. }) => {
                self.fates.insert(id, Fate::Failed);
                Ok(())
            }
            Err(ProviderError::Unknown(_)) => {
                self.fates.insert(id, Fate::Later(after(notice.asked_at, SOON)));
                Ok(())
            }
        }
    }

    /// Links that nobody has: with all links of the user whom they name in sight, or set aside.
    async fn adopt(&mut self, user: Option<&ExternalId>, links: &[New]) -> Result<(), Outage> {
        let ids: Vec<_> = links.iter().map(|(link, _)| link.id).collect();
        let on = &self.desk.on;
        let Some(user) = user else { return self.set_aside(links).await };
        match on.store.links(user).await {
            Ok(Some(_)) => {}
            Ok(None) if reopen(on.store, user, on.ambient.now(), false).await? => {
                self.fates.extend(ids.iter().map(|id| (*id, Fate::Worked)));
                return Ok(());
            }
            Ok(None) => return self.set_aside(links).await,
            Err(error) => return Ok(self.fail(&ids, error)?),
        }
        if !self.desk.may_ask(self.tally) {
            self.fates.extend(ids.iter().map(|id| (*id, Fate::Left)));
            return Ok(());
        }
        let notice = self.notice();
        self.tally.calls += 1;
        let seen = on.provider.links_of(user).await?;
        match self.learn(&ids, Learned { user, seen: &seen, missing: &[], notice }).await? {
            Some(TakenIn::NoUser) => self.set_aside(links).await,
            Some(TakenIn::Done(_)) | None => Ok(()),
        }
    }

    async fn set_aside(&mut self, links: &[New]) -> Result<(), Outage> {
        let on = &self.desk.on;
        for (link, marker) in links {
            let plan = plan_unowned(link, marker.as_ref(), self.notice(), on.policy);
            self.fates.insert(link.id, Fate::Worked);
            if plan.is_empty() {
                continue;
            }
            match carry_out(on.store, on.ambient, plan.changes, plan.audit.clone()).await {
                Ok(_) => self.tell(&plan.audit), // who was quicker has seen it too
                Err(error) => self.fail(&[link.id], error)?,
            }
        }
        Ok(())
    }

    /// Makes true what was learned of one user; `None` if their records cannot be read or written.
    async fn learn(&mut self, ids: &[LinkId], learned: Learned<'_>) -> Result<Option<TakenIn>, Outage> {
        let on = &self.desk.on;
        match take_in(on.store, on.ambient, on.policy, learned, |_, _| ()).await {
            Ok(taken_in) => {
                self.fates.extend(ids.iter().map(|id| (*id, Fate::Worked)));
                if let TakenIn::Done(audit) = &taken_in {
                    self.tell(audit);
                }
                Ok(Some(taken_in))
            }
            Err(error) => Ok(self.fail(ids, error).map(|()| None)?),
        }
    }

    /// One user's damaged records stop nobody else.
    fn fail(&mut self, ids: &[LinkId], error: StoreError) -> Result<(), StoreError> {
        if !is_one_users(&error) {
            return Err(error);
        }
        self.fates.extend(ids.iter().map(|id| (*id, Fate::Failed)));
        Ok(())
    }

    fn tell(&mut self, audit: &[AuditEvent]) {
        let count = |action| audit.iter().filter(|event| event.action == action).count();
        self.tally.bound += count(Action::Bind);
        self.tally.refreshed += count(Action::Refresh);
        self.tally.quarantined += count(Action::Quarantine);
        self.tally.missing += count(Action::NoteMissing);
    }

    fn notice(&self) -> Notice {
        Notice { source: Source::Webhook, asked_at: self.desk.on.ambient.now() }
    }
}

fn named(link: &ProviderLink) -> Option<ExternalId> {
    match &link.claim {
        Claim::Named(user) => Some(user.clone()),
        Claim::Absent | Claim::Malformed => None,
    }
}
