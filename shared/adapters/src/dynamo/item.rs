//! Items: every one carries its kind, a schema version and the mark of its writer; records that change also
//! carry a revision. The rest are the fields of the domain's records, which serde takes through their doors.
//!
//! Reading the wrong kind, or one that does not parse, is an error and never a skipped row. Attributes that
//! this version does not know are left alone on every change.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    change::WriterId,
    failure::{Cause, StoreError},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1 as serde_dynamo;

use super::key::{GROUP, MADE, MONTH, STANDING};

/// The keys, as an index of keys has them beside its own.
pub(super) const PK_AND_SK: &str = "#pk, #sk";

/// One item of the table.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The schema version of every item this code writes.
pub(super) const VERSION: u32 = 1;
/// Name of the attribute that tells an item's kind.
pub(super) const KIND: &str = "kind";
/// Name of the attribute that tells the schema version that an item was made with.
pub(super) const SCHEMA: &str = "v";
/// Name of the attribute that counts an item's changes.
pub(super) const REVISION: &str = "rev";
/// Name of the attribute that marks who wrote the item last.
pub(super) const WRITER: &str = "writer";
/// Name of the attribute that DynamoDB removes old items by: seconds since 1970.
pub(super) const PURGE_AT: &str = "purge_at";

/// Name of the attribute that tells which alias a user has.
pub(super) const ALIASED: &str = "alias";

/// Name of the attribute that tells how far a deletion is.
pub(super) const STAGE: &str = "stage";

/// Name of the attribute that tells for whom an id stands that is no user.
pub(super) const STANDS_FOR: &str = "stands_for";

/// A kind of item: its name, and the attributes that may be absent (removed when a change drops them).
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) optional: &'static [&'static str],
}

pub(super) const USER: Kind = Kind { name: "user", optional: &[ALIASED] };
/// Stands where a user would, and says for whom: an older version must not take it for a user.
pub(super) const ALIAS: Kind = Kind { name: "alias", optional: &[] };
pub(super) const LINK: Kind = Kind {
    name: "link",
    optional: &[
        "access_mode",
        "status",
        "institution_user_id",
        "created_at",
        "institution_name",
        "accounts",
        "session_id",
        "superseded_by",
        "missing_since",
        "consent_ends_at",
        MONTH,
        MADE,
        GROUP,
        STANDING,
    ],
};
pub(super) const SESSION: Kind =
    Kind { name: "session", optional: &["made_link_id", "outcome", "due_at", MONTH, MADE] };
/// Dropping the optional ones is what turns a quarantined link into an owned one.
pub(super) const OWNER: Kind = Kind {
    name: "owner",
    optional: &[
        "reason",
        "claim",
        "institution",
        "status",
        "created_at",
        "first_seen_at",
        REVISION,
        MONTH,
        MADE,
        GROUP,
        STANDING,
    ],
};
pub(super) const QUARANTINE: Kind = Kind { name: "quarantine", optional: &[] };
/// Stands where a user was. Its own attributes; what else is there says for whom it stands since.
pub(super) const ERASED: Kind = Kind { name: "erased", optional: &["due_at", "links", MONTH, MADE] };
/// The same when it takes the user's place: nothing of the user stays.
pub(super) const ERASING: Kind =
    Kind { name: "erased", optional: &["links", ALIASED, "created_at", STANDS_FOR] };
pub(super) const INTENT: Kind = Kind { name: "intent", optional: &["due_at", "asked_at", MONTH, MADE] };
pub(super) const CONTROL: Kind = Kind { name: "control", optional: &[] };
pub(super) const CERTIFICATE: Kind = Kind { name: "certificate", optional: &[] };
pub(super) const AUDIT: Kind = Kind { name: "audit", optional: &[] };
pub(super) const REPORT: Kind = Kind { name: "report", optional: &[] };
pub(super) const STATE: Kind = Kind { name: "sweep", optional: &[] };
pub(super) const LEASE: Kind = Kind { name: "lease", optional: &[] };
pub(super) const WEBHOOK: Kind = Kind { name: "webhook", optional: &[] };
pub(super) const AGENDA: Kind = Kind { name: "agenda", optional: &[] };
pub(super) const PLAN: Kind = Kind { name: "plan", optional: &[] };
/// A counter: it has many writers, so it carries no writer's mark.
pub(super) const BUDGET: Kind = Kind { name: "budget", optional: &[] };

/// The cause when a record of ours has no form as an item.
const UNWRITABLE: &str = "the record has no form as an item";

/// What all items carry beside their keys.
#[derive(Serialize)]
struct Stamp<'a> {
    kind: &'static str,
    v: u32,
    writer: &'a str,
}

/// The attributes of an item, keys aside.
pub(super) fn body(
    kind: &'static Kind,
    content: &impl Serialize,
    writer: &WriterId,
) -> Result<Item, StoreError> {
    let stamp = Stamp { kind: kind.name, v: VERSION, writer: writer.as_str() };
    let mut item: Item = serde_dynamo::to_item(content).map_err(|_| corrupt(kind, UNWRITABLE))?;
    let stamp: Item = serde_dynamo::to_item(stamp).map_err(|_| corrupt(kind, UNWRITABLE))?;
    item.extend(stamp);
    Ok(item)
}

/// Reads an item that must be of this kind.
pub(super) fn read<T: DeserializeOwned>(kind: &'static Kind, item: Item) -> Result<T, StoreError> {
    if kind_of(&item) != Some(kind.name) {
        return Err(corrupt(kind, "the item is of another kind"));
    }
    serde_dynamo::from_item(item).map_err(|cause| corrupt(kind, safe(&cause.to_string())))
}

/// The kind that an item says it is.
pub(super) fn kind_of(item: &Item) -> Option<&str> {
    text(item, KIND)
}

/// A text attribute.
pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str)
}

pub(super) fn corrupt(kind: &'static Kind, cause: impl Into<Cause>) -> StoreError {
    StoreError::Corrupt { kind: kind.name, cause: cause.into() }
}

/// What may be told of a serde error: it quotes the value that it met, but a missing field is only named.
fn safe(said: &str) -> String {
    if said.starts_with("missing field `") { said } else { "a field does not hold what it should" }.to_owned()
}

#[cfg(test)]
mod tests;
