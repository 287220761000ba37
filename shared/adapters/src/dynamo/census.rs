//! What the two indexes tell of all links. They may lag behind, and nothing is changed on their word.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    operation::{query::builders::QueryFluentBuilder, scan::builders::ScanFluentBuilder},
    types::AttributeValue,
};
use domain::{
    census::{Entry, Member},
    external_id::ExternalId,
    failure::StoreError,
    link::{Marker, QuarantinedLink},
    ports::Census,
    values::LinkId,
};
use jiff::{ToSpan, civil::Date};

use super::{
    DynamoStore,
    failure::store_error,
    index,
    key::{self, BY_GROUP, BY_TIME, GROUP, Key, MADE, MONTH, PENDING, PK, QUARANTINE, SK},
    meter::TOLD,
    record,
};

/// What is read of an entry by time.
const ENTRY: &str = "#pk, #sk, #made";
/// Members in one answer: about as many as one page holds.
const MEMBERS: i32 = 5_000;

impl Census for DynamoStore {
    /// A query a month.
    async fn made_between(&self, from: Date, to: Date) -> Result<Vec<Entry>, StoreError> {
        let text = AttributeValue::S;
        let (first, last) = key::days(from, to);
        let mut entries = Vec::new();
        let mut month = from.first_of_month();
        while month <= to && from <= to {
            let query = self
                .by_time(&key::month(month), " AND #made BETWEEN :first AND :last")
                .expression_attribute_values(":first", text(first.clone()))
                .expression_attribute_values(":last", text(last.clone()));
            entries.extend(self.each(query, None, |item| index::entry(&item)).await?);
            let Ok(next) = month.checked_add(1.month()) else { break };
            month = next;
        }
        Ok(entries)
    }

    async fn named(&self, most: usize) -> Result<Vec<Entry>, StoreError> {
        self.each(self.by_time(PENDING, ""), Some(most), |item| index::entry(&item)).await
    }

    /// From the records themselves, but no more of them than an index has. A tombstone is in none.
    async fn standing(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<Entry>, StoreError> {
        let once: BTreeSet<_> = links.iter().collect(); // a repeated key is refused
        let keys = once.into_iter().map(|(owner, link)| Key::link(owner, *link));
        let items = self.batches(keys, |wanted| {
            wanted
                .projection_expression(ENTRY)
                .expression_attribute_names("#pk", PK)
                .expression_attribute_names("#sk", SK)
                .expression_attribute_names("#made", MADE)
        });
        items.await?.iter().filter(|item| item.contains_key(MADE)).map(index::entry).collect()
    }

    async fn grouped(&self, behind: Option<&Member>) -> Result<Vec<Member>, StoreError> {
        let mut place = behind.map(index::place);
        loop {
            let page = self.by_group().set_exclusive_start_key(place).send();
            let page = self.counted(page).await.map_err(|error| store_error(&error))?;
            let members = page.items().iter().filter_map(|item| index::member(item).transpose());
            let members = members.collect::<Result<Vec<_>, _>>()?;
            place = page.last_evaluated_key;
            if place.is_none() || !members.is_empty() {
                return Ok(members);
            }
        }
    }

    /// In the order of the index; links that found their user meanwhile are no longer among them.
    async fn quarantine(&self, most: usize) -> Result<Vec<QuarantinedLink>, StoreError> {
        let ids = self.each(self.set_aside(), Some(most), |item| index::nobodys(&item)).await?;
        let items = self.batches(ids.into_iter().map(Key::holder), |wanted| wanted).await?;
        let mut links = Vec::new();
        for item in items {
            if let (_, Marker::Quarantined(link)) = record::marker(item)? {
                links.push(link);
            }
        }
        links.sort_by_key(|link| (link.first_seen_at, link.link_id));
        Ok(links)
    }

    async fn quarantine_size(&self, most: usize) -> Result<usize, StoreError> {
        Ok(self.each(self.set_aside(), Some(most), |_| Ok(())).await?.len())
    }
}

impl DynamoStore {
    fn set_aside(&self) -> QueryFluentBuilder {
        self.partition(GROUP, QUARANTINE, "").index_name(BY_GROUP)
    }

    pub(super) fn by_time(&self, month: &str, range: &str) -> QueryFluentBuilder {
        self.partition(MONTH, month, range)
            .index_name(BY_TIME)
            .projection_expression(ENTRY)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_names("#made", MADE)
    }

    /// A scan of an index shows the items of one partition side by side.
    fn by_group(&self) -> ScanFluentBuilder {
        let scan = self.client.scan().table_name(&self.table).return_consumed_capacity(TOLD);
        scan.index_name(BY_GROUP).limit(MEMBERS)
    }
}
