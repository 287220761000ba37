//! One item's write as DynamoDB wants it said: placeholders only, never a value in an expression.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{
        AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
        Update,
    },
};

use domain::values::LinkId;

use super::{
    item::{ALIASED, ERASED, Item, KIND, Kind, OWNER, QUARANTINE, REVISION, SCHEMA, STAGE, STANDS_FOR, USER},
    key::{Key, PK},
};

/// A write that must be the first of its key.
pub(super) fn create(table: &str, key: &Key, body: Item) -> Result<TransactWriteItem, BuildError> {
    let item = body.into_iter().chain(key.attributes()).collect();
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(#pk)")
        .expression_attribute_names("#pk", PK)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// What must hold of the item that is there for an update to be made.
pub(super) enum Expected {
    /// The same kind, at this revision.
    Revision(u64),
    /// The same kind, without this attribute.
    Without(&'static str),
    /// A user with this alias, or without one.
    User(Option<String>),
    /// The tombstone of a user, without anybody for whom it stands.
    Unused,
    /// What stands for this user.
    StandsFor(String),
    /// Nothing, a quarantined link, or this owner.
    FreeOrOwnedBy(String),
}

/// A write that changes the known attributes of an item and leaves all others alone. The same change is
/// always said in the same words: DynamoDB compares them when a request comes again with its token.
pub(super) fn change(
    table: &str,
    key: &Key,
    kind: &'static Kind,
    body: Item,
    expected: Expected,
) -> Result<TransactWriteItem, BuildError> {
    let removed: Vec<_> = kind.optional.iter().copied().filter(|name| !body.contains_key(*name)).collect();
    let mut said = Said::default();
    let body: BTreeMap<_, _> = body.into_iter().collect();
    let set: Vec<_> = body.into_iter().map(|(name, value)| said.assign(&name, value)).collect();
    let removed: Vec<_> = removed.into_iter().map(|name| said.name(name)).collect();
    let mut text = format!("SET {}", set.join(", "));
    if !removed.is_empty() {
        text = format!("{text} REMOVE {}", removed.join(", "));
    }
    let condition = said.condition(kind, expected);
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(key.attributes()))
        .update_expression(text)
        .condition_expression(condition)
        .set_expression_attribute_names(Some(said.names))
        .set_expression_attribute_values(Some(said.values))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()?;
    Ok(TransactWriteItem::builder().update(update).build())
}

/// Removes the item if it is still at this revision.
pub(super) fn remove_as_read(
    table: &str,
    key: &Key,
    kind: &'static Kind,
    revision: u64,
) -> Result<TransactWriteItem, BuildError> {
    let mut said = Said::default();
    let condition = said.condition(kind, Expected::Revision(revision));
    let delete = Delete::builder()
        .table_name(table)
        .set_key(Some(key.attributes()))
        .condition_expression(condition)
        .set_expression_attribute_names(Some(said.names))
        .set_expression_attribute_values(Some(said.values))
        .build()?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

/// Removes whatever is there, if anything is.
pub(super) fn remove(table: &str, key: &Key) -> Result<TransactWriteItem, BuildError> {
    let delete = Delete::builder().table_name(table).set_key(Some(key.attributes())).build()?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

/// No write, but a condition on the rest: the item is still at this revision.
pub(super) fn stands(
    table: &str,
    key: &Key,
    kind: &'static Kind,
    revision: u64,
) -> Result<TransactWriteItem, BuildError> {
    let mut said = Said::default();
    let condition = said.condition(kind, Expected::Revision(revision));
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key.attributes()))
        .condition_expression(condition)
        .set_expression_attribute_names(Some(said.names))
        .set_expression_attribute_values(Some(said.values))
        .build()?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

/// No write, but a condition on the rest: no deletion of this link is under way.
pub(super) fn unmarked(table: &str, link: LinkId) -> Result<TransactWriteItem, BuildError> {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(Key::intent(link).attributes()))
        .condition_expression("attribute_not_exists(#pk) OR #stage = :cancelled")
        .expression_attribute_names("#pk", PK)
        .expression_attribute_names("#stage", STAGE)
        .expression_attribute_values(":cancelled", AttributeValue::S("cancelled".to_owned()))
        .build()?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

/// The condition that the sweeps' lease was given out no further than to this token.
pub(super) struct Held {
    pub(super) text: &'static str,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Item,
}

impl Held {
    /// Before anybody took the lease there is no item, and the token is 0.
    pub(super) fn new(token: u64) -> Self {
        let never = "attribute_not_exists(#token) OR #token = :token";
        Self {
            text: if token == 0 { never } else { "#token = :token" },
            names: HashMap::from([("#token".to_owned(), "token".to_owned())]),
            values: HashMap::from([(":token".to_owned(), AttributeValue::N(token.to_string()))]),
        }
    }
}

/// No write, but a condition on the rest: the lease's token is still this one. On an item of its own, as a condition
/// costs by the size of what it looks at, and the sweeps' state grows.
pub(super) fn fence(table: &str, token: u64) -> Result<TransactWriteItem, BuildError> {
    let Held { text, names, values } = Held::new(token);
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(Key::lease().attributes()))
        .condition_expression(text)
        .set_expression_attribute_names(Some(names))
        .set_expression_attribute_values(Some(values))
        .build()?;
    Ok(TransactWriteItem::builder().condition_check(check).build())
}

/// The placeholders of one expression.
#[derive(Default)]
struct Said {
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Said {
    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    fn value(&mut self, name: &str, value: AttributeValue) -> String {
        let placeholder = format!(":{name}");
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    fn assign(&mut self, name: &str, value: AttributeValue) -> String {
        let (placeholder, value) = (self.name(name), self.value(name, value));
        if name == SCHEMA {
            return format!("{placeholder} = if_not_exists({placeholder}, {value})"); // a later version stays
        }
        format!("{placeholder} = {value}")
    }

    fn condition(&mut self, kind: &'static Kind, expected: Expected) -> String {
        let kind_name = self.name(KIND);
        match expected {
            Expected::Revision(revision) => {
                let revision = AttributeValue::N(revision.to_string());
                let was_kind = self.value("was_kind", AttributeValue::S(kind.name.to_owned()));
                let was = self.value("was_rev", revision);
                format!("{kind_name} = {was_kind} AND {} = {was}", self.name(REVISION))
            }
            Expected::Without(name) => {
                let was_kind = self.value("was_kind", AttributeValue::S(kind.name.to_owned()));
                format!("{kind_name} = {was_kind} AND attribute_not_exists({})", self.name(name))
            }
            Expected::User(alias) => {
                let was_kind = self.value("was_kind", AttributeValue::S(USER.name.to_owned()));
                let held = self.name(ALIASED);
                match alias.map(|alias| self.value("was_alias", AttributeValue::S(alias))) {
                    Some(alias) => format!("{kind_name} = {was_kind} AND {held} = {alias}"),
                    None => format!("{kind_name} = {was_kind} AND attribute_not_exists({held})"),
                }
            }
            Expected::Unused => {
                let was_kind = self.value("was_kind", AttributeValue::S(ERASED.name.to_owned()));
                format!("{kind_name} = {was_kind} AND attribute_not_exists({})", self.name(STANDS_FOR))
            }
            Expected::StandsFor(user) => {
                let user = self.value("was_for", AttributeValue::S(user));
                format!("attribute_exists({kind_name}) AND {} = {user}", self.name(STANDS_FOR))
            }
            Expected::FreeOrOwnedBy(owner) => {
                let free = self.value("free", AttributeValue::S(QUARANTINE.name.to_owned()));
                let bound = self.value("bound", AttributeValue::S(OWNER.name.to_owned()));
                let owner = self.value("me", AttributeValue::S(owner));
                let (pk, who) = (self.name(PK), self.name("external_id"));
                format!(
                    "attribute_not_exists({pk}) OR {kind_name} = {free} \
                     OR ({kind_name} = {bound} AND {who} = {owner})"
                )
            }
        }
    }
}
