//! Carrying erasures through, a step a run: park, take up what Belvo lists for the user, wait until all is gone and
//! nothing more can come, remove everything, certify.

use crate::{
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    deletion::{
        Why,
        disconnect::park_all,
        erasure::{Certificate, Erasure, Progress, progress},
        work::{Deleter, Store, Tally, WorkError, tolerate},
    },
    external_id::ExternalId,
    failure::StoreError,
    link::{Claim, LinkRecord, LinkState, ProviderLink, QuarantinedLink},
    observe::Notice,
    policy::after,
    ports::{Ambient, Provider, ProviderDeletion, Timer},
    session::LinkSession,
};

/// Links that one transaction parks: a record, an intent and an event each, and an owner for new ones.
const AT_ONCE: usize = 20;

impl<S, P, A> Deleter<'_, S, P, A>
where
    S: Store,
    P: Provider + ProviderDeletion,
    A: Ambient + Timer,
{
    /// A step of each erasure that is due.
    pub(super) async fn erasures(&self, tally: &mut Tally) -> Result<(), WorkError> {
        let due = self.store.erasing(self.ambient.now(), self.policy.deletions_per_run).await?;
        for erasure in due {
            let done = self.further(&erasure, tally).await;
            tolerate(done, tally)?;
        }
        Ok(())
    }

    async fn further(&self, erasure: &Erasure, tally: &mut Tally) -> Result<(), WorkError> {
        let user = &erasure.external_id;
        let remains = self.store.remains(user).await?;
        let notice = Notice { source: Source::Erasure, asked_at: self.ambient.now() };
        self.close(&remains.sessions, notice).await?;
        let listed = if self.held_back().await? {
            tally.held_back += 1;
            Vec::new() // parked all the same, and deleted when deletion is on
        } else {
            self.listed(user).await?
        };
        match progress(erasure, &remains, &listed, notice.asked_at, self.policy) {
            Progress::Parking(records) => self.park(&records, notice).await?,
            Progress::Found(links) => self.take_up(user, &remains.links, &links, notice).await?,
            Progress::Waiting(until) => return self.put_off(erasure, until).await,
            Progress::Empty => {
                // With keys of another account nothing of theirs would be listed.
                if self.held_back().await? || !self.sees_our_account().await? {
                    return self
                        .put_off(erasure, after(notice.asked_at, self.policy.deletion_patience))
                        .await;
                }
                let set_aside = self.set_aside(user).await?;
                if set_aside.is_empty() {
                    tally.erased += usize::from(self.complete(erasure).await?);
                    return Ok(());
                }
                self.take_up(user, &remains.links, &set_aside, notice).await?;
            }
        }
        self.put_off(erasure, after(notice.asked_at, self.policy.deletion_every)).await
    }

    /// What Belvo lists for the user, and is nobody else's here.
    async fn listed(&self, user: &ExternalId) -> Result<Vec<ProviderLink>, WorkError> {
        let listed = self.provider.links_of(user).await?;
        let ids: Vec<_> = listed.iter().map(|link| link.id).collect();
        let theirs = self.not_anothers(user, &ids).await?;
        Ok(listed.into_iter().filter(|link| theirs.contains(&link.id)).collect())
    }

    /// Links in quarantine that name the user: Belvo may list them no more, but nobody has asked for each.
    async fn set_aside(&self, user: &ExternalId) -> Result<Vec<ProviderLink>, WorkError> {
        let quarantine = self.store.quarantine(usize::MAX).await?;
        Ok(quarantine.into_iter().filter(|link| link.claim.names(user)).map(shown).collect())
    }

    /// Nobody looks up what these sessions made but this erasure.
    async fn close(&self, sessions: &[LinkSession], notice: Notice) -> Result<(), StoreError> {
        let due: Vec<_> = sessions.iter().filter(|session| session.due_at.is_some()).collect();
        for some in due.chunks(AT_ONCE) {
            let closed: Vec<_> = some.iter().map(|session| session.looked_up()).collect();
            let event =
                |session| AuditEvent::of_session(notice.asked_at, Action::EndSession, notice.source, session);
            let audit = closed.iter().map(event).collect();
            let changes = closed.into_iter().map(Change::Session).collect();
            carry_out(self.store, self.ambient, changes, audit).await?; // too late: the next run sees it
        }
        Ok(())
    }

    async fn park(&self, records: &[LinkRecord], notice: Notice) -> Result<(), StoreError> {
        let records: Vec<_> = records.iter().collect();
        for some in records.chunks(AT_ONCE) {
            let (changes, audit) =
                park_all(self.store, some, Why::Erasure, Action::MarkDeletion, notice).await?;
            carry_out(self.store, self.ambient, changes, audit).await?; // too late: the next run sees it
        }
        Ok(())
    }

    /// Takes up links that were never bound here, or that are back, to be deleted.
    async fn take_up(
        &self,
        user: &ExternalId,
        held: &[LinkRecord],
        links: &[ProviderLink],
        notice: Notice,
    ) -> Result<(), StoreError> {
        for link in links {
            let before = held.iter().find(|record| record.link_id == link.id);
            let bound = LinkRecord::bound(link, user.clone(), None, notice.asked_at);
            let record = LinkRecord {
                state: before.map_or(bound.state, |before| before.state),
                revision: before.map_or(0, |before| before.revision),
                ..bound
            };
            let (mut changes, audit) =
                park_all(self.store, &[&record], Why::Erasure, Action::MarkDeletion, notice).await?;
            changes.push(Change::Own(link.id, user.clone()));
            match carry_out(self.store, self.ambient, changes, audit).await? {
                CarriedOut::Done | CarriedOut::Stale | CarriedOut::OwnedByAnother(_) => {}
            }
        }
        Ok(())
    }

    /// No link is left and none can come: everything goes, and what remains to be told is told. A run beside this one
    /// may have seen a link that this one did not: what it took up goes first.
    async fn complete(&self, erasure: &Erasure) -> Result<bool, WorkError> {
        let remains = self.store.remains(&erasure.external_id).await?;
        let held: Vec<_> = remains.links.iter().filter(|record| record.holds_link()).collect();
        let counted =
            Erasure { links: Some(erasure.links.unwrap_or(held.len())), ..erasure.due(self.ambient.now()) };
        let all_gone = held.iter().all(|record| record.state == LinkState::Gone);
        if !all_gone || !self.store.put_erasure(&counted).await? {
            return Ok(false);
        }
        self.store.purge(&erasure.external_id, &remains).await?;
        let certificate = Certificate {
            erasure_id: erasure.id.clone(),
            requested_at: erasure.requested_at,
            completed_at: self.ambient.now(),
            links_deleted: counted.links.unwrap_or_default(),
        };
        Ok(self.store.certify(&counted.complete(), &certificate).await?)
    }

    async fn put_off(&self, erasure: &Erasure, until: jiff::Timestamp) -> Result<(), WorkError> {
        self.store.put_erasure(&erasure.due(until)).await?; // false: another run is further
        Ok(())
    }
}

/// A quarantined link as Belvo showed it.
fn shown(link: QuarantinedLink) -> ProviderLink {
    ProviderLink {
        id: link.link_id,
        institution: link.institution,
        access_mode: None,
        status: link.status,
        claim: Claim::Absent,
        created_at: link.created_at,
        institution_user_id: None,
    }
}
