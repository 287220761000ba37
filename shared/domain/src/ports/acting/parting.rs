//! Who disconnects and asks for erasure. All but the events goes to the store as it is.

use std::collections::BTreeMap;

use super::Acting;
use crate::{
    change::{AuditEvent, WriterId},
    deletion::{Intent, erasure::Erasure},
    external_id::ExternalId,
    failure::StoreError,
    ports::{ErasureRequests, Intents, Tombstones},
    user::User,
    values::LinkId,
};

impl<S: Intents> Intents for Acting<'_, S> {
    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        self.store.intents(links).await
    }
}

impl<S: Tombstones> Tombstones for Acting<'_, S> {
    async fn erasure(&self, user: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        self.store.erasure(user).await
    }

    async fn put_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        self.store.put_erasure(erasure).await
    }
}

impl<S: ErasureRequests> ErasureRequests for Acting<'_, S> {
    async fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<bool, StoreError> {
        self.store.erase(user, erasure, &self.noted(event), writer).await
    }
}
