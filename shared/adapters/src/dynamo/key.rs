//! Keys of items. No key is put together anywhere else.
//!
//! | item | `pk` | `sk` |
//! | --- | --- | --- |
//! | user, or the alias of one | `USER#<external_id>` | `PROFILE` |
//! | link of a user | `USER#<external_id>` | `LINK#<link_id>` |
//! | link session | `USER#<external_id>` | `SESSION#<session_id>` |
//! | who holds a link | `LINK#<link_id>` | `HOLDER` |
//! | audit event | as its subject | `AUDIT#<time>#<writer>#<n>` |
//! | report of a sweep | `SWEEP` | `<time>` |
//! | calls to Belvo in a window | `BUDGET#<host of Belvo>` | `<number of the window>` |
//!
//! The order within a user's partition is chosen: audit events, links, profile, sessions. So a ledger is
//! everything from `LINK#` on, and the links with their user are one range that ends at `PROFILE`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    budget::Window,
    change::WriterId,
    external_id::ExternalId,
    values::{LinkId, SessionId},
};
use jiff::Timestamp;

/// Name of the partition key.
pub(super) const PK: &str = "pk";
/// Name of the sort key.
pub(super) const SK: &str = "sk";
/// Where a ledger begins.
pub(super) const FIRST_OF_LEDGER: &str = "LINK#";
/// Where the links of a ledger end, and the key of its user.
pub(super) const PROFILE: &str = "PROFILE";

/// A full primary key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    pub(super) fn user(user: &ExternalId) -> Self {
        Self { pk: partition(user), sk: PROFILE.to_owned() }
    }

    pub(super) fn link(owner: &ExternalId, link: LinkId) -> Self {
        Self { pk: partition(owner), sk: format!("{FIRST_OF_LEDGER}{link}") }
    }

    pub(super) fn session(owner: &ExternalId, session: &SessionId) -> Self {
        Self { pk: partition(owner), sk: format!("SESSION#{session}") }
    }

    pub(super) fn holder(link: LinkId) -> Self {
        Self { pk: format!("LINK#{link}"), sk: "HOLDER".to_owned() }
    }

    /// An audit event beside its user, or beside the link when nobody owns it.
    pub(super) fn audit(
        user: Option<&ExternalId>,
        link: Option<LinkId>,
        at: Timestamp,
        writer: &WriterId,
        number: usize,
    ) -> Self {
        let pk = match (user, link) {
            (Some(user), _) => partition(user),
            (None, Some(link)) => format!("LINK#{link}"),
            (None, None) => "AUDIT".to_owned(),
        };
        Self { pk, sk: format!("AUDIT#{}#{}#{number:03}", sortable(at), writer.as_str()) }
    }

    pub(super) fn report(at: Timestamp) -> Self {
        Self { pk: "SWEEP".to_owned(), sk: sortable(at) }
    }

    pub(super) fn budget(account: &str, window: Window) -> Self {
        Self { pk: format!("BUDGET#{account}"), sk: format!("{:012}", window.number()) }
    }

    /// The key that an item stands under.
    pub(super) fn of(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        Some(Self { pk: text(PK)?, sk: text(SK)? })
    }

    /// The two key attributes.
    pub(super) fn attributes(&self) -> HashMap<String, AttributeValue> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        HashMap::from([(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))])
    }
}

/// The partition of a user.
pub(super) fn partition(user: &ExternalId) -> String {
    format!("USER#{}", user.as_str())
}

/// A time of one length, so that text order is time order.
fn sortable(at: Timestamp) -> String {
    format!("{at:.6}")
}
