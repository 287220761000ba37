//! Removing all that is left of a user who is erased. The only place where anything is deleted from the table.
//!
//! First what stands under their links, then the rest of their own partition: as long as a link's record is there, a
//! run that comes after a crash still knows of the link. The tombstone stays.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{DeleteRequest, WriteRequest},
};
use domain::{
    external_id::ExternalId, failure::StoreError, link::Marker, plan::Markers, ports::Ledgers, values::LinkId,
};

use super::{
    DynamoStore,
    commit::unbuilt,
    failure::{by_code, store_error},
    item::{Item, PK_AND_SK, text},
    key::{PK, PROFILE, SK, link_partition, partition},
    meter::TOLD,
};

/// DynamoDB's own limit on the writes of one batch.
const MOST_WRITES: usize = 25;
/// How often writes that a batch left out are asked for again.
const ATTEMPTS: u32 = 6;

impl DynamoStore {
    /// Says how many items went.
    pub(super) async fn remove_all(&self, user: &ExternalId, links: &[LinkId]) -> Result<usize, StoreError> {
        let held = if links.is_empty() { Markers::new() } else { self.markers(links).await? };
        let mut removed = 0;
        for link in links {
            let anothers = match held.get(link) {
                Some(Marker::Owned(owner)) => owner != user,
                Some(Marker::Quarantined(set_aside)) => !set_aside.claim.names(user),
                None => false,
            };
            if !anothers {
                removed += self.remove(self.partition(PK, &link_partition(*link), "")).await?;
            }
        }
        Ok(removed + self.remove(self.partition(PK, &partition(user), "")).await?)
    }

    /// All that a query finds, but for the profile.
    async fn remove(&self, query: QueryFluentBuilder) -> Result<usize, StoreError> {
        let query = query
            .consistent_read(true)
            .projection_expression(PK_AND_SK)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK);
        let mut keys = self.each(query, None, Ok).await?;
        keys.retain(|key| text(key, SK) != Some(PROFILE));
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
