//! What an operator is told of the table itself: whether it is made as the template makes it, what time it is there, and
//! whether it holds what this version cannot read.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeDeserializationInterceptorContextRef,
    },
    error::BoxError,
    types::{
        AttributeValue, KeySchemaElement, KeyType, PointInTimeRecoveryStatus, ProjectionType, StreamViewType,
        TableDescription, TimeToLiveStatus,
    },
};
use domain::failure::StoreError;
use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};

use super::{
    DynamoStore,
    failure::store_error,
    item::{KIND, PURGE_AT, SCHEMA, VERSION, kind_of},
    key::{PK, SK},
    meter::TOLD,
    table::{INDEXES, TableError, failed},
};

/// What the table is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// What is not as in the template, and breaks something.
    pub flaws: Vec<String>,
    /// What is not as in the template, and is missed on a bad day.
    pub risks: Vec<String>,
    /// What time it is there, if it was told.
    pub date: Option<Timestamp>,
}

/// Items of a later version than ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newer {
    /// How many of each kind.
    pub kinds: BTreeMap<String, usize>,
    /// How many items were looked at.
    pub looked_at: usize,
    /// Whether those were all.
    pub all: bool,
}

/// Pages of a look through the items.
const PAGES: usize = 20;

impl DynamoStore {
    /// Compares the table with what the template makes.
    pub async fn health(&self) -> Result<Health, TableError> {
        let heard = Heard::default();
        let asked = self.client.describe_table().table_name(&self.table).customize();
        let answer = asked.interceptor(heard.clone()).send().await.map_err(|error| failed(&error))?;
        let described = answer.table.ok_or_else(|| TableError::Refused("no description".to_owned()))?;
        let flaws = [flaws_of(&described), self.flaw_of_expiry().await?].concat();
        let mut risks = Vec::new();
        if described.deletion_protection_enabled != Some(true) {
            risks.push("it is not protected against deletion".to_owned());
        }
        if !self.can_be_restored().await {
            risks.push("point-in-time recovery is not on (or may not be looked at)".to_owned());
        }
        Ok(Health { flaws, risks, date: heard.date() })
    }

    async fn flaw_of_expiry(&self) -> Result<Vec<String>, TableError> {
        let asked = self.client.describe_time_to_live().table_name(&self.table);
        let answer = asked.send().await.map_err(|error| failed(&error))?;
        let expiry = answer.time_to_live_description.filter(|expiry| {
            matches!(expiry.time_to_live_status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling))
        });
        let attribute = expiry.and_then(|expiry| expiry.attribute_name);
        let good = attribute.as_deref() == Some(PURGE_AT);
        Ok(if good { Vec::new() } else { vec![format!("time to live is not on for {PURGE_AT}")] })
    }

    async fn can_be_restored(&self) -> bool {
        let asked = self.client.describe_continuous_backups().table_name(&self.table).send().await;
        let told = asked.ok().and_then(|answer| answer.continuous_backups_description);
        let told = told.and_then(|told| told.point_in_time_recovery_description);
        told.and_then(|told| told.point_in_time_recovery_status) == Some(PointInTimeRecoveryStatus::Enabled)
    }

    /// Looks through the first items for those of a later version. Not all: a table may be large.
    pub async fn newer(&self) -> Result<Newer, StoreError> {
        let mut newer = Newer::default();
        let mut from = None;
        for _ in 0..PAGES {
            let scan = self
                .client
                .scan()
                .table_name(&self.table)
                .return_consumed_capacity(TOLD)
                .filter_expression("#v > :v")
                .projection_expression("#kind")
                .expression_attribute_names("#v", SCHEMA)
                .expression_attribute_names("#kind", KIND)
                .expression_attribute_values(":v", AttributeValue::N(VERSION.to_string()))
                .set_exclusive_start_key(from);
            let page = self.counted(scan.send()).await.map_err(|error| store_error(&error))?;
            newer.looked_at += usize::try_from(page.scanned_count).unwrap_or_default();
            for item in page.items() {
                *newer.kinds.entry(kind_of(item).unwrap_or("no kind").to_owned()).or_default() += 1;
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                newer.all = true;
                break;
            }
        }
        Ok(newer)
    }
}

/// What breaks something: keys, indexes, the stream.
fn flaws_of(table: &TableDescription) -> Vec<String> {
    let mut flaws = Vec::new();
    if !has_keys(table.key_schema(), [PK, SK]) {
        flaws.push(format!("its keys are not {PK} and {SK}"));
    }
    for (name, keys) in INDEXES {
        let index = table.global_secondary_indexes().iter().find(|index| index.index_name() == Some(name));
        let Some(index) = index else {
            flaws.push(format!("the index {name} is missing"));
            continue;
        };
        let [hash, range] = keys;
        if !has_keys(index.key_schema(), keys) {
            flaws.push(format!("the keys of the index {name} are not {hash} and {range}"));
        }
        let projection = index.projection().and_then(|projection| projection.projection_type());
        if projection != Some(&ProjectionType::KeysOnly) {
            flaws.push(format!("the index {name} holds more than keys"));
        }
    }
    let images = |stream: &StreamViewType| {
        matches!(stream, StreamViewType::NewImage | StreamViewType::NewAndOldImages)
    };
    let stream = table.stream_specification().filter(|stream| stream.stream_enabled());
    if !stream.and_then(|stream| stream.stream_view_type()).is_some_and(images) {
        flaws.push("it has no stream of new images, so nothing is told to the event bus".to_owned());
    }
    flaws
}

fn has_keys(schema: &[KeySchemaElement], [hash, range]: [&str; 2]) -> bool {
    let is = |name: &str, kind: &KeyType| {
        schema.iter().any(|key| key.attribute_name() == name && key.key_type() == kind)
    };
    schema.len() == 2 && is(hash, &KeyType::Hash) && is(range, &KeyType::Range)
}

/// The date that an answer carries.
#[derive(Clone, Debug, Default)]
struct Heard(Arc<Mutex<Option<String>>>);

impl Heard {
    fn date(&self) -> Option<Timestamp> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        DateTimeParser::new().parse_timestamp(heard.as_deref()?).ok()
    }
}

impl Intercept for Heard {
    fn name(&self) -> &'static str {
        "Heard"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").map(str::to_owned);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
