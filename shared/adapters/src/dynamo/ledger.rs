//! Reading what we hold of one user, and who holds link ids. Always consistent: decisions rest on it.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::{
    change::Commit,
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    link::LinkRecord,
    plan::Markers,
    ports::Ledgers,
    session::LinkSession,
    user::{Ledger, User},
    values::LinkId,
};

use super::{
    DynamoStore,
    commit::unbuilt,
    failure::{by_code, store_error},
    item::{self, ALIAS, Item, LINK, SESSION},
    key::{FIRST_OF_LEDGER, Key, PK, PROFILE, SK, partition},
    record,
};

/// DynamoDB's own limit on the keys of one batch.
const MOST_KEYS: usize = 100;
/// How often keys that a batch left out are asked for again.
const BATCH_ATTEMPTS: u32 = 5;

/// A ledger while its items come in.
#[derive(Default)]
struct Sorted {
    user: Option<User>,
    stands_for: Option<ExternalId>,
    links: Vec<LinkRecord>,
    sessions: Vec<LinkSession>,
}

impl Sorted {
    fn take(&mut self, item: Item) -> Result<(), StoreError> {
        match item::kind_of(&item) {
            Some(kind) if kind == LINK.name => self.links.push(record::link(item)?),
            Some(kind) if kind == SESSION.name => self.sessions.push(record::session(item)?),
            Some(kind) if kind == ALIAS.name => {
                self.stands_for = Some(record::alias(item)?.user().external_id);
            }
            _ => self.user = Some(record::user(item)?),
        }
        Ok(())
    }
}

impl Ledgers for DynamoStore {
    async fn ledger(&self, user: &ExternalId) -> Result<Option<Ledger>, StoreError> {
        let Sorted { user, links, mut sessions, .. } = self.sorted(user, None).await?;
        sessions.sort_by_key(|session| session.issued_at);
        Ok(user.map(|user| Ledger { user, links, sessions }))
    }

    async fn links(&self, user: &ExternalId) -> Result<Option<Vec<LinkRecord>>, StoreError> {
        let sorted = self.sorted(user, Some(PROFILE)).await?;
        Ok(sorted.user.map(|_| sorted.links))
    }

    async fn markers(&self, ids: &[LinkId]) -> Result<Markers, StoreError> {
        let once: BTreeSet<LinkId> = ids.iter().copied().collect(); // a batch with a repeated key is refused
        let once: Vec<_> = once.into_iter().collect();
        let mut markers = Markers::new();
        for ids in once.chunks(MOST_KEYS) {
            for item in self.batch(ids).await? {
                let (id, marker) = record::marker(item)?;
                markers.insert(id, marker);
            }
        }
        Ok(markers)
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.make(commit).await
    }
}

impl DynamoStore {
    /// What a ledger is made of. Only who asks by an alias pays a second query.
    async fn sorted(&self, user: &ExternalId, until: Option<&str>) -> Result<Sorted, StoreError> {
        let found = self.range(user, until).await?;
        match &found.stands_for {
            Some(user) => self.range(user, until).await,
            None => Ok(found),
        }
    }

    /// The items of a user's ledger, up to a sort key or all of them.
    async fn range(&self, user: &ExternalId, until: Option<&str>) -> Result<Sorted, StoreError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let range = if until.is_some() { "#sk BETWEEN :from AND :until" } else { "#sk >= :from" };
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(format!("#pk = :pk AND {range}"))
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", text(&partition(user)))
            .expression_attribute_values(":from", text(FIRST_OF_LEDGER));
        let query = match until {
            Some(until) => query.expression_attribute_values(":until", text(until)),
            None => query,
        };
        let mut sorted = Sorted::default();
        let mut pages = query.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| store_error(&error))?;
            page.items.unwrap_or_default().into_iter().try_for_each(|item| sorted.take(item))?;
        }
        Ok(sorted)
    }

    /// The holder items of up to a hundred links; keys that DynamoDB leaves out are asked for again.
    async fn batch(&self, ids: &[LinkId]) -> Result<Vec<Item>, StoreError> {
        let mut keys: Vec<_> = ids.iter().map(|id| Key::holder(*id).attributes()).collect();
        let mut items = Vec::new();
        for attempt in 0..BATCH_ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(25 << attempt)).await;
            }
            let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
            let wanted = wanted.build().map_err(unbuilt)?;
            let answer = self.client.batch_get_item().request_items(&self.table, wanted).send().await;
            let answer = answer.map_err(|error| store_error(&error))?;
            items.extend(answer.responses.unwrap_or_default().into_values().flatten());
            let left = answer.unprocessed_keys.unwrap_or_default().into_values().next();
            keys = left.map(|left| left.keys).unwrap_or_default();
            if keys.is_empty() {
                return Ok(items);
            }
        }
        Err(by_code("ThrottlingException"))
    }
}
