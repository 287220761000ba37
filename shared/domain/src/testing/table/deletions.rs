//! Deletions and erasures in the table in memory.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Items, Table};
use crate::{
    change::{AuditEvent, WriterId},
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
    },
    external_id::ExternalId,
    failure::StoreError,
    link::Marker,
    ports::{Budget, Deletions, ErasureRequests, Erasures, Intents, Permit, Tombstones, Wanted},
    user::User,
    values::LinkId,
};

impl Table {
    pub(crate) fn intent(&self, id: LinkId) -> Option<Intent> {
        self.with(|items| items.intents.get(&id).cloned())
    }

    /// How many things are there that could tell of a user, tombstones and certificates aside.
    pub(crate) fn things(&self) -> usize {
        self.with(|items| {
            items.users.len()
                + items.links.len()
                + items.sessions.len()
                + items.markers.len()
                + items.intents.len()
        })
    }

    /// Whoever wants to erase somebody is too late, always.
    pub(crate) fn refuse_to_erase(&self) {
        self.with(|items| items.erases_nobody = true);
    }
}

impl Intents for Table {
    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        Ok(self.with(|items| {
            links.iter().filter_map(|id| Some((*id, items.intents.get(id)?.clone()))).collect()
        }))
    }
}

impl Deletions for Table {
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Intent>, StoreError> {
        Ok(self.with(|items| {
            let due = |intent: &&Intent| intent.due_at.is_some_and(|at| at <= now);
            let mut due: Vec<_> = items.intents.values().filter(due).cloned().collect();
            due.sort_by_key(|intent| intent.due_at);
            due.truncate(most);
            due
        }))
    }

    async fn stopped(&self) -> Result<bool, StoreError> {
        Ok(self.with(|items| items.stopped))
    }

    async fn stop(&self, stopped: bool) -> Result<(), StoreError> {
        self.with(|items| items.stopped = stopped);
        Ok(())
    }

    async fn looked_through(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.with(|items| items.looked_through))
    }

    async fn note_looked_through(&self, at: Timestamp) -> Result<(), StoreError> {
        self.with(|items| items.looked_through = Some(at));
        Ok(())
    }
}

impl Tombstones for Table {
    async fn erasure(&self, user: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        Ok(self.with(|items| items.tombstones.get(user).cloned()))
    }

    async fn put_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        Ok(self.with(|items| match items.tombstones.get_mut(&erasure.external_id) {
            Some(kept) if kept.revision + 1 == erasure.revision => {
                *kept = erasure.clone();
                true
            }
            Some(_) | None => false,
        }))
    }
}

impl ErasureRequests for Table {
    async fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        _writer: &WriterId,
    ) -> Result<bool, StoreError> {
        Ok(self.with(|items| {
            if items.erases_nobody || items.users.get(&user.external_id).is_none_or(|(kept, _)| kept != user)
            {
                return false;
            }
            items.users.remove(&user.external_id);
            if let Some(alias) = &user.alias {
                items.aliases.remove(alias);
                items.tombstones.insert(alias.clone(), Erasure { due_at: None, ..erasure.clone() });
            }
            items.tombstones.insert(user.external_id.clone(), erasure.clone());
            items.audit.push(event.clone());
            true
        }))
    }
}

impl Erasures for Table {
    async fn erasing(&self, now: Timestamp, most: usize) -> Result<Vec<Erasure>, StoreError> {
        Ok(self.with(|items| {
            let due = |erasure: &&Erasure| erasure.due_at.is_some_and(|at| at <= now);
            let mut due: Vec<_> = items.tombstones.values().filter(due).cloned().collect();
            due.sort_by_key(|erasure| erasure.due_at);
            due.truncate(most);
            due
        }))
    }

    async fn remains(&self, user: &ExternalId) -> Result<Remains, StoreError> {
        if self.with(|items| items.damaged.contains(user)) {
            return Err(StoreError::Corrupt { kind: "link", cause: "damaged".into() });
        }
        Ok(self.with(|items| {
            let links = items.links.values().filter(|record| record.owner == *user).cloned().collect();
            let sessions = items.sessions.values().filter(|session| session.owner == *user);
            Remains { links, sessions: sessions.cloned().collect() }
        }))
    }

    async fn purge(&self, user: &ExternalId, read: &Remains) -> Result<usize, StoreError> {
        Ok(self.with(|items| {
            let count = |items: &Items| {
                items.links.len() + items.sessions.len() + items.markers.len() + items.intents.len()
            };
            let before = count(items);
            for record in &read.links {
                let (id, key) = (record.link_id, (user.clone(), record.link_id));
                if items.links.get(&key).map(|there| there.revision) != Some(record.revision) {
                    continue;
                }
                let theirs = match items.markers.get(&id) {
                    Some(Marker::Owned(owner)) => owner == user,
                    Some(Marker::Quarantined(link)) => link.claim.names(user),
                    None => true,
                };
                if theirs && record.holds_link() {
                    items.markers.remove(&id);
                    items.intents.remove(&id);
                }
                items.links.remove(&key);
            }
            items.sessions.retain(|_, session| !read.sessions.contains(session));
            items.audit.retain(|event| event.external_id.as_ref() != Some(user));
            before - count(items)
        }))
    }

    async fn certify(&self, erasure: &Erasure, certificate: &Certificate) -> Result<bool, StoreError> {
        let done = self.put_erasure(erasure).await?;
        if done {
            self.with(|items| items.certificates.push(certificate.clone()));
        }
        Ok(done)
    }

    async fn certificates(&self, most: usize) -> Result<Vec<Certificate>, StoreError> {
        Ok(self.with(|items| items.certificates.iter().rev().take(most).cloned().collect()))
    }
}

/// Calls are counted by others; here turns are taken.
impl Budget for Table {
    async fn take(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.with(|items| {
            let taken = items.turns.entry((wanted.account.to_owned(), wanted.window)).or_default();
            *taken += wanted.calls;
            Ok(if *taken <= wanted.limits.window() { Permit::Granted } else { Permit::Full })
        })
    }

    async fn room(&self, _: &Wanted<'_>) -> Result<Permit, StoreError> {
        Ok(Permit::Granted)
    }

    async fn shut(&self, _: &str, _: &[crate::budget::Window]) -> Result<(), StoreError> {
        Ok(())
    }
}
