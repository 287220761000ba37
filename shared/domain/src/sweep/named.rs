//! Links that are asked for by name: those that apps named while Belvo could not be asked, those of one user, and
//! those that Belvo lists as unusable.

use std::collections::BTreeMap;

use crate::{
    census::{Entry, Holder},
    external_id::ExternalId,
    link::{Claim, LinkRecord, ProviderLink},
    ports::Ambient,
    values::LinkId,
};

use super::{
    Listing, Scope, Store, SweepError, Watcher,
    absent::{Answer, Owners, by_owner, look_up},
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
        self.users(vec![(user.clone(), Answer { found, ..Answer::default() })], notice).await
    }

    /// Links that apps named while Belvo could not be asked.
    async fn awaited(&mut self) -> Result<(), SweepError> {
        let notice = self.notice();
        let mut owners = Owners::new();
        for entry in self.on.store.named(self.on.policy.named_per_sweep).await? {
            if let Holder::User(owner) = entry.holder {
                owners.entry(entry.link_id).or_default().insert(owner);
            }
        }
        let ids: Vec<_> = owners.keys().copied().collect();
        let told = look_up(self.on.provider, &ids, self.on.policy.probes_per_sweep).await?;
        self.progress.counts.unanswered += told.unanswered;
        self.users(by_owner(told, &owners, true), notice).await
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
        let news = |entry: Entry| match (entry.holder, links.get(&entry.link_id)) {
            (Holder::User(owner), Some(link)) if !entry.digest.agrees(link) => {
                Some((owner, Answer { found: vec![link.clone()], ..Answer::default() }))
            }
            _ => None,
        };
        self.users(entries.into_iter().filter_map(news).collect(), notice).await?;
        self.next().await
    }
}

fn key(link: &ProviderLink) -> Option<(ExternalId, LinkId)> {
    match &link.claim {
        Claim::Named(user) => Some((user.clone(), link.id)),
        Claim::Absent | Claim::Malformed => None,
    }
}
