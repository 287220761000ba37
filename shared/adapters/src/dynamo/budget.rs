//! The account's counters of calls to Belvo: one item a window, changed by one conditional write a grant.
//!
//! The item has a counter for each group of classes (see `domain::budget`). A grant adds to the four counters
//! of its class's groups on condition that none passes its bound, so of any number of callers exactly as many
//! get through as there is room for. A lost answer may count a call that is never made, and that is all.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    budget::{Bound, Class, Limits, Window},
    failure::StoreError,
    ports::{Budget, Permit},
};
use jiff::ToSpan;

use super::{
    DynamoStore,
    failure::{by_code, store_error},
    item::{BUDGET, Item, KIND, PURGE_AT, SCHEMA, VERSION},
    key::Key,
};

/// How long a grant may take: it stands before every call to Belvo, and somebody may be waiting.
pub const GRANT_TIMEOUT: Duration = Duration::from_secs(1);
/// Name of the attribute that shuts a window.
const PAUSED: &str = "paused";

impl Budget for DynamoStore {
    /// One write.
    async fn take(
        &self,
        account: &str,
        window: Window,
        class: Class,
        calls: u32,
        limits: &Limits,
    ) -> Result<Permit, StoreError> {
        let grant = Grant::of(&limits.bounds(class), calls);
        let update = self
            .window(account, window, &format!("ADD {}", grant.adds))
            .condition_expression(grant.condition)
            .expression_attribute_names("#paused", PAUSED)
            .set_grant(grant.names, grant.values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = self.in_time(update.send()).await? else { return Ok(Permit::Granted) };
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            return Ok(denied(failed.item()));
        }
        Err(store_error(&error))
    }

    /// One consistent read.
    async fn room(
        &self,
        account: &str,
        window: Window,
        class: Class,
        calls: u32,
        limits: &Limits,
    ) -> Result<Permit, StoreError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(Key::budget(account, window).attributes()))
            .consistent_read(true);
        let found =
            self.in_time(get.send()).await?.map_err(|error| store_error(&error))?.item.unwrap_or_default();
        let has_room = |bound: &Bound| counted(&found, bound.counter) + calls <= bound.at_most;
        let room = !found.contains_key(PAUSED) && limits.bounds(class).iter().all(has_room);
        Ok(if room { Permit::Granted } else { denied(Some(&found)) })
    }

    /// One write.
    async fn shut(&self, account: &str, window: Window) -> Result<(), StoreError> {
        let update = self
            .window(account, window, "")
            .expression_attribute_names("#paused", PAUSED)
            .expression_attribute_values(":paused", AttributeValue::Bool(true));
        self.in_time(update.send()).await?.map(|_| ()).map_err(|error| store_error(&error))
    }
}

impl DynamoStore {
    async fn in_time<T>(&self, answer: impl Future<Output = T>) -> Result<T, StoreError> {
        tokio::time::timeout(self.grant_timeout, answer).await.map_err(|_| by_code("RequestLimitExceeded"))
    }

    /// An update of a window's item, which makes the item if need be.
    fn window(&self, account: &str, window: Window, adds: &str) -> UpdateItemFluentBuilder {
        let paused = if adds.is_empty() { ", #paused = :paused" } else { "" };
        let purge_at = window.begins().checked_add(1.hour()).unwrap_or(jiff::Timestamp::MAX);
        let number = |number: i64| AttributeValue::N(number.to_string());
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::budget(account, window).attributes()))
            .update_expression(format!("SET #kind = :kind, #v = :v, #purge_at = :purge_at{paused} {adds}"))
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_names("#v", SCHEMA)
            .expression_attribute_names("#purge_at", PURGE_AT)
            .expression_attribute_values(":kind", AttributeValue::S(BUDGET.name.to_owned()))
            .expression_attribute_values(":v", number(VERSION.into()))
            .expression_attribute_values(":purge_at", number(purge_at.as_second()))
    }
}

/// The expressions of a grant.
struct Grant {
    adds: String,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Grant {
    fn of(bounds: &[Bound], calls: u32) -> Self {
        let number = |number: u32| AttributeValue::N(number.to_string());
        let counters = || bounds.iter().map(|bound| bound.counter);
        let adds: Vec<_> = counters().map(|counter| format!("#{counter} :calls")).collect();
        let open = std::iter::once("attribute_not_exists(#paused)".to_owned());
        let below = counters()
            .map(|counter| format!("(attribute_not_exists(#{counter}) OR #{counter} <= :{counter})"));
        let before = |bound: &Bound| number(bound.at_most.saturating_sub(calls));
        let values = bounds.iter().map(|bound| (format!(":{}", bound.counter), before(bound)));
        Self {
            adds: adds.join(", "),
            condition: open.chain(below).collect::<Vec<_>>().join(" AND "),
            names: counters().map(|counter| (format!("#{counter}"), attribute(counter))).collect(),
            values: values.chain([(":calls".to_owned(), number(calls))]).collect(),
        }
    }
}

/// Adds the names and values of a grant to an update that has some of its own.
trait WithGrant {
    fn set_grant(self, names: HashMap<String, String>, values: HashMap<String, AttributeValue>) -> Self;
}

impl WithGrant for UpdateItemFluentBuilder {
    fn set_grant(self, names: HashMap<String, String>, values: HashMap<String, AttributeValue>) -> Self {
        let update = names
            .into_iter()
            .fold(self, |update, (name, attribute)| update.expression_attribute_names(name, attribute));
        values
            .into_iter()
            .fold(update, |update, (name, value)| update.expression_attribute_values(name, value))
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
