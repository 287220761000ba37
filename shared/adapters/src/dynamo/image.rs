//! What the table's stream tells of a change: DynamoDB's JSON, read by the very reader of the table's items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{change::Filed, failure::StoreError};
use serde::Deserialize;
use serde_json::Value;

use super::{
    item::{self, AUDIT, Item},
    record,
};

/// What Lambda brings of a table's stream.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// The changes, in order as far as they are of one item collection.
    #[serde(rename = "Records")]
    pub records: Vec<Changed>,
}

/// One change of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    #[serde(default)]
    event_name: String,
    dynamodb: Change,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    sequence_number: String,
    #[serde(default)]
    new_image: Value,
}

impl Changed {
    /// Where it stands in its shard.
    #[must_use]
    pub fn sequence_number(&self) -> &str {
        &self.dynamodb.sequence_number
    }

    /// The audit event that was filed, if the change was that.
    pub fn filed(&self) -> Result<Option<Filed>, StoreError> {
        if self.event_name != "INSERT" {
            return Ok(None);
        }
        let image = HashMap::<String, Attribute>::deserialize(&self.dynamodb.new_image);
        let image = image.map_err(|_| item::corrupt(&AUDIT, "the stream's image is no item"))?;
        filed(image.into_iter().map(|(name, value)| (name, value.into())).collect())
    }
}

/// The audit event that a new item is, if it is one.
pub fn filed(image: Item) -> Result<Option<Filed>, StoreError> {
    if item::kind_of(&image) == Some(AUDIT.name) { record::filed(image).map(Some) } else { Ok(None) }
}

/// A value as DynamoDB's JSON writes it.
#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Attribute {
    S(String),
    N(String),
    Bool(bool),
    Null(bool),
    M(HashMap<String, Attribute>),
    L(Vec<Attribute>),
    /// Nothing of ours is binary: it is not decoded.
    B(String),
    Bs(Vec<String>),
    Ss(Vec<String>),
    Ns(Vec<String>),
}

impl From<Attribute> for AttributeValue {
    fn from(value: Attribute) -> Self {
        match value {
            Attribute::S(text) | Attribute::B(text) => Self::S(text),
            Attribute::N(number) => Self::N(number),
            Attribute::Bool(truth) => Self::Bool(truth),
            Attribute::Null(null) => Self::Null(null),
            Attribute::M(map) => Self::M(map.into_iter().map(|(name, value)| (name, value.into())).collect()),
            Attribute::L(list) => Self::L(list.into_iter().map(Self::from).collect()),
            Attribute::Ss(texts) | Attribute::Bs(texts) => Self::Ss(texts),
            Attribute::Ns(numbers) => Self::Ns(numbers),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(event: &str, image: &Value) -> Changed {
        let record = json!({
            "eventID": "1", "eventName": event, "eventSource": "aws:dynamodb",
            "dynamodb": {"SequenceNumber": "100000000000000000001", "NewImage": image, "SizeBytes": 1},
        });
        serde_json::from_value(record).expect("a record")
    }

    fn image() -> Value {
        let writer = "a".repeat(28);
        json!({
            "pk": {"S": "USER#user_ana"}, "sk": {"S": format!("AUDIT#2026-03-02T10:00:00.000000Z#{writer}#001")},
            "kind": {"S": "audit"}, "v": {"N": "1"}, "writer": {"S": writer},
            "at": {"S": "2026-03-02T10:00:00Z"}, "action": {"S": "quarantine"}, "source": {"S": "sweep"},
            "evidence": {"M": {"unexplained": {"S": "no_session"}}},
            "external_id": {"S": "user_ana"}, "link_id": {"NULL": true}, "session_id": {"NULL": true},
            "before": {"NULL": true}, "after": {"NULL": true},
            "from_the_future": {"L": [{"BOOL": true}, {"B": "AA=="}, {"SS": ["x"]}]},
        })
    }

    #[test]
    fn an_event_that_was_filed_is_read() {
        let changed = changed("INSERT", &image());
        let filed = changed.filed().expect("readable").expect("an event");
        assert_eq!((filed.id.number, filed.event.external_id.is_some()), (1, true));
        assert_eq!(changed.sequence_number(), "100000000000000000001");
    }

    #[test]
    fn other_changes_are_nothing() {
        let mut user = image();
        user["kind"] = json!({"S": "user"});
        for (event, image) in [("MODIFY", &image()), ("REMOVE", &Value::Null), ("INSERT", &user)] {
            assert!(changed(event, image).filed().expect("readable").is_none(), "{event}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_without_quoting_it() {
        let with = |name: &str, value: Value| {
            let mut image = image();
            image[name] = value;
            image
        };
        let secret = "maria.lopez@example.com";
        for bad in [
            json!({"pk": secret}),
            with("action", json!({"S": secret})),
            with("external_id", json!({"S": secret})),
            with("sk", json!({"S": secret})),
            with("pk", json!({"S": "USER#user_bia"})),
        ] {
            let error = changed("INSERT", &bad).filed().expect_err("no event");
            assert!(matches!(error, StoreError::Corrupt { kind: "audit", .. }), "{error:?}");
            assert!(!format!("{error:?}").contains("maria"), "{error:?}");
        }
    }
}
