//! Links that gave way to another, deleted at Belvo when the policy says so and long after they did.

use crate::{
    change::{Action, CarriedOut, Change, Standing, carry_out},
    deletion::{
        Intent, Why,
        work::{Deleter, Store, Tally, WorkError},
    },
    external_id::ExternalId,
    link::{LinkRecord, LinkState, LinkStatus},
    policy::after,
    ports::{Ambient, Lookup, Provider, ProviderDeletion, Timer},
    values::LinkId,
};

impl<S, P, A> Deleter<'_, S, P, A>
where
    S: Store,
    P: Provider + ProviderDeletion,
    A: Ambient + Timer,
{
    /// Marks links that are superseded, once a day, to be deleted after the policy's time. From then on each can be
    /// seen, and taken back, until its time comes.
    pub(super) async fn mark_superseded(&self, tally: &mut Tally) -> Result<(), WorkError> {
        let Some(kept) = self.policy.superseded_kept else { return Ok(()) };
        let now = self.ambient.now();
        let last = self.store.looked_through().await?;
        if last.is_some_and(|last| after(last, self.policy.full_every) > now) {
            return Ok(());
        }
        let mut behind = None;
        loop {
            let members = self.store.grouped(behind.as_ref()).await?;
            let Some(last) = members.last().cloned() else { break };
            for member in members.iter().filter(|member| member.superseded) {
                let due = after(now, kept);
                tally.marked += usize::from(self.mark(&member.owner, member.link_id, due).await?);
            }
            behind = Some(last);
        }
        Ok(self.store.note_looked_through(now).await?)
    }

    /// Marks one, on condition that the survivor stands and is not to be deleted itself.
    async fn mark(&self, owner: &ExternalId, link: LinkId, due: jiff::Timestamp) -> Result<bool, WorkError> {
        let links = self.store.links(owner).await?.unwrap_or_default();
        let Some((victim, survivor)) = pair(&links, link) else { return Ok(false) };
        let Some(gone_for) = victim.superseded_by else { return Ok(false) };
        let intents = self.store.intents(&[link, gone_for]).await?;
        if [link, gone_for].iter().any(|id| intents.get(id).is_some_and(Intent::is_open)) {
            return Ok(false);
        }
        let why = Why::SupersededBy(gone_for);
        let wanted = Intent::mark(link, owner.clone(), why, self.ambient.now());
        let wanted = Intent { due_at: Some(due), ..wanted };
        let Some(intent) = Intent::instead_of(intents.get(&link), wanted) else { return Ok(false) };
        let event = self.event(Action::MarkDeletion, &intent, None);
        let changes = vec![
            Change::Intent(intent),
            Change::Unmarked(gone_for),
            Change::Stands(standing(victim)),
            Change::Stands(standing(survivor)),
        ];
        let done = carry_out(self.store, self.ambient, changes, vec![event]).await?;
        Ok(done == CarriedOut::Done)
    }

    /// Whether the link still gives way to this survivor, and the survivor works, here and at Belvo.
    pub(super) async fn may_go(&self, intent: &Intent, survivor: LinkId) -> Result<bool, WorkError> {
        let links = self.store.links(&intent.owner).await?.unwrap_or_default();
        if pair(&links, intent.link_id).is_none_or(|(_, kept)| kept.link_id != survivor) {
            return Ok(false);
        }
        Ok(match self.provider.link(survivor).await? {
            Lookup::Found(link) => link.status == LinkStatus::Valid,
            Lookup::NotFound => false,
        })
    }
}

/// A superseded link, and the active one that took its place.
fn pair(links: &[LinkRecord], link: LinkId) -> Option<(&LinkRecord, &LinkRecord)> {
    let find = |id: LinkId, state| links.iter().find(|record| record.link_id == id && record.state == state);
    let victim = find(link, LinkState::Superseded)?;
    Some((victim, find(victim.superseded_by?, LinkState::Active)?))
}

fn standing(record: &LinkRecord) -> Standing {
    Standing { owner: record.owner.clone(), link_id: record.link_id, revision: record.revision }
}
