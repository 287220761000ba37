//! Who acts, where the way by which it came does not tell: an admin's program comes the same way as the user's app.

mod parting;

use super::{Ledgers, Registered, Users};
use crate::{
    change::{Actor, AuditEvent, Commit, WriterId},
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::LinkRecord,
    plan::Markers,
    user::{Ledger, User},
    values::LinkId,
};

/// A store that notes with each event who acted.
#[derive(Clone, Copy, Debug)]
pub struct Acting<'a, S> {
    store: &'a S,
    by: Option<Actor>,
}

impl<'a, S> Acting<'a, S> {
    /// On this store, by somebody else than the source tells.
    #[must_use]
    pub fn new(store: &'a S, by: Option<Actor>) -> Self {
        Self { store, by }
    }

    fn noted(&self, event: &AuditEvent) -> AuditEvent {
        AuditEvent { by: self.by.or(event.by), ..event.clone() }
    }
}

impl<S: Users> Users for Acting<'_, S> {
    async fn register(
        &self,
        user: &User,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.store.register(user, &self.noted(event), writer).await
    }

    async fn register_again(
        &self,
        user: &User,
        tombstone: &ExternalId,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<Registered, StoreError> {
        self.store.register_again(user, tombstone, &self.noted(event), writer).await
    }
}

impl<S: Ledgers> Ledgers for Acting<'_, S> {
    async fn ledger(&self, user: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        self.store.ledger(user).await
    }

    async fn links(&self, user: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        self.store.links(user).await
    }

    async fn markers(&self, ids: &[LinkId]) -> Result<Markers, StoreError> {
        self.store.markers(ids).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let audit = commit.audit.iter().map(|event| self.noted(event)).collect();
        self.store.commit(&Commit { audit, ..commit.clone() }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        deletion::{disconnect::disconnect, erasure::erase},
        ports::{Intents, Tombstones},
        testing::{Hand, Table, ana, bound, finished, ledger, link_id, minute, shown},
    };

    /// Who acted, as the events of disconnecting and erasing tell it.
    fn told(by: Option<Actor>) -> Vec<Actor> {
        let held = ledger(&ana(), vec![bound(&shown(1, &ana(), 0), &ana(), None)], vec![]);
        let (table, hand) = (Table::holding([held]), Hand::at(minute(5)));
        let store = Acting::new(&table, by);
        finished(disconnect(&store, &hand, &ana(), link_id(1))).expect("up").expect("hers");
        finished(erase(&store, &hand, &ana())).expect("up").expect("begun");
        assert_eq!(table.read(&ana()), None, "done, and not only told");
        table.audit().iter().map(AuditEvent::actor).collect()
    }

    #[test]
    fn what_an_admins_program_does_is_done_and_told_as_the_admins() {
        assert_eq!(told(Some(Actor::Admin)), [Actor::Admin; 2]);
        assert_eq!(told(None), [Actor::User; 2]);
    }

    #[test]
    fn what_is_read_and_put_off_is_as_it_is_without_a_name() {
        let held = ledger(&ana(), vec![bound(&shown(1, &ana(), 0), &ana(), None)], vec![]);
        let (table, hand) = (Table::holding([held]), Hand::at(minute(5)));
        let store = Acting::new(&table, Some(Actor::Admin));
        assert_eq!(finished(store.links(&ana())).expect("up"), finished(table.links(&ana())).expect("up"));
        finished(disconnect(&store, &hand, &ana(), link_id(1))).expect("up").expect("hers");
        let marked = finished(store.intents(&[link_id(1)])).expect("up");
        assert_eq!(marked.get(&link_id(1)), table.intent(link_id(1)).as_ref());
        assert_eq!(marked.len(), 1);
        let markers = finished(store.markers(&[link_id(1)])).expect("up");
        assert!(markers == finished(table.markers(&[link_id(1)])).expect("up") && markers.len() == 1);
        let erasure = finished(erase(&store, &hand, &ana())).expect("up").expect("begun");
        assert!(finished(store.put_erasure(&erasure.due(minute(9)))).expect("up"));
        let kept = finished(store.erasure(&ana())).expect("up").expect("a tombstone");
        assert_eq!(kept.due_at, Some(minute(9)));
    }
}
