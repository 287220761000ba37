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
