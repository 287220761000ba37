//! Reading more than one answer holds: all pages of a query, all keys of a batch.

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, KeysAndAttributes, builders::KeysAndAttributesBuilder},
};
use domain::failure::StoreError;

use super::{
    DynamoStore,
    commit::unbuilt,
    failure::{by_code, store_error},
    item::Item,
    key::Key,
    meter::TOLD,
};

/// DynamoDB's own limit on the keys of one batch.
const MOST_KEYS: usize = 100;
/// How often keys that a batch left out are asked for again.
const BATCH_ATTEMPTS: u32 = 5;

impl DynamoStore {
    /// A query of one partition, of the table or of an index of it.
    pub(super) fn partition(&self, name: &str, of: &str, condition: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .key_condition_expression(format!("#hash = :hash{condition}"))
            .expression_attribute_names("#hash", name)
            .expression_attribute_values(":hash", AttributeValue::S(of.to_owned()))
    }

    /// What is read of the items of all pages of a query, `most` at most.
    pub(super) async fn each<T>(
        &self,
        query: QueryFluentBuilder,
        most: Option<usize>,
        mut read: impl FnMut(Item) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        let mut left = most.unwrap_or(usize::MAX);
        let mut behind = None;
        while left > 0 {
            let limit = most.and_then(|_| i32::try_from(left).ok());
            let page = query.clone().set_limit(limit).set_exclusive_start_key(behind);
            let page = self.counted(page.send()).await.map_err(|error| store_error(&error))?;
            let items = page.items.unwrap_or_default();
            left = left.saturating_sub(items.len());
            all.reserve(items.len());
            items.into_iter().try_for_each(|item| read(item).map(|read| all.push(read)))?;
            behind = page.last_evaluated_key;
            if behind.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// The items under these keys, in no order. `how` says what is read of them.
    pub(super) async fn batches(
        &self,
        keys: impl IntoIterator<Item = Key>,
        how: impl Fn(KeysAndAttributesBuilder) -> KeysAndAttributesBuilder,
    ) -> Result<Vec<Item>, StoreError> {
        let keys: Vec<_> = keys.into_iter().map(|key| key.attributes()).collect();
        let mut items = Vec::new();
        for keys in keys.chunks(MOST_KEYS) {
            self.batch(keys.to_vec(), &how, &mut items).await?;
        }
        Ok(items)
    }

    /// Keys that DynamoDB leaves out are asked for again.
    async fn batch(
        &self,
        mut keys: Vec<Item>,
        how: impl Fn(KeysAndAttributesBuilder) -> KeysAndAttributesBuilder,
        items: &mut Vec<Item>,
    ) -> Result<(), StoreError> {
        for attempt in 0..BATCH_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(25 << attempt)).await;
            }
            let wanted = how(KeysAndAttributes::builder().set_keys(Some(keys))).build().map_err(unbuilt)?;
            let get = self.client.batch_get_item().return_consumed_capacity(TOLD);
            let answer = self.counted(get.request_items(&self.table, wanted).send()).await;
            let answer = answer.map_err(|error| store_error(&error))?;
            items.extend(answer.responses.unwrap_or_default().into_values().flatten());
            let left = answer.unprocessed_keys.unwrap_or_default().into_values().next();
            keys = left.map(|left| left.keys).unwrap_or_default();
            if keys.is_empty() {
                return Ok(());
            }
        }
        Err(by_code("ThrottlingException"))
    }
}
