//! Webhooks: each one item beside its link, made by one put on condition that there is none, and replaced whole.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    external_id::ExternalId,
    failure::StoreError,
    link::LinkRecord,
    ports::{FiledWebhooks, Inbox},
    values::LinkId,
    webhooks::{Webhook, WebhookState},
};
use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{
    DynamoStore, index,
    item::{Item, PURGE_AT, REVISION, WEBHOOK},
    key::{self, DEAD, Key, PK, SK, WAITING, WEBHOOKS, WORKED},
    meter::TOLD,
    record,
    sweeps::{answered, whole},
};

/// How long a webhook is kept. Then DynamoDB removes it.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

impl Inbox for DynamoStore {
    /// One put.
    async fn file(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_item(Some(item(webhook)?))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK);
        answered(self.counted(put.send()).await)
    }
}

impl FiledWebhooks for DynamoStore {
    async fn due_webhooks(&self, now: Timestamp, most: usize) -> Result<Vec<Webhook>, StoreError> {
        let query = self
            .by_time(WAITING, " AND #made <= :until")
            .expression_attribute_values(":until", AttributeValue::S(key::by(now)));
        let keys = self.each(query, Some(most), |item| place(&item)).await?;
        let mut due = self.these(keys).await?;
        due.retain(|webhook| webhook.state == WebhookState::Waiting && webhook.due_at <= now);
        due.sort_by_key(|webhook| (webhook.due_at, webhook.received_at));
        Ok(due)
    }

    /// One put.
    async fn settle(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        let before = webhook.revision.saturating_sub(1).to_string();
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .return_consumed_capacity(TOLD)
            .set_item(Some(item(webhook)?))
            .condition_expression("#rev = :before")
            .expression_attribute_names("#rev", REVISION)
            .expression_attribute_values(":before", AttributeValue::N(before));
        answered(self.counted(put.send()).await)
    }

    /// Waiting ones stand in the order in which they are due, all others in that in which they came.
    async fn webhooks(
        &self,
        state: WebhookState,
        day: Option<Date>,
        most: usize,
    ) -> Result<Vec<Webhook>, StoreError> {
        let list = match state {
            WebhookState::Waiting => WAITING,
            WebhookState::Worked => WORKED,
            WebhookState::Dead => DEAD,
        };
        let query = match day.filter(|_| state != WebhookState::Waiting) {
            Some(day) => {
                let (from, until) = key::days(day, day);
                self.by_time(list, " AND #made BETWEEN :first AND :last")
                    .expression_attribute_values(":first", AttributeValue::S(from))
                    .expression_attribute_values(":last", AttributeValue::S(until))
            }
            None => self.by_time(list, ""),
        };
        // of those that wait, the list does not tell when they came
        let listed = if state == WebhookState::Waiting && day.is_some() { None } else { Some(most) };
        let keys = self.each(query, listed, |item| place(&item)).await?;
        let mut webhooks = self.these(keys).await?;
        let on = |at: Timestamp| day.is_none_or(|day| at.to_string().starts_with(&day.to_string()));
        webhooks.retain(|webhook| webhook.state == state && on(webhook.received_at));
        webhooks.sort_by_key(|webhook| webhook.due_at);
        if state == WebhookState::Waiting {
            webhooks.truncate(most);
        }
        webhooks.sort_by(|one, other| (one.received_at, &one.id).cmp(&(other.received_at, &other.id)));
        Ok(webhooks)
    }

    /// A query a link.
    async fn webhooks_about(&self, links: &[LinkId]) -> Result<Vec<Webhook>, StoreError> {
        let mut all = Vec::new();
        for link in links.iter().collect::<BTreeSet<_>>() {
            let query = self
                .partition(PK, &key::link_partition(*link), " AND begins_with(#sk, :webhooks)")
                .consistent_read(true)
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":webhooks", AttributeValue::S(WEBHOOKS.to_owned()));
            all.extend(self.each(query, None, record::webhook).await?);
        }
        all.sort_by(|one, other| (one.received_at, &one.id).cmp(&(other.received_at, &other.id)));
        Ok(all)
    }

    async fn records(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<LinkRecord>, StoreError> {
        let once: BTreeSet<_> = links.iter().collect(); // a repeated key is refused
        let keys = once.into_iter().map(|(owner, link)| Key::link(owner, *link));
        let items = self.batches(keys, |wanted| wanted.consistent_read(true)).await?;
        items.into_iter().map(record::link).collect()
    }
}

impl DynamoStore {
    /// The webhooks under these keys, as they stand now.
    async fn these(&self, keys: Vec<Key>) -> Result<Vec<Webhook>, StoreError> {
        let items = self.batches(keys, |wanted| wanted.consistent_read(true)).await?;
        items.into_iter().map(record::webhook).collect()
    }
}

fn item(webhook: &Webhook) -> Result<Item, StoreError> {
    let mut item = whole(&WEBHOOK, webhook, &Key::webhook(&webhook.id, webhook.link_id))?;
    item.extend(index::of_webhook(webhook));
    let purge_at = webhook.received_at.checked_add(KEPT).unwrap_or(Timestamp::MAX);
    item.insert(PURGE_AT.to_owned(), AttributeValue::N(purge_at.as_second().to_string()));
    Ok(item)
}

fn place(item: &Item) -> Result<Key, StoreError> {
    Key::of(item).ok_or_else(|| super::item::corrupt(&WEBHOOK, "an entry of an index has no key"))
}
