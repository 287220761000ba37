//! What deleting at Belvo and erasing users need from outside.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Ledgers;
use crate::{
    change::{AuditEvent, WriterId},
    deletion::{
        Intent,
        erasure::{Certificate, Erasure, Remains},
        step::Deleted,
    },
    external_id::ExternalId,
    failure::{ProviderError, StoreError},
    user::User,
    values::LinkId,
};

/// Deleting at Belvo. Apart from [`super::Provider`], so that no other function can.
pub trait ProviderDeletion: Sync {
    /// Deletes the link with all data under it. Cannot be undone.
    fn delete(&self, id: LinkId) -> impl Future<Output = Result<Deleted, ProviderError>> + Send;
}

/// Which links are to be deleted.
pub trait Intents: Ledgers {
    /// The intents of these links, consistently read.
    fn intents(
        &self,
        links: &[LinkId],
    ) -> impl Future<Output = Result<BTreeMap<LinkId, Intent>, StoreError>> + Send;
}

/// Deletions under way, and the kill switch.
pub trait Deletions: Intents {
    /// Intents that are due, longest waiting first, so many at most. May lag behind.
    fn due(
        &self,
        now: Timestamp,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Intent>, StoreError>> + Send;

    /// Whether an operator stopped all deletions at Belvo, consistently read.
    fn stopped(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Stops all deletions at Belvo, or lets them go on.
    fn stop(&self, stopped: bool) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// When superseded links were looked through last, to be marked.
    fn looked_through(&self) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Notes that superseded links were looked through.
    fn note_looked_through(&self, at: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Tombstones of users, for whoever meets something of theirs.
pub trait Tombstones: Sync {
    /// The tombstone of a user, if they are being erased or were, consistently read. An id that stands for nobody but
    /// an erased user is one, too.
    fn erasure(&self, user: &ExternalId) -> impl Future<Output = Result<Option<Erasure>, StoreError>> + Send;

    /// Replaces the tombstone if it is still at the revision before. False: somebody was quicker.
    fn put_erasure(&self, erasure: &Erasure) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What a user who asks for erasure needs, and no more: nothing is removed by it.
pub trait ErasureRequests: Tombstones {
    /// Puts the tombstone in the user's place, and takes their alias away, together with the event. From then on
    /// nobody reads a ledger of them. False: the user is not there as it was read. Safe to repeat by the same `writer`.
    fn erase(
        &self,
        user: &User,
        erasure: &Erasure,
        event: &AuditEvent,
        writer: &WriterId,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// Users that are being erased: for the one function that removes anything.
pub trait Erasures: Tombstones {
    /// Erasures that are due, longest waiting first, so many at most. May lag behind.
    fn erasing(
        &self,
        now: Timestamp,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Erasure>, StoreError>> + Send;

    /// What is still there of the user beside the tombstone, consistently read.
    fn remains(&self, user: &ExternalId) -> impl Future<Output = Result<Remains, StoreError>> + Send;

    /// Removes what remained of the user when it was read: first what was told of those of these links that are the
    /// user's, then each record with its holder and its intent, the sessions, and the events. Links that came or changed
    /// since that reading stay with their holders and intents; so do sessions that came, and the tombstone. Says how
    /// many items. Safe to repeat, and to break off at any item.
    fn purge(
        &self,
        user: &ExternalId,
        read: &Remains,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Files the certificate and ends the erasure, in one transaction; false if the tombstone changed meanwhile.
    fn certify(
        &self,
        erasure: &Erasure,
        certificate: &Certificate,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The certificates, latest first, so many at most.
    fn certificates(&self, most: usize) -> impl Future<Output = Result<Vec<Certificate>, StoreError>> + Send;
}
