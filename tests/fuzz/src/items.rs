//! Items of the table, as whatever may stand there: each is read only where it belongs and as what it says that it is,
//! reads the same when it is written again, and what cannot be read is not quoted.

use std::{collections::HashMap, fmt::Debug};

use adapters::dynamo::{index, record};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    census::{Digest, Group},
    deletion::{Intent, erasure::Certificate},
    failure::StoreError,
    follow_up::Agenda,
    link::{LinkRecord, Marker},
    published::Published,
    session::{LinkSession, SessionState},
    sweep::{Plan, Report, SweepState},
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1 as serde_dynamo;
use serde_json::Value;

use crate::quiet::tells_nothing;

type Item = HashMap<String, AttributeValue>;

/// The first byte chooses what the item is read as, the rest is the item as plain JSON.
pub fn check(data: &[u8]) {
    let Some((kind, json)) = data.split_first() else { return };
    let Ok(Value::Object(fields)) = serde_json::from_slice(json) else { return };
    let item: Item = fields.into_iter().map(|(name, value)| (name, attribute(value))).collect();
    match kind % 16 {
        0 => of_user(&item),
        1 => same(&item, record::link).iter().for_each(|link| of_link(&item, link)),
        2 => same(&item, record::session).iter().for_each(|session| of_session(&item, session)),
        3 => same(&item, record::quarantined).iter().for_each(|link| under(&item, &link.link_id.to_string())),
        4 => same(&item, record::webhook).iter().for_each(|webhook| under(&item, webhook.id.as_str())),
        5 => same(&item, record::intent)
            .iter()
            .for_each(|intent: &Intent| under(&item, &intent.link_id.to_string())),
        6 => marker(&item),
        7 => filed(&item),
        8 => whole::<SweepState>(&item),
        9 => whole::<Report>(&item),
        10 => whole::<Plan>(&item),
        11 => whole::<Agenda>(&item),
        12 => whole::<Certificate>(&item),
        13 => member(&item),
        14 => {
            read(&item, |item| index::entry(&item));
            read(&item, |item| index::nobodys(&item));
        }
        _ => {
            let named = read(&item, |item| index::session(&item));
            if let Some((user, session)) = &named {
                under(&item, user.as_str());
                under(&item, session.as_str());
            }
        }
    }
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(truth) => AttributeValue::Bool(truth),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(list) => AttributeValue::L(list.into_iter().map(attribute).collect()),
        Value::Object(map) => {
            AttributeValue::M(map.into_iter().map(|(name, value)| (name, attribute(value))).collect())
        }
    }
}

fn read<T>(item: &Item, read: impl Fn(Item) -> Result<T, StoreError>) -> Option<T> {
    match read(item.clone()) {
        Ok(record) => Some(record),
        Err(error) => {
            assert!(matches!(error, StoreError::Corrupt { .. }), "damaged, and no outage: {error:?}");
            tells_nothing(&error);
            None
        }
    }
}

/// What is read reads the same when it is written again.
fn same<T>(item: &Item, how: fn(Item) -> Result<T, StoreError>) -> Option<T>
where
    T: Debug + PartialEq + Serialize,
{
    let record = read(item, how)?;
    let again = how(written(item, &record)).expect("what was written");
    assert_eq!(again, record);
    Some(record)
}

fn written(item: &Item, record: &impl Serialize) -> Item {
    let mut again: Item = serde_dynamo::to_item(record).expect("a form");
    let kept = ["pk", "sk", "kind"].into_iter().filter_map(|name| item.get_key_value(name));
    again.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    again
}

/// That the item's key names this.
fn under(item: &Item, id: &str) {
    let key = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let named = |name| key(name).is_some_and(|key| key.split('#').any(|part| part == id));
    assert!(named("pk") || named("sk"), "read under another's key");
}

fn whole<T: Debug + PartialEq + Serialize + DeserializeOwned>(item: &Item) {
    if let Ok(record) = serde_dynamo::from_item::<T>(item.clone()) {
        let again: T = serde_dynamo::from_item(written(item, &record)).expect("what was written");
        assert_eq!(again, record);
    }
}

fn of_user(item: &Item) {
    if let Some(user) = &same(item, record::user) {
        under(item, user.external_id.as_str());
    }
    if let Some(Some(user)) = read(item, record::whom) {
        under(
            item,
            user.alias.as_ref().map_or(user.external_id.as_str(), |alias| {
                if item.get("kind").is_some_and(|kind| kind.as_s().is_ok_and(|kind| kind == "user")) {
                    user.external_id.as_str()
                } else {
                    alias.as_str()
                }
            }),
        );
    }
}

fn of_link(item: &Item, link: &LinkRecord) {
    under(item, link.owner.as_str());
    under(item, &link.link_id.to_string());
    let digest = Digest::of_record(link);
    assert_eq!(digest.is_none(), link.state.is_final());
    if let Some(digest) = &digest {
        assert_eq!(Digest::parse(&digest.to_string()).as_ref(), Ok(digest));
    }
    assert!(Group::of(link).is_none() || link.is_live());
    let (buried, holds) = (link.is_buried(), link.holds_link());
    assert!(!buried || (holds && !link.is_live()));
}

fn of_session(item: &Item, session: &LinkSession) {
    under(item, session.owner.as_str());
    under(item, session.id.as_str());
    let policy = domain::policy::Policy::default();
    for at in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX, session.issued_at] {
        assert_eq!(session.state(at) == SessionState::Made, session.link_id.is_some());
        let covers = session.covers(at, &policy);
        assert!(!covers || session.purpose == domain::session::Purpose::Create);
    }
}

fn marker(item: &Item) {
    match read(item, record::marker) {
        Some((link, Marker::Quarantined(held))) => {
            under(item, &link.to_string());
            assert_eq!(link, held.link_id);
        }
        Some((link, Marker::Owned(_))) => under(item, &link.to_string()),
        None => {}
    }
}

fn filed(item: &Item) {
    let Some(filed) = read(item, record::filed) else { return };
    let again = record::filed(written(item, &filed.event)).expect("what was written");
    assert_eq!((&again.id, &again.event), (&filed.id, &filed.event));
    under(item, filed.id.writer.as_str());
    if let Some(told) = Published::of(&filed) {
        serde_json::to_value(&told).expect("a form that lasts");
    }
}

/// An entry of a group stands where it says.
fn member(item: &Item) {
    if let Some(Some(member)) = read(item, |item| index::member(&item)) {
        let place = index::place(&member);
        for (name, value) in &place {
            assert_eq!(item.get(name), Some(value), "{name}");
        }
    }
}
