//! What is in the table, read past the store: every item as JSON under its key.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use serde_json::Value;

/// The key of an item: `pk` and `sk`.
pub type Key = (String, String);

/// Everything in the table at one moment, but for the counters of calls to Belvo: every call is counted, and
/// a count is nobody's record.
#[derive(Clone, Debug, PartialEq)]
pub struct Table(pub BTreeMap<Key, Value>);

impl Table {
    /// Reads everything.
    pub async fn read(client: &Client, table: &str) -> Self {
        let scan = client.scan().table_name(table).consistent_read(true).into_paginator().items().send();
        let items = scan.collect::<Result<Vec<_>, _>>().await.expect("the engine answers");
        let entry = |item| {
            let item: Value = from_item(item).expect("an item is JSON");
            ((text(&item, "pk"), text(&item, "sk")), item)
        };
        let records = items.into_iter().map(entry).filter(|(_, item)| item["kind"] != "budget");
        Self(records.collect())
    }

    /// The items of a kind.
    pub fn of_kind(&self, kind: &str) -> Vec<&Value> {
        self.0.values().filter(|item| item["kind"] == kind).collect()
    }

    /// How many audit events tell of this action.
    pub fn events(&self, action: &str) -> usize {
        self.of_kind("audit").iter().filter(|event| event["action"] == action).count()
    }

    /// The user's record of a link; null when there is none.
    pub fn link(&self, external_id: &str, link: &str) -> &Value {
        self.item(&format!("USER#{external_id}"), &format!("LINK#{link}"))
    }

    /// A link session of a user; null when there is none.
    pub fn session(&self, external_id: &str, session: &str) -> &Value {
        self.item(&format!("USER#{external_id}"), &format!("SESSION#{session}"))
    }

    /// Who holds a link: an owner, the quarantine, or null.
    pub fn holder(&self, link: &str) -> &Value {
        self.item(&format!("LINK#{link}"), "HOLDER")
    }

    /// The user whom a link is bound to.
    pub fn owner(&self, link: &str) -> Option<&str> {
        let holder = self.holder(link);
        holder["external_id"].as_str().filter(|_| holder["kind"] == "owner")
    }

    /// Why a link is in quarantine; empty when it is not there.
    pub fn quarantine(&self, link: &str) -> &str {
        let holder = self.holder(link);
        holder["reason"].as_str().filter(|_| holder["kind"] == "quarantine").unwrap_or_default()
    }

    /// The items whose partition is one of these.
    #[must_use]
    pub fn partitions(&self, wanted: &[String]) -> Self {
        let items = self.0.iter().filter(|((pk, _), _)| wanted.contains(pk));
        Self(items.map(|(key, item)| (key.clone(), item.clone())).collect())
    }

    /// Everything but what sweeps leave for each other and for operators: lease, state, reports and plans.
    #[must_use]
    pub fn but_for_reports(&self) -> Self {
        let of_sweeps =
            |item: &Value| ["lease", "sweep", "report", "plan"].iter().any(|kind| item["kind"] == *kind);
        let items = self.0.iter().filter(|(_, item)| !of_sweeps(item));
        Self(items.map(|(key, item)| (key.clone(), item.clone())).collect())
    }

    /// Everything but webhooks, and how far follow-ups are.
    #[must_use]
    pub fn but_for_webhooks(&self) -> Self {
        let items = self.0.iter().filter(|(_, item)| item["kind"] != "webhook" && item["kind"] != "agenda");
        Self(items.map(|(key, item)| (key.clone(), item.clone())).collect())
    }

    fn item(&self, pk: &str, sk: &str) -> &Value {
        self.0.get(&(pk.to_owned(), sk.to_owned())).unwrap_or(&Value::Null)
    }
}

fn text(item: &Value, name: &str) -> String {
    item[name].as_str().expect("keys are text").to_owned()
}
