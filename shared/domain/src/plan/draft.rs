//! A copy of one user's records that decisions are tried on.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    change::{AuditEvent, Change, Standing},
    duplicates,
    link::{LinkRecord, LinkState, Marker, ProviderLink, QuarantinedLink},
    observe::{Decision, Notice},
    policy::{Negatives, Policy, after},
    session::LinkSession,
    user::Ledger,
    values::{LinkId, SessionId},
};

use super::{Markers, diff, quarantine};

/// The records as they shall be, beside the ones that are.
pub(super) struct Draft<'a> {
    ledger: &'a Ledger,
    markers: &'a Markers,
    notice: Notice,
    links: BTreeMap<LinkId, LinkRecord>,
    spent: Vec<LinkSession>,
    quarantined: Vec<QuarantinedLink>,
}

impl<'a> Draft<'a> {
    pub(super) fn of(ledger: &'a Ledger, markers: &'a Markers, notice: Notice) -> Self {
        let links = ledger.links.iter().map(|record| (record.link_id, record.clone())).collect();
        Self { ledger, markers, notice, links, spent: Vec::new(), quarantined: Vec::new() }
    }

    pub(super) fn take(&mut self, link: &ProviderLink, decision: &Decision) {
        match decision {
            Decision::Bind(session) => self.bind(link, session.as_ref()),
            Decision::Refresh(record) => {
                self.links.insert(link.id, record.as_ref().clone());
            }
            Decision::Quarantine(reason) => {
                if !link.claim.names(&self.ledger.user.external_id) {
                    self.drop_pending(link.id); // else it waits on: a tombstone would bar its user for ever
                }
                let held = match self.markers.get(&link.id) {
                    Some(Marker::Quarantined(held)) => Some(held),
                    Some(Marker::Owned(_)) | None => None,
                };
                self.quarantined.extend(quarantine::set_aside(link, *reason, held, self.notice));
            }
            Decision::Refuse => self.drop_pending(link.id),
            Decision::Unchanged | Decision::Wait => {}
        }
    }

    fn bind(&mut self, link: &ProviderLink, session: Option<&SessionId>) {
        let owner = self.ledger.user.external_id.clone();
        let record = LinkRecord::bound(link, owner, session.cloned(), self.notice.asked_at);
        self.links.insert(link.id, record);
        let session = session.and_then(|id| self.ledger.session(id));
        self.spent.extend(session.filter(|s| s.link_id.is_none()).map(|s| s.spent_on(link.id)));
    }

    /// The app named a link that is not the user's: forget that it did.
    fn drop_pending(&mut self, id: LinkId) {
        if let Some(record) = self.links.get_mut(&id).filter(|record| !record.state.is_bound()) {
            record.state = LinkState::Gone;
        }
    }

    /// Belvo has no such link. One `not_found` proves nothing; the second, a grace period later, does (I7).
    pub(super) fn miss(&mut self, id: LinkId, policy: &Policy) {
        let now = self.notice.asked_at;
        let Some(record) = self.links.get_mut(&id).filter(|record| !record.state.is_final()) else { return };
        let withheld = record.state.is_bound() && policy.negatives != Negatives::Allowed;
        if withheld || now < record.last_observed_at {
            return;
        }
        let since = record.missing_since.or((!record.state.is_bound()).then_some(record.last_observed_at));
        match since {
            Some(since) if after(since, policy.ghost_grace) <= now => {
                record.state = LinkState::Gone;
                record.last_observed_at = now;
            }
            Some(_) => {}
            None => {
                record.missing_since = Some(now);
                record.last_observed_at = now;
            }
        }
    }

    /// Gives each duplicate group its one survivor.
    pub(super) fn settle(&mut self, policy: &Policy) {
        let links: Vec<_> = self.links.values().cloned().collect();
        for record in duplicates::settle(&links) {
            if record.state != LinkState::Superseded || self.may_supersede(record.link_id, policy) {
                self.links.insert(record.link_id, record);
            }
        }
    }

    /// Whether superseding this link takes nothing away, or may.
    fn may_supersede(&self, id: LinkId, policy: &Policy) -> bool {
        match (policy.negatives, self.ledger.link(id)) {
            (Negatives::Allowed, _) | (Negatives::Since(_), None) => true,
            (Negatives::Since(begun), Some(record)) => {
                let first_bound = record.revision == 1 && record.last_observed_at >= begun;
                // One that is superseded already only learns by which link.
                !record.state.is_bound() || record.state == LinkState::Superseded || first_bound
            }
        }
    }

    /// The survivors that do not change themselves, while something is superseded for their sake.
    fn standing(&self) -> Vec<Standing> {
        let unchanged = |record: &LinkRecord| self.ledger.link(record.link_id) == Some(record);
        let giving_way = self.links.values().filter(|record| !unchanged(record));
        let survivors: BTreeSet<LinkId> = giving_way.filter_map(|record| record.superseded_by).collect();
        let kept = survivors.iter().filter_map(|id| self.links.get(id)).filter(|record| unchanged(record));
        kept.map(|record| Standing {
            owner: record.owner.clone(),
            link_id: record.link_id,
            revision: record.revision,
        })
        .collect()
    }

    /// What differs from the records that are, with the event for each.
    pub(super) fn difference(self) -> (Vec<Change>, Vec<AuditEvent>) {
        let mut changes: Vec<_> = self.standing().into_iter().map(Change::Stands).collect();
        let mut audit = Vec::new();
        for mut record in self.links.into_values() {
            let before = self.ledger.link(record.link_id);
            if before == Some(&record) {
                continue;
            }
            record.revision = before.map_or(0, |before| before.revision) + 1;
            audit.push(diff::event(before, &record, self.notice));
            if diff::takes_ownership(before, &record) {
                changes.push(Change::Own(record.link_id, record.owner.clone()));
            }
            changes.push(Change::Link(record));
        }
        changes.extend(self.spent.into_iter().map(Change::Session));
        for link in self.quarantined {
            audit.push(quarantine::event(&link, self.notice));
            changes.push(Change::Quarantine(link));
        }
        (changes, audit)
    }
}
