//! Reading everything, for a sweep and for operators, and filing a sweep's report.

use aws_sdk_dynamodb::{error::ProvideErrorMetadata, types::AttributeValue};
use domain::{
    change::WriterId,
    failure::StoreError,
    ports::{Book, Census},
    sweep::Report,
};
use jiff::SignedDuration;

use super::{
    DynamoStore,
    failure::store_error,
    item::{self, Item, KIND, LINK, PURGE_AT, QUARANTINE, REPORT, USER},
    key::{Key, PK},
    record,
};

/// How long a report can be read. Then DynamoDB removes it.
const REPORTS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

impl Census for DynamoStore {
    /// One scan. Not consistent: nothing is changed on its word, as every record is read again before. An
    /// item that does not say what it is fails it: it may be a record that lost its kind.
    async fn book(&self) -> Result<Book, StoreError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("#kind IN (:user, :link, :quarantine) OR attribute_not_exists(#kind)")
            .expression_attribute_names("#kind", KIND)
            .expression_attribute_values(":user", text(USER.name))
            .expression_attribute_values(":link", text(LINK.name))
            .expression_attribute_values(":quarantine", text(QUARANTINE.name))
            .into_paginator()
            .send();
        let mut book = Book::default();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| store_error(&error))?;
            page.items.unwrap_or_default().into_iter().try_for_each(|item| enter(&mut book, item))?;
        }
        Ok(book)
    }

    /// One put. Filing the same report twice leaves one.
    async fn file(&self, report: &Report) -> Result<(), StoreError> {
        let purge_at = report.started_at.checked_add(REPORTS_KEPT).unwrap_or(jiff::Timestamp::MAX);
        let mut item = item::body(&REPORT, report, &WriterId::mint([0; 16]))?;
        item.extend(Key::report(report.started_at).attributes());
        item.insert(PURGE_AT.to_owned(), AttributeValue::N(purge_at.as_second().to_string()));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", PK);
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()), // filed already
            Err(error) => Err(store_error(&error)),
        }
    }
}

fn enter(book: &mut Book, item: Item) -> Result<(), StoreError> {
    match item::kind_of(&item) {
        Some(kind) if kind == LINK.name => {
            let record = record::link(item)?;
            book.links.entry(record.link_id).or_default().push(record);
        }
        Some(kind) if kind == QUARANTINE.name => {
            let link = record::quarantined(item)?;
            book.quarantined.insert(link.link_id, link);
        }
        _ => {
            let user = record::user(item)?;
            book.users.insert(user.external_id, user.created_at);
        }
    }
    Ok(())
}
