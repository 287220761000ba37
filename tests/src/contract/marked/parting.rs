//! Deletions and erasures, handed on with marks of their own.

use std::collections::BTreeMap;

use domain::{
    change::{AuditEvent, WriterId},
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
    },
    external_id::ExternalId,
    failure::StoreError,
    ports::{Deletions, ErasureRequests, Erasures, Intents, Tombstones},
    user::User,
    values::LinkId,
};
use jiff::Timestamp;

use super::Marked;

impl Intents for Marked {
    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        self.store.intents(links).await
    }
}

impl Deletions for Marked {
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Intent>, StoreError> {
        self.store.due(now, most).await
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

impl Tombstones for Marked {
    async fn erasure(&self, user: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        self.store.erasure(user).await
    }

    async fn put_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        self.store.put_erasure(erasure).await
    }
}

impl ErasureRequests for Marked {
    async fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<bool, StoreError> {
        self.store.erase(user, erasure, event, &self.mark(writer)).await
    }
}

impl Erasures for Marked {
    async fn erasing(&self, now: Timestamp, most: usize) -> Result<Vec<Erasure>, StoreError> {
        self.store.erasing(now, most).await
    }

    async fn remains(&self, user: &ExternalId) -> Result<Remains, StoreError> {
        self.store.remains(user).await
    }

    async fn purge(&self, user: &ExternalId, read: &Remains) -> Result<usize, StoreError> {
        self.store.purge(user, read).await
    }

    async fn certify(&self, erasure: &Erasure, certificate: &Certificate) -> Result<bool, StoreError> {
        self.store.certify(erasure, certificate).await
    }

    async fn certificates(&self, most: usize) -> Result<Vec<Certificate>, StoreError> {
        self.store.certificates(most).await
    }
}
