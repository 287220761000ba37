//! Items read as the domain's records, each only where it belongs: an item that stands under the key of
//! another record is as damaged as one that does not parse, and would give one user another's link.

use domain::{
    change::{AuditEvent, Filed},
    deletion::{Intent, erasure::Erasure},
    external_id::ExternalId,
    failure::StoreError,
    link::{LinkRecord, Marker, QuarantinedLink},
    ports::Place,
    session::LinkSession,
    user::User,
    values::LinkId,
    webhooks::Webhook,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    item::{self, ALIAS, AUDIT, ERASED, INTENT, Item, Kind, LINK, OWNER, QUARANTINE, SESSION, USER, WEBHOOK},
    key::{self, Key, SK},
};

/// Who owns a link id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Owner {
    pub(super) link_id: LinkId,
    pub(super) external_id: ExternalId,
}

/// An id that stands for a user, of whom it tells what registration answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Alias {
    external_id: ExternalId,
    stands_for: ExternalId,
    created_at: Timestamp,
}

impl Alias {
    pub(super) fn of(user: &User, alias: &ExternalId) -> Self {
        let stands_for = user.external_id.clone();
        Self { external_id: alias.clone(), stands_for, created_at: user.created_at }
    }

    pub(super) fn user(self) -> User {
        User { external_id: self.stands_for, created_at: self.created_at, alias: Some(self.external_id) }
    }
}

pub(super) fn alias(item: Item) -> Result<Alias, StoreError> {
    in_place(&ALIAS, item, |alias: &Alias| Key::user(&alias.external_id))
}

/// The user of a profile, or the one whom an alias or a tombstone in its place stands for; nobody, for a tombstone.
pub fn whom(item: Item) -> Result<Option<User>, StoreError> {
    match item::kind_of(&item) {
        Some(kind) if kind == ALIAS.name => alias(item).map(Alias::user).map(Some),
        Some(kind) if kind == ERASED.name => erased(item).map(|erased| erased.successor()),
        Some(_) | None => user(item).map(Some),
    }
}

/// The tombstone of a user, and who came back since.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Erased {
    #[serde(flatten)]
    pub(super) erasure: Erasure,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stands_for: Option<ExternalId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
}

impl Erased {
    /// The user for whom it stands since, if somebody came back.
    pub(super) fn successor(&self) -> Option<User> {
        let alias = Some(self.erasure.external_id.clone());
        Some(User { external_id: self.stands_for.clone()?, created_at: self.created_at?, alias })
    }
}

pub(super) fn erased(item: Item) -> Result<Erased, StoreError> {
    in_place(&ERASED, item, |erased: &Erased| Key::user(&erased.erasure.external_id))
}

/// A deletion that was asked for.
pub fn intent(item: Item) -> Result<Intent, StoreError> {
    in_place(&INTENT, item, |intent: &Intent| Key::intent(intent.link_id))
}

/// A user.
pub fn user(item: Item) -> Result<User, StoreError> {
    in_place(&USER, item, |user: &User| Key::user(&user.external_id))
}

/// A link of a user.
pub fn link(item: Item) -> Result<LinkRecord, StoreError> {
    in_place(&LINK, item, |link: &LinkRecord| Key::link(&link.owner, link.link_id))
}

/// A link session.
pub fn session(item: Item) -> Result<LinkSession, StoreError> {
    in_place(&SESSION, item, |session: &LinkSession| Key::session(&session.owner, &session.id))
}

/// A link of nobody.
pub fn quarantined(item: Item) -> Result<QuarantinedLink, StoreError> {
    in_place(&QUARANTINE, item, |link: &QuarantinedLink| Key::holder(link.link_id))
}

/// A webhook that was kept.
pub fn webhook(item: Item) -> Result<Webhook, StoreError> {
    in_place(&WEBHOOK, item, |webhook: &Webhook| Key::webhook(&webhook.id, webhook.link_id))
}

/// Who holds a link id: its owner, or the quarantine.
pub fn marker(item: Item) -> Result<(LinkId, Marker), StoreError> {
    if item::kind_of(&item) == Some(QUARANTINE.name) {
        return quarantined(item).map(|link| (link.link_id, Marker::Quarantined(link)));
    }
    let owner = in_place(&OWNER, item, |owner: &Owner| Key::holder(owner.link_id))?;
    Ok((owner.link_id, Marker::Owned(owner.external_id)))
}

/// An audit event with its name, which its key tells.
pub fn filed(item: Item) -> Result<Filed, StoreError> {
    let id = item::text(&item, SK).and_then(key::event_id);
    let id = id.ok_or_else(|| item::corrupt(&AUDIT, "its key names no event"))?;
    let event = in_place(&AUDIT, item, |event: &AuditEvent| {
        let place = Place { at: event.at, id: id.clone() };
        Key::audit(event.external_id.as_ref(), event.link_id, &place)
    })?;
    Ok(Filed { id, event })
}

fn in_place<T: DeserializeOwned>(
    kind: &'static Kind,
    item: Item,
    key: impl Fn(&T) -> Key,
) -> Result<T, StoreError> {
    let place = Key::of(&item);
    let record = item::read(kind, item)?;
    if place.as_ref() == Some(&key(&record)) {
        Ok(record)
    } else {
        Err(item::corrupt(kind, "the item stands under the key of another record"))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use domain::change::WriterId;

    use super::*;

    fn stored(id: &str, key: &Key) -> Item {
        let user = User::new(ExternalId::parse(id).expect("valid"), Timestamp::UNIX_EPOCH);
        let mut item = item::body(&USER, &user, &WriterId::mint([1; 16])).expect("serializable");
        item.extend(key.attributes());
        item
    }

    fn key_of(id: &str) -> Key {
        Key::user(&ExternalId::parse(id).expect("valid"))
    }

    #[test]
    fn an_item_under_its_own_key_is_read() {
        let read = user(stored("user_ana", &key_of("user_ana"))).expect("in its place");
        assert_eq!(read.external_id.as_str(), "user_ana");
    }

    #[test]
    fn an_item_under_another_users_key_is_damaged() {
        let error = user(stored("user_ana", &key_of("user_bia"))).expect_err("a foreign key");
        assert!(matches!(error, StoreError::Corrupt { kind: "user", .. }), "{error:?}");
    }

    #[test]
    fn what_does_not_parse_is_damaged_and_its_error_quotes_nothing() {
        let mut item = stored("user_ana", &key_of("user_ana"));
        for bad in ["ana@example.com", "user_ana"] {
            item.insert("created_at".to_owned(), AttributeValue::S(bad.to_owned()));
            let error = user(item.clone()).expect_err("not a time");
            assert!(!format!("{error:?}").contains("ana"), "{error:?}");
        }
    }
}
