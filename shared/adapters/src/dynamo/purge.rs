//! Removing all that is left of a user who is erased. The only place where anything is deleted from the table.
//!
//! First what was told of each link, then its record with its holder and its intent, then the rest of their own
//! partition: as long as a link's record is there, a run that comes after a crash still knows of the link. What changed
//! or came since it was read stays, and so does the tombstone.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{DeleteRequest, WriteRequest},
};
use domain::{
    deletion::erasure::Remains,
    external_id::ExternalId,
    failure::StoreError,
    link::{LinkRecord, Marker},
    plan::Markers,
    ports::Ledgers,
};

use super::{
    DynamoStore,
    commit::unbuilt,
    expression::{remove, remove_as_read},
    failure::{by_code, store_error},
    item::{Item, LINK, PK_AND_SK, text},
    key::{Key, PK, PROFILE, SK, link_of, link_partition, partition, session_of},
    meter::TOLD,
};

/// DynamoDB's own limit on the writes of one batch.
const MOST_WRITES: usize = 25;
/// How often writes that a batch left out are asked for again.
const ATTEMPTS: u32 = 6;

impl DynamoStore {
    /// Says how many items went.
    pub(super) async fn remove_all(&self, user: &ExternalId, read: &Remains) -> Result<usize, StoreError> {
        let held: Vec<_> = read.links.iter().filter(|r| r.holds_link()).map(|r| r.link_id).collect();
        let markers = if held.is_empty() { Markers::new() } else { self.markers(&held).await? };
        let mut removed = 0;
        for record in &read.links {
            let anothers = match markers.get(&record.link_id) {
                Some(Marker::Owned(owner)) => owner != user,
                Some(Marker::Quarantined(set_aside)) => !set_aside.claim.names(user),
                None => false,
            };
            removed += self.remove_link(user, record, record.holds_link() && !anothers).await?;
        }
        let mut own = self.keys(self.partition(PK, &partition(user), "")).await?;
        own.retain(|key| !came_after(key, read));
        Ok(removed + self.delete_all(&own).await?)
    }

    /// What was told of a link, if it is theirs; then its record with its holder and its intent: all of them or, if
    /// another run took the link up since it was read, none.
    async fn remove_link(
        &self,
        user: &ExternalId,
        record: &LinkRecord,
        theirs: bool,
    ) -> Result<usize, StoreError> {
        let (id, key) = (record.link_id, Key::link(user, record.link_id));
        let mut parts = vec![remove_as_read(&self.table, &key, &LINK, record.revision)];
        let (mut told, mut standing) = (0, 0);
        if theirs {
            let stand = [Key::holder(id), Key::intent(id)];
            let under_it = self.keys(self.partition(PK, &link_partition(id), "")).await?;
            let stands = |key: &Item| stand.iter().any(|standing| standing.attributes() == *key);
            let (there, rest): (Vec<_>, Vec<_>) = under_it.into_iter().partition(stands);
            (told, standing) = (self.delete_all(&rest).await?, there.len());
            parts.extend(stand.iter().map(|key| remove(&self.table, key)));
        }
        let parts = parts.into_iter().collect::<Result<_, _>>().map_err(unbuilt)?;
        let removed = self.transact(parts).await?;
        Ok(told + if removed { 1 + standing } else { 0 })
    }

    /// All that a query finds, but for the profile.
    async fn keys(&self, query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
        let query = query
            .consistent_read(true)
            .projection_expression(PK_AND_SK)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK);
        let mut keys = self.each(query, None, Ok).await?;
        keys.retain(|key| text(key, SK) != Some(PROFILE));
        Ok(keys)
    }

    /// Says how many.
    async fn delete_all(&self, keys: &[Item]) -> Result<usize, StoreError> {
        for some in keys.chunks(MOST_WRITES) {
            self.delete(some).await?;
        }
        Ok(keys.len())
    }

    async fn delete(&self, keys: &[Item]) -> Result<(), StoreError> {
        let delete = |key: &Item| {
            let request = DeleteRequest::builder().set_key(Some(key.clone())).build()?;
            Ok(WriteRequest::builder().delete_request(request).build())
        };
        let mut writes = keys.iter().map(delete).collect::<Result<Vec<_>, _>>().map_err(unbuilt)?;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(25 << attempt)).await;
            }
            let batch = self.client.batch_write_item().return_consumed_capacity(TOLD);
            let answer = self.counted(batch.request_items(&self.table, writes).send()).await;
            let left = answer.map_err(|error| store_error(&error))?.unprocessed_items;
            writes = left.unwrap_or_default().into_values().next().unwrap_or_default();
            if writes.is_empty() {
                return Ok(());
            }
        }
        Err(by_code("ThrottlingException"))
    }
}

/// Whether this is a link, which went by itself if it was as read, or a session of the user's that was not read.
fn came_after(key: &Item, read: &Remains) -> bool {
    let (pk, sk) = (text(key, PK).unwrap_or_default(), text(key, SK).unwrap_or_default());
    let session =
        session_of(pk, sk).is_some_and(|(_, id)| !read.sessions.iter().any(|session| session.id == id));
    link_of(sk).is_some() || session
}
