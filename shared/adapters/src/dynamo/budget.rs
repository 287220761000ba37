//! The account's counters of calls to Belvo: one item a window, changed by one conditional write a grant.
//!
//! The item has a counter for each group of classes (see `domain::budget`). A grant adds to the four counters
//! of its class's groups on condition that none passes its bound, so of any number of callers exactly as many
//! get through as there is room for. A lost answer may count a call that is never made, and that is all.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    budget::{Bound, Window},
    failure::StoreError,
    ports::{Budget, Permit, Wanted},
};
use jiff::ToSpan;
use tokio::task::JoinSet;

use super::{
    DynamoStore,
    failure::{by_code, store_error},
    item::{BUDGET, Item, KIND, PURGE_AT, SCHEMA, VERSION},
    key::Key,
    meter::TOLD,
};

/// How long a grant may take: it stands before every call to Belvo, and somebody may be waiting.
pub const GRANT_TIMEOUT: Duration = Duration::from_secs(1);
/// Name of the attribute that shuts a window.
const PAUSED: &str = "paused";

impl Budget for DynamoStore {
    /// One write.
    async fn take(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        let Wanted { account, window, class, calls, limits } = *wanted;
        let bounds = limits.bounds(class);
        if too_many(calls, &bounds) {
            return Ok(Permit::Full);
        }
        let grant = Grant::of(&bounds, calls, stamp(window));
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_key(Some(Key::budget(account, window).attributes()))
            .update_expression(grant.update)
            .condition_expression(grant.condition)
            .set_expression_attribute_names(Some(grant.names))
            .set_expression_attribute_values(Some(grant.values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = self.in_time(self.counted(update.send())).await? else { return Ok(Permit::Granted) };
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            return Ok(denied(failed.item()));
        }
        Err(store_error(&error))
    }

    /// One consistent read.
    async fn room(&self, wanted: &Wanted<'_>) -> Result<Permit, StoreError> {
        let Wanted { account, window, class, calls, limits } = *wanted;
        let bounds = limits.bounds(class);
        if too_many(calls, &bounds) {
            return Ok(Permit::Full);
        }
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_key(Some(Key::budget(account, window).attributes()))
            .consistent_read(true);
        let found = self
            .in_time(self.counted(get.send()))
            .await?
            .map_err(|error| store_error(&error))?
            .item
            .unwrap_or_default();
        let has_room = |bound: &Bound| counted(&found, bound.counter) + calls <= bound.at_most;
        let room = !found.contains_key(PAUSED) && bounds.iter().all(has_room);
        Ok(if room { Permit::Granted } else { denied(Some(&found)) })
    }

    /// Puts side by side, and no batch: leave to write batches is leave to delete. A shut window needs its counters
    /// no more.
    async fn shut(&self, account: &str, windows: &[Window]) -> Result<(), StoreError> {
        let mut puts = JoinSet::new();
        for window in windows {
            let mut item = stamp(*window);
            item.insert(PAUSED.to_owned(), AttributeValue::Bool(true));
            item.extend(Key::budget(account, *window).attributes());
            let put = self.client.put_item().table_name(&self.table).return_consumed_capacity(TOLD);
            let (store, put) = (self.clone(), put.set_item(Some(item)));
            puts.spawn(async move { store.counted(put.send()).await.map_err(|error| store_error(&error)) });
        }
        self.in_time(async {
            while let Some(put) = puts.join_next().await {
                put.map_err(|_| by_code("RequestLimitExceeded"))??;
            }
            Ok(())
        })
        .await?
    }
}

/// Whether no window has room for so many. In one without counters there is nothing to compare with.
fn too_many(calls: u32, bounds: &[Bound]) -> bool {
    bounds.iter().any(|bound| calls > bound.at_most)
}

/// What a window's item says beside its counters.
fn stamp(window: Window) -> Item {
    let purge_at = window.begins().checked_add(1.hour()).unwrap_or(jiff::Timestamp::MAX);
    let number = |number: i64| AttributeValue::N(number.to_string());
    HashMap::from([
        (KIND.to_owned(), AttributeValue::S(BUDGET.name.to_owned())),
        (SCHEMA.to_owned(), number(VERSION.into())),
        (PURGE_AT.to_owned(), number(purge_at.as_second())),
    ])
}

impl DynamoStore {
    async fn in_time<T>(&self, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        tokio::time::timeout(self.grant_timeout, answer).await.map_err(|_| by_code("RequestLimitExceeded"))
    }
}

/// The expressions of a grant.
struct Grant {
    update: String,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Grant {
    /// Adds `calls` to each counter, and sets what the item says of itself.
    fn of(bounds: &[Bound], calls: u32, stamp: Item) -> Self {
        let number = |number: u32| AttributeValue::N(number.to_string());
        let counters = || bounds.iter().map(|bound| bound.counter);
        let adds: Vec<_> = counters().map(|counter| format!("#{counter} :calls")).collect();
        let sets: Vec<_> = stamp.keys().map(|name| format!("#{name} = :{name}")).collect();
        let open = std::iter::once("attribute_not_exists(#paused)".to_owned());
        let below = counters()
            .map(|counter| format!("(attribute_not_exists(#{counter}) OR #{counter} <= :{counter})"));
        let mut names: HashMap<_, _> =
            counters().map(|counter| (format!("#{counter}"), attribute(counter))).collect();
        names.extend(
            stamp
                .keys()
                .map(String::as_str)
                .chain([PAUSED])
                .map(|name| (format!("#{name}"), name.to_owned())),
        );
        let before = |bound: &Bound| number(bound.at_most.saturating_sub(calls));
        let mut values: HashMap<_, _> =
            bounds.iter().map(|bound| (format!(":{}", bound.counter), before(bound))).collect();
        values.insert(":calls".to_owned(), number(calls));
        values.extend(stamp.into_iter().map(|(name, value)| (format!(":{name}"), value)));
        Self {
            update: format!("SET {} ADD {}", sets.join(", "), adds.join(", ")),
            condition: open.chain(below).collect::<Vec<_>>().join(" AND "),
            names,
            values,
        }
    }
}

/// The attribute of a counter.
fn attribute(counter: &str) -> String {
    format!("calls_{counter}")
}

fn counted(item: &Item, counter: &str) -> u32 {
    let value = item.get(&attribute(counter)).and_then(|value| value.as_n().ok());
    value.and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn denied(item: Option<&Item>) -> Permit {
    if item.is_some_and(|item| item.contains_key(PAUSED)) { Permit::Paused } else { Permit::Full }
}
