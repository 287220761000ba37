//! Deletions and erasures, as one process that may die sees them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Shaky, busy, unknown};
use crate::{
    budget::Window,
    change::{AuditEvent, WriterId},
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
        step::Deleted,
    },
    external_id::ExternalId,
    failure::{ProviderError, StoreError},
    ports::{
        Budget, Deletions, ErasureRequests, Erasures, Intents, Permit, ProviderDeletion, Tombstones, Wanted,
    },
    testing::{Belvo, Table},
    user::User,
    values::LinkId,
};

impl Intents for Shaky<'_, Table> {
    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        self.1.request(self.0.intents(links), busy).await
    }
}

impl Deletions for Shaky<'_, Table> {
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Intent>, StoreError> {
        self.1.request(self.0.due(now, most), busy).await
    }
    async fn stopped(&self) -> Result<bool, StoreError> {
        self.1.request(self.0.stopped(), busy).await
    }
    async fn stop(&self, stopped: bool) -> Result<(), StoreError> {
        self.1.request(self.0.stop(stopped), busy).await
    }
    async fn looked_through(&self) -> Result<Option<Timestamp>, StoreError> {
        self.1.request(self.0.looked_through(), busy).await
    }
    async fn note_looked_through(&self, at: Timestamp) -> Result<(), StoreError> {
        self.1.request(self.0.note_looked_through(at), busy).await
    }
}

impl Tombstones for Shaky<'_, Table> {
    async fn erasure(&self, user: &ExternalId) -> Result<Option<Erasure>, StoreError> {
        self.1.request(self.0.erasure(user), busy).await
    }
    async fn put_erasure(&self, erasure: &Erasure) -> Result<bool, StoreError> {
        self.1.request(self.0.put_erasure(erasure), busy).await
    }
}

impl ErasureRequests for Shaky<'_, Table> {
    async fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> Result<bool, StoreError> {
        self.1.request(self.0.erase(user, erasure, event, writer), busy).await
    }
}

impl Erasures for Shaky<'_, Table> {
    async fn erasing(&self, now: Timestamp, most: usize) -> Result<Vec<Erasure>, StoreError> {
        self.1.request(self.0.erasing(now, most), busy).await
    }
    async fn remains(&self, user: &ExternalId) -> Result<Remains, StoreError> {
        self.1.request(self.0.remains(user), busy).await
    }
    async fn purge(&self, user: &ExternalId, read: &Remains) -> Result<usize, StoreError> {
        self.1.request(self.0.purge(user, read), busy).await
    }
    async fn certify(&self, erasure: &Erasure, certificate: &Certificate) -> Result<bool, StoreError> {
        self.1.request(self.0.certify(erasure, certificate), busy).await
    }
    async fn certificates(&self, most: usize) -> Result<Vec<Certificate>, StoreError> {
        self.1.request(self.0.certificates(most), busy).await
    }
}

impl Budget for Shaky<'_, Table> {
    async fn take(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.1.request(self.0.take(wanted), busy).await
    }
    async fn room(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        self.1.request(self.0.room(wanted), busy).await
    }
    async fn shut(&self, account: &str, windows: &[Window]) -> Result<(), StoreError> {
        self.1.request(self.0.shut(account, windows), busy).await
    }
}

impl ProviderDeletion for Shaky<'_, Belvo> {
    async fn delete(&self, id: LinkId) -> Result<Deleted, ProviderError> {
        self.1.request(self.0.delete(id), unknown).await
    }
}
