//! Links that are asked for by name: those that apps named while Belvo could not be asked, those of one user, and
//! those that Belvo lists as unusable.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    census::{Entry, Holder},
    explain::{Explanation, by_named},
    external_id::ExternalId,
    link::{Claim, LinkRecord, ProviderLink},
    ports::{Ambient, Lookup},
    user::Ledger,
    values::LinkId,
};

use super::{
    Listing, Scope, Store, SweepError, Watcher,
    absent::Answer,
    run::{Pace, Run},
    shelf::Absent,
};

impl<S: Store, P: Listing, A: Ambient, W: Watcher> Run<'_, S, P, A, W> {
    /// The first stage.
    pub(super) async fn named(&mut self) -> Result<Pace, SweepError> {
        match self.progress.scope.clone() {
            Scope::User(user) => self.one(&user).await?,
            Scope::Full | Scope::Recent => self.awaited().await?,
            Scope::Days { .. } => {}
        }
        self.next().await
    }

    /// One user, as at the start of a session.
    async fn one(&mut self, user: &ExternalId) -> Result<(), SweepError> {
        let notice = self.notice();
        let found = self.on.provider.links_of(user).await?;
        let held = self.on.store.links(user).await?.unwrap_or_default();
        let counts = &mut self.progress.counts;
        (counts.listed, counts.known) = (found.len(), held.len());
        let live: Vec<_> = held.iter().filter(|record| record.holds_link() && record.is_live()).collect();
        let listed = |record: &&&LinkRecord| found.iter().any(|link| link.id == record.link_id);
        self.progress.canary = live.iter().find(listed).map(|record| record.link_id);
        for record in live.iter().filter(|record| !listed(record)) {
            self.progress.counts.absent += 1;
            let again = record.missing_since.is_some();
            let absent = Absent { link_id: record.link_id, owner: user.clone(), again };
            let (sweep, most) = (self.progress.started_at, self.on.policy.probes_per_sweep);
            self.progress.suspects.add(absent, sweep, most);
        }
        self.user(user, Answer { found, missing: Vec::new() }, notice).await
    }

    /// Links that apps named while Belvo could not be asked.
    async fn awaited(&mut self) -> Result<(), SweepError> {
        let notice = self.notice();
        let mut owners: BTreeMap<LinkId, BTreeSet<ExternalId>> = BTreeMap::new();
        for entry in self.on.store.named(self.on.policy.named_per_sweep).await? {
            if let Holder::User(owner) = entry.holder {
                owners.entry(entry.link_id).or_default().insert(owner);
            }
        }
        let mut answers: BTreeMap<&ExternalId, Answer> = BTreeMap::new();
        let (found, missing) = self.ask(&owners.keys().copied().collect::<Vec<_>>()).await?;
        for link in found {
            for owner in owners.get(&link.id).into_iter().flatten() {
                answers.entry(owner).or_default().found.push(link.clone());
            }
        }
        for id in missing {
            for owner in owners.get(&id).into_iter().flatten() {
                answers.entry(owner).or_default().missing.push(id);
            }
        }
        for (owner, mut answer) in answers {
            if let Some(ledger) = self.on.store.ledger(owner).await? {
                answer.found.retain(|link| stands_alone(&ledger, link, self.on.policy));
                self.user(owner, answer, notice).await?;
            }
        }
        Ok(())
    }

    /// What Belvo says of these links, as far as it says something.
    async fn ask(&mut self, ids: &[LinkId]) -> Result<(Vec<ProviderLink>, Vec<LinkId>), SweepError> {
        if ids.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let mut found = self.on.provider.links_by_id(ids).await?;
        let listed: BTreeSet<_> = found.iter().map(|link| link.id).collect();
        let mut missing = Vec::new();
        let unlisted = ids.iter().filter(|id| !listed.contains(id));
        for id in unlisted.take(self.on.policy.probes_per_sweep) {
            match self.on.provider.link(*id).await {
                Ok(Lookup::Found(link)) if link.id == *id => found.push(link),
                Ok(Lookup::NotFound) => missing.push(*id),
                Ok(Lookup::Found(_)) | Err(_) => self.progress.counts.unanswered += 1,
            }
        }
        Ok((found, missing))
    }

    /// One page of the links that Belvo lists as unusable; the next sweep reads the next.
    pub(super) async fn unusable(&mut self) -> Result<Pace, SweepError> {
        let notice = self.notice();
        let number = self.state.unusable_page.max(1);
        let page = self.on.provider.unusable(number).await?;
        self.state.unusable_page = if page.more { number + 1 } else { 1 };
        let links: BTreeMap<LinkId, ProviderLink> =
            page.links.into_iter().map(|link| (link.id, link)).collect();
        let keys: Vec<_> = links.values().filter_map(key).collect();
        let entries = if keys.is_empty() { Vec::new() } else { self.on.store.standing(&keys).await? };
        for Entry { link_id, holder, digest, .. } in entries {
            if let (Holder::User(owner), Some(link)) = (holder, links.get(&link_id))
                && !digest.agrees(link)
            {
                let said = Answer { found: vec![link.clone()], missing: Vec::new() };
                self.user(&owner, said, notice).await?;
            }
        }
        self.next().await
    }
}

fn key(link: &ProviderLink) -> Option<(ExternalId, LinkId)> {
    match &link.claim {
        Claim::Named(user) => Some((user.clone(), link.id)),
        Claim::Absent | Claim::Malformed => None,
    }
}

/// Whether a link can be decided without the others of its user: its session vouches for it, or it is not
/// theirs at all. The rest waits for the days, where its rivals are.
fn stands_alone(ledger: &Ledger, link: &ProviderLink, policy: &crate::policy::Policy) -> bool {
    let vouched = || {
        let session = ledger.session(ledger.link(link.id)?.session_id.as_ref()?)?;
        Some(matches!(by_named(session, link, policy), Explanation::By(_)))
    };
    !link.claim.names(&ledger.user.external_id) || vouched().unwrap_or_default()
}
