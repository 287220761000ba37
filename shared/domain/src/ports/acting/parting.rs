//! Who disconnects and erases. All but the events goes to the store as it is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Acting;
use crate::{
    change::{AuditEvent, WriterId},
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
    },
    external_id::ExternalId,
    failure::StoreError,
    ports::{Deletions, Erasures, Tombstones},
    user::User,
    values::LinkId,
};

impl<S: Tombstones> Tombstones for Acting<'_, S> {
    async fn erasure(&self, user: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        self.store.erasure(user).await
    }

    async fn put_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        self.store.put_erasure(erasure).await
    }
}

impl<S: Erasures> Erasures for Acting<'_, S> {
    async fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<bool, StoreError> {
        self.store.erase(user, erasure, &self.noted(event), writer).await
    }

    async fn erasing(&self, now: Timestamp, most: usize) -> Result<Vec<Erasure>, StoreError> {
        self.store.erasing(now, most).await
    }

    async fn remains(&self, user: &ExternalId) -> Result<Remains, StoreError> {
        self.store.remains(user).await
    }

    async fn purge(&self, user: &ExternalId, links: &[LinkId]) -> Result<usize, StoreError> {
        self.store.purge(user, links).await
    }

    async fn certify(&self, erasure: &Erasure, certificate: &Certificate) -> Result<bool, StoreError> {
        self.store.certify(erasure, certificate).await
    }

    async fn certificates(&self, most: usize) -> Result<Vec<Certificate>, StoreError> {
        self.store.certificates(most).await
    }
}

impl<S: Deletions> Deletions for Acting<'_, S> {
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Intent>, StoreError> {
        self.store.due(now, most).await
    }

    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        self.store.intents(links).await
    }

    async fn stopped(&self) -> Result<bool, StoreError> {
        self.store.stopped().await
    }

    async fn stop(&self, stopped: bool) -> Result<(), StoreError> {
        self.store.stop(stopped).await
    }

    async fn looked_through(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store.looked_through().await
    }

    async fn note_looked_through(&self, at: Timestamp) -> Result<(), StoreError> {
        self.store.note_looked_through(at).await
    }
}
