//! Deletions under way, and the switch that stops them.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    deletion::Intent,
    failure::StoreError,
    ports::{Deletions, Intents},
    values::LinkId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    DynamoStore,
    failure::store_error,
    item::{CONTROL, Item, KIND, PK_AND_SK, SCHEMA, VERSION, corrupt, text},
    key::{self, BY_TIME, DELETION, Key, MADE, MONTH, PK, sortable},
    meter::TOLD,
    record,
};

/// What operators and the deleter tell each other.
#[derive(Default, Serialize, Deserialize)]
struct Control {
    #[serde(default)]
    stopped: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked_through: Option<Timestamp>,
}

impl Intents for DynamoStore {
    async fn intents(&self, links: &[LinkId]) -> Result<BTreeMap<LinkId, Intent>, StoreError> {
        let once: BTreeSet<LinkId> = links.iter().copied().collect(); // a repeated key is refused
        let keys = once.into_iter().map(Key::intent);
        let items = self.batches(keys, |wanted| wanted.consistent_read(true)).await?;
        let intents = items.into_iter().map(record::intent);
        intents.map(|intent| intent.map(|intent| (intent.link_id, intent))).collect()
    }
}

impl Deletions for DynamoStore {
    async fn due(&self, now: Timestamp, most: usize) -> Result<Vec<Intent>, StoreError> {
        let ids = self.due_in(DELETION, now, most, key::link_of).await?;
        let mut intents: Vec<_> = self.intents(&ids).await?.into_values().collect();
        intents.retain(|intent| intent.due_at.is_some_and(|at| at <= now)); // the index may lag behind
        intents.sort_by_key(|intent| (intent.due_at, intent.link_id));
        Ok(intents)
    }

    async fn stopped(&self) -> Result<bool, StoreError> {
        Ok(self.control().await?.stopped)
    }

    async fn stop(&self, stopped: bool) -> Result<(), StoreError> {
        self.set_control("stopped", AttributeValue::Bool(stopped)).await
    }

    async fn looked_through(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.control().await?.looked_through)
    }

    async fn note_looked_through(&self, at: Timestamp) -> Result<(), StoreError> {
        self.set_control("looked_through", AttributeValue::S(at.to_string())).await
    }
}

impl DynamoStore {
    /// What a list of the index by time has that is due, longest waiting first.
    pub(super) async fn due_in<T>(
        &self,
        list: &str,
        now: Timestamp,
        most: usize,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let query = self
            .partition(MONTH, list, " AND #made <= :now")
            .index_name(BY_TIME)
            .projection_expression(PK_AND_SK)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", key::SK)
            .expression_attribute_names("#made", MADE)
            .expression_attribute_values(":now", AttributeValue::S(sortable(now)));
        let read = |item: Item| {
            let found = text(&item, PK).and_then(&read);
            found.ok_or_else(|| corrupt(&CONTROL, "an entry of a list of what is due names nothing"))
        };
        self.each(query, Some(most), read).await
    }

    async fn control(&self) -> Result<Control, StoreError> {
        Ok(self.one(&CONTROL, &Key::control()).await?.unwrap_or_default())
    }

    /// One attribute by itself: operators and the deleter write different ones.
    async fn set_control(&self, name: &str, value: AttributeValue) -> Result<(), StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_key(Some(Key::control().attributes()))
            .update_expression("SET #name = :value, #kind = :kind, #v = if_not_exists(#v, :v)")
            .expression_attribute_names("#name", name)
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_names("#v", SCHEMA)
            .expression_attribute_values(":value", value)
            .expression_attribute_values(":kind", AttributeValue::S(CONTROL.name.to_owned()))
            .expression_attribute_values(":v", AttributeValue::N(VERSION.to_string()));
        self.counted(update.send()).await.map_err(|error| store_error(&error))?;
        Ok(())
    }
}
