//! Removing all that is left of a user who is erased. The only place where anything is deleted from the table.
//!
//! First what stands under their links, then the rest of their own partition, as far as it was read before: as long as
//! a link's record is there, a run that comes after a crash still knows of the link. The tombstone stays.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{DeleteRequest, WriteRequest},
};
use domain::{
    deletion::erasure::Remains, external_id::ExternalId, failure::StoreError, link::Marker, plan::Markers,
    ports::Ledgers,
};

use super::{
    DynamoStore,
    commit::unbuilt,
    failure::{by_code, store_error},
    item::{Item, PK_AND_SK, text},
    key::{PK, PROFILE, SK, link_of, link_partition, partition, session_of},
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
        for link in held {
            let anothers = match markers.get(&link) {
                Some(Marker::Owned(owner)) => owner != user,
                Some(Marker::Quarantined(set_aside)) => !set_aside.claim.names(user),
                None => false,
            };
            if !anothers {
                let under_it = self.keys(self.partition(PK, &link_partition(link), "")).await?;
                removed += self.delete_all(&under_it).await?;
            }
        }
        let mut own = self.keys(self.partition(PK, &partition(user), "")).await?;
        own.retain(|key| !came_after(key, read));
        Ok(removed + self.delete_all(&own).await?)
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

/// Whether this is a link or a session of the user's that was not read.
fn came_after(key: &Item, read: &Remains) -> bool {
    let (pk, sk) = (text(key, PK).unwrap_or_default(), text(key, SK).unwrap_or_default());
    let link = link_of(sk).is_some_and(|id| !read.links.iter().any(|record| record.link_id == id));
    let session =
        session_of(pk, sk).is_some_and(|(_, id)| !read.sessions.iter().any(|session| session.id == id));
    link || session
}
