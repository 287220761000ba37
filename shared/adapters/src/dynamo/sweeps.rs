//! Who sweeps and how far they are, and what sweeps leave behind.
//!
//! The state is one item, replaced whole by whoever holds its token. Our own repeated write finds the token that
//! it is conditional on, except when it raised the token: taking the lease is a transaction, which DynamoDB
//! knows again by the SDK's idempotency token.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, Put, TransactWriteItem},
};
use domain::{
    change::WriterId,
    failure::StoreError,
    ports::Sweeps,
    sweep::{Plan, PlanId, Report, SweepState},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    DynamoStore,
    commit::{cancelled, has_failed, settled, unbuilt, undecided},
    expression::Held,
    failure::store_error,
    item::{self, Item, Kind, LEASE, PLAN, PURGE_AT, REPORT, STATE},
    key::{self, Key, PK, SK, SWEEP},
    meter::TOLD,
};

/// How long a report or a plan can be read. Then DynamoDB removes it.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// The attribute that says when a plan was applied.
const APPLIED_AT: &str = "applied_at";

/// What a fence looks at.
#[derive(Serialize)]
struct Lease {
    token: u64,
}

impl Sweeps for DynamoStore {
    async fn state(&self) -> Result<SweepState, StoreError> {
        let state = self.one(&STATE, &Key::state()).await?;
        Ok(state.unwrap_or_default())
    }

    /// One put, or, to take the lease, one transaction.
    async fn put_state(&self, state: &SweepState, held: u64) -> Result<bool, StoreError> {
        let item = whole(&STATE, state, &Key::state())?;
        let condition = Held::new(held);
        if state.token != held {
            let lease = whole(&LEASE, &Lease { token: state.token }, &Key::lease())?;
            return self.transact(vec![self.put(item, Some(condition))?, self.put(lease, None)?]).await;
        }
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_item(Some(item))
            .condition_expression(condition.text)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(Some(condition.values));
        answered(self.counted(put.send()).await)
    }

    /// One transaction.
    async fn finish(
        &self,
        state: &SweepState,
        held: u64,
        report: &Report,
        plan: Option<&Plan>,
    ) -> Result<bool, StoreError> {
        let key = Key::report(report.started_at);
        let state = whole(&STATE, state, &Key::state())?;
        let report_item = kept(whole(&REPORT, report, &key)?, report.started_at);
        let mut writes = vec![self.put(state, Some(Held::new(held)))?, self.put(report_item, None)?];
        if let Some(plan) = plan {
            let plan = kept(whole(&PLAN, plan, &Key::plan(&plan.id))?, plan.made_at);
            writes.push(self.put(plan, None)?);
        }
        if self.transact(writes).await? {
            return Ok(true);
        }
        // Somebody took the lease: before this sweep ended, or after, if we have filed this very report.
        Ok(self.one(&REPORT, &key).await?.as_ref() == Some(report))
    }

    async fn reports(&self, most: usize) -> Result<Vec<Report>, StoreError> {
        let query = self
            .partition(PK, SWEEP, " AND #sk < :lease")
            .scan_index_forward(false)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":lease", AttributeValue::S(key::LEASE.to_owned()));
        self.each(query, Some(most), |item| item::read(&REPORT, item)).await
    }

    async fn plan(&self, id: &PlanId) -> Result<Option<Plan>, StoreError> {
        self.one(&PLAN, &Key::plan(id)).await
    }

    /// One write; the same mark twice is one.
    async fn mark_applied(&self, plan: &Plan, at: Timestamp) -> Result<bool, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_key(Some(Key::plan(&plan.id).attributes()))
            .update_expression("SET #applied_at = :at")
            .condition_expression(
                "attribute_exists(#pk) AND (attribute_not_exists(#applied_at) OR #applied_at = :at)",
            )
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#applied_at", APPLIED_AT)
            .expression_attribute_values(":at", AttributeValue::S(at.to_string()));
        answered(self.counted(update.send()).await)
    }
}

impl DynamoStore {
    /// One item, consistently read.
    pub(super) async fn one<T: DeserializeOwned>(
        &self,
        kind: &'static Kind,
        key: &Key,
    ) -> Result<Option<T>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).return_consumed_capacity(TOLD);
        let get = get.set_key(Some(key.attributes())).consistent_read(true);
        let found = self.counted(get.send()).await.map_err(|error| store_error(&error))?.item;
        found.map(|item| item::read(kind, item)).transpose()
    }

    /// An item of a transaction, in the place of whatever was there.
    pub(super) fn put(&self, item: Item, condition: Option<Held>) -> Result<TransactWriteItem, StoreError> {
        let mut put = Put::builder().table_name(&self.table).set_item(Some(item));
        if let Some(Held { text, names, values }) = condition {
            put = put.condition_expression(text).set_expression_attribute_names(Some(names));
            put = put.set_expression_attribute_values(Some(values));
        }
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
    }

    /// All of these writes or, when a condition does not hold, none.
    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        settled(|| self.try_transact(writes.clone())).await
    }

    async fn try_transact(&self, writes: Vec<TransactWriteItem>) -> Result<Option<bool>, StoreError> {
        let request = self.client.transact_write_items().return_consumed_capacity(TOLD);
        let request = request.set_transact_items(Some(writes));
        let Err(error) = self.counted(request.send()).await else { return Ok(Some(true)) };
        let Some(reasons) = cancelled(&error) else { return Err(store_error(&error)) };
        if has_failed(reasons) { Ok(Some(false)) } else { undecided(reasons) }
    }
}

/// A whole item. Nobody looks for the mark of its writer: the token tells.
pub(super) fn whole(kind: &'static Kind, content: &impl Serialize, key: &Key) -> Result<Item, StoreError> {
    let mut item = item::body(kind, content, &WriterId::mint([0; 16]))?;
    item.extend(key.attributes());
    Ok(item)
}

/// An item that DynamoDB removes in time.
fn kept(mut item: Item, since: Timestamp) -> Item {
    let purge_at = since.checked_add(KEPT).unwrap_or(Timestamp::MAX);
    item.insert(PURGE_AT.to_owned(), AttributeValue::N(purge_at.as_second().to_string()));
    item
}

/// A condition that does not hold is an answer.
pub(super) fn answered<A, E: ProvideErrorMetadata>(
    answer: Result<A, SdkError<E, HttpResponse>>,
) -> Result<bool, StoreError> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(error) => Err(store_error(&error)),
    }
}
