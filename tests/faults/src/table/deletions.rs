//! Deletions, erasures, and the budget of calls.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    budget::Window,
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
    },
    external_id::ExternalId,
    link::{LinkRecord, Marker},
    ports::{Permit, Wanted},
    values::LinkId,
};
use jiff::Timestamp;

use super::{Counted, Table};
use crate::planted::Bug;

impl Table {
    pub(crate) fn intents(&self, links: &[LinkId]) -> BTreeMap<LinkId, Intent> {
        links.iter().filter_map(|id| Some((*id, self.records.intents.get(id)?.clone()))).collect()
    }

    /// The list is the index's; what it names is read as it stands.
    pub(crate) fn due(&mut self, now: Timestamp, most: usize) -> Vec<Intent> {
        let is_due = |intent: &Intent| intent.due_at.is_some_and(|at| at <= now);
        let mut listed: BTreeSet<LinkId> = self
            .records
            .intents
            .values()
            .filter(|intent| is_due(intent))
            .map(|intent| intent.link_id)
            .collect();
        if let Some(lag) = &self.lag {
            let before = listed.clone();
            for (id, old) in &lag.intents {
                if old.as_ref().is_some_and(is_due) {
                    listed.insert(*id)
                } else {
                    listed.remove(id)
                };
            }
            self.stale_readings += u64::from(before != listed);
        }
        let mut due: Vec<_> = listed.iter().filter_map(|id| self.records.intents.get(id)).cloned().collect();
        due.retain(is_due);
        due.sort_by_key(|intent| (intent.due_at, intent.link_id));
        due.truncate(most);
        due
    }

    pub(crate) fn looked_through(&self) -> Option<Timestamp> {
        self.looked_through
    }

    pub(crate) fn note_looked_through(&mut self, at: Timestamp) {
        self.looked_through = Some(at);
    }

    pub(crate) fn erasure(&self, user: &ExternalId) -> Option<Erasure> {
        self.records.tombstones.get(user).cloned()
    }

    pub(crate) fn put_erasure(&mut self, erasure: &Erasure) -> bool {
        match self.records.tombstones.get_mut(&erasure.external_id) {
            Some(kept) if kept.revision + 1 == erasure.revision => {
                *kept = erasure.clone();
                true
            }
            Some(_) | None => false,
        }
    }

    pub(crate) fn erasing(&self, now: Timestamp, most: usize) -> Vec<Erasure> {
        let due = |erasure: &&Erasure| erasure.due_at.is_some_and(|at| at <= now);
        let mut due: Vec<_> = self.records.tombstones.values().filter(due).cloned().collect();
        due.sort_by_key(|erasure| erasure.due_at);
        due.truncate(most);
        due
    }

    pub(crate) fn remains(&self, user: &ExternalId) -> Remains {
        Remains { links: self.links_of(user).cloned().collect(), sessions: self.sessions_of(user) }
    }

    /// What was told of one link, if that is the user's.
    pub(crate) fn purge_told(&mut self, user: &ExternalId, id: LinkId) -> usize {
        if !self.is_theirs(user, id) {
            return 0;
        }
        let records = &mut self.records;
        let before = (records.webhooks.len(), self.trail.len());
        records.webhooks.retain(|_, webhook| webhook.link_id != Some(id));
        let of_link =
            |event: &domain::change::AuditEvent| event.external_id.is_none() && event.link_id == Some(id);
        self.trail.retain(|filed| !of_link(&filed.event));
        (before.0 - records.webhooks.len()) + (before.1 - self.trail.len())
    }

    /// One link's record with its holder and its intent, unless it changed since this reading.
    pub(crate) fn purge_link(&mut self, user: &ExternalId, read: &LinkRecord) -> usize {
        let (id, key) = (read.link_id, (user.clone(), read.link_id));
        let there = self.records.links.get(&key).map(|record| record.revision);
        if there != Some(read.revision) && !self.is_planted(Bug::PurgesWhatChanged) {
            return 0;
        }
        self.records.links.remove(&key);
        if let Some(lag) = &mut self.lag {
            lag.links.remove(&key);
        }
        if !read.holds_link() || !self.is_theirs(user, id) {
            return 1;
        }
        let (marker, intent) = (self.records.markers.remove(&id), self.records.intents.remove(&id));
        if let Some(lag) = &mut self.lag {
            lag.markers.remove(&id);
            lag.intents.remove(&id);
        }
        1 + usize::from(marker.is_some()) + usize::from(intent.is_some())
    }

    fn is_theirs(&self, user: &ExternalId, id: LinkId) -> bool {
        let theirs = match self.records.markers.get(&id) {
            Some(Marker::Owned(owner)) => owner == user,
            Some(Marker::Quarantined(link)) => link.claim.names(user),
            None => true,
        };
        theirs || self.is_planted(Bug::PurgesAnybody)
    }

    /// The user's own partition, but for the tombstone and for what came after this reading.
    pub(crate) fn purge_user(&mut self, user: &ExternalId, read: &Remains) -> usize {
        let count = |table: &Self| table.records.sessions.len() + table.trail.len();
        let before = count(self);
        for session in &read.sessions {
            self.records.sessions.remove(&(user.clone(), session.id.clone()));
        }
        self.trail.retain(|filed| filed.event.external_id.as_ref() != Some(user));
        if let Some(lag) = &mut self.lag {
            lag.sessions.retain(|(owner, _), _| owner != user);
        }
        before - count(self)
    }

    pub(crate) fn certify(&mut self, erasure: &Erasure, certificate: &Certificate) -> bool {
        let done = self.put_erasure(erasure);
        if done {
            self.certificates.push(certificate.clone());
        }
        done
    }

    pub(crate) fn certificates(&self, most: usize) -> Vec<Certificate> {
        let mut latest = self.certificates.clone();
        latest.sort_by(|one, other| {
            (other.completed_at, &other.erasure_id).cmp(&(one.completed_at, &one.erasure_id))
        });
        latest.truncate(most);
        latest
    }
}

/// The budget of calls: one conditional write of four counters.
impl Table {
    pub(crate) fn take(&mut self, wanted: &Wanted<'_>) -> Permit {
        let permit = self.room(wanted);
        if permit == Permit::Granted {
            let counted = self.windows.entry((wanted.account.to_owned(), wanted.window)).or_default();
            for bound in wanted.limits.bounds(wanted.class) {
                *counted.by.entry(bound.counter).or_default() += wanted.calls;
            }
        }
        permit
    }

    pub(crate) fn room(&self, wanted: &Wanted<'_>) -> Permit {
        if self.is_planted(Bug::NoBudget) {
            return Permit::Granted;
        }
        let bounds = wanted.limits.bounds(wanted.class);
        let none = Counted::default();
        let counted = self.windows.get(&(wanted.account.to_owned(), wanted.window)).unwrap_or(&none);
        let by = |counter| counted.by.get(counter).copied().unwrap_or_default();
        match () {
            () if bounds.iter().any(|bound| wanted.calls > bound.at_most) => Permit::Full,
            () if counted.shut => Permit::Paused,
            () if bounds.iter().any(|bound| by(bound.counter) + wanted.calls > bound.at_most) => Permit::Full,
            () => Permit::Granted,
        }
    }

    pub(crate) fn shut(&mut self, account: &str, windows: &[Window]) {
        if self.is_planted(Bug::NoPause) {
            return;
        }
        for window in windows {
            self.windows.entry((account.to_owned(), *window)).or_default().shut = true;
        }
    }
}
