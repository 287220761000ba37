//! How the table stands, against what the simulator knows to be true.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use belvo_simulator::population::{Expected, Truth};
use cli::world::TABLE;

use super::WholeAccount;

/// Items of a page: the engine reads all that follow for each page, unless it is told how many are wanted.
const PAGE: i32 = 5_000;

/// A link that does not stand as it should. For tests of made-up accounts only: it names users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which link.
    pub link: String,
    /// What is true of it.
    pub truth: Option<Truth>,
    /// What the table says: its owner, state and survivor.
    pub table: Option<Standing>,
}

/// What the table says of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    owner: Option<String>,
    state: String,
    survivor: Option<String>,
}

impl WholeAccount {
    /// The links that do not stand as they should.
    pub async fn differences(&self) -> Vec<Difference> {
        let mut table = self.table().await;
        let mut found = Vec::new();
        for truth in self.belvo.truth() {
            let stands = table.remove(&truth.link);
            if stands != expected(&truth) {
                found.push(Difference { link: truth.link.clone(), truth: Some(truth), table: stands });
            }
        }
        found.extend(table.into_iter().map(|(link, stands)| Difference {
            link,
            truth: None,
            table: Some(stands),
        }));
        found
    }

    /// How many items there are, but for reports and counters of calls.
    pub async fn items(&self) -> usize {
        let scan = self
            .engine
            .client()
            .scan()
            .table_name(TABLE)
            .limit(PAGE)
            .filter_expression("#kind IN (:a, :b, :c, :d, :e, :f)");
        let scan = scan.projection_expression("pk").expression_attribute_names("#kind", "kind");
        let kinds = ["user", "link", "session", "owner", "quarantine", "audit"];
        let scan = kinds.iter().zip([":a", ":b", ":c", ":d", ":e", ":f"]).fold(scan, |scan, (kind, name)| {
            scan.expression_attribute_values(name, AttributeValue::S((*kind).to_owned()))
        });
        let mut pages = scan.into_paginator().send();
        let mut items = 0;
        while let Some(page) = pages.next().await {
            items += page.expect("a page").items.unwrap_or_default().len();
        }
        items
    }

    async fn table(&self) -> BTreeMap<String, Standing> {
        let mut pages = self
            .engine
            .client()
            .scan()
            .table_name(TABLE)
            .limit(PAGE)
            .projection_expression("link_id, external_id, #kind, #state, superseded_by")
            .filter_expression("#kind IN (:link, :quarantine)")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":link", AttributeValue::S("link".to_owned()))
            .expression_attribute_values(":quarantine", AttributeValue::S("quarantine".to_owned()))
            .into_paginator()
            .send();
        let mut table = BTreeMap::new();
        while let Some(page) = pages.next().await {
            for item in page.expect("a page").items.unwrap_or_default() {
                let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
                let stands = Standing {
                    owner: text("external_id"),
                    state: text("state").unwrap_or_else(|| "quarantined".to_owned()),
                    survivor: text("superseded_by"),
                };
                let twice = table.insert(text("link_id").expect("a link"), stands);
                assert_eq!(twice, None, "a link has one record");
            }
        }
        table
    }
}

fn expected(truth: &Truth) -> Option<Standing> {
    let bound = |state: &str| {
        let (owner, survivor) = (truth.owner.clone(), truth.survivor.clone());
        Some(Standing { owner, state: state.to_owned(), survivor })
    };
    match truth.state {
        Expected::Active => bound("active"),
        Expected::NeedsUpdate => bound("needs_update"),
        Expected::Superseded => bound("superseded"),
        Expected::Quarantined => {
            Some(Standing { owner: None, state: "quarantined".to_owned(), survivor: None })
        }
        Expected::Unbound => None,
    }
}
