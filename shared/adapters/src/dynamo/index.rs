//! What a link's item carries for the two indexes, and what their entries tell (see `super::key`).
//!
//! Both are sparse: a tombstone is in neither. The attributes are written with the record itself, so an index
//! never tells of a record that was not there; it may tell of one that has changed since.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    census::{Digest, Entry, Group, Holder, Member, Standing},
    external_id::ExternalId,
    failure::StoreError,
    link::{LinkRecord, LinkState, QuarantinedLink},
    session::LinkSession,
    values::{LinkId, SessionId},
    webhooks::{Webhook, WebhookState},
};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    item::{Item, LINK, SESSION, corrupt, text},
    key::{
        self, DEAD, DUE, GROUP, KEPT, Key, MADE, MONTH, PENDING, PK, QUARANTINE, SK, STANDING, SUPERSEDED,
        WAITING, WORKED, sortable,
    },
};

/// The cause when an entry of an index is not one of ours.
const FOREIGN: &str = "an entry of an index does not hold what it should";

/// What the item of a user's link carries.
pub(super) fn of_record(record: &LinkRecord) -> Item {
    let mut item = Item::new();
    if let Some(digest) = Digest::of_record(record) {
        let at = record.created_at.unwrap_or(record.last_observed_at);
        let month = if digest.standing == Standing::Pending { PENDING.to_owned() } else { month(at) };
        item.extend(texts([(MONTH, month), (MADE, key::made(at, digest))]));
    }
    if let Some(group) = Group::of(record) {
        item.extend(texts([
            (GROUP, key::group(group)),
            (STANDING, standing(record.state == LinkState::Superseded).to_owned()),
        ]));
    }
    item
}

/// What an item carries that has something to do then, in the list of this name.
pub(super) fn of_due(list: &str, at: Option<Timestamp>) -> Item {
    at.map_or_else(Item::new, |at| texts([(MONTH, list.to_owned()), (MADE, sortable(at))]))
}

/// What the holder item of a link of nobody carries.
pub(super) fn of_quarantined(link: &QuarantinedLink) -> Item {
    texts([
        (MONTH, month(link.created_at)),
        (MADE, key::made(link.created_at, Digest::of_quarantined(link))),
        (GROUP, QUARANTINE.to_owned()),
        (STANDING, sortable(link.first_seen_at)),
    ])
}

/// What the item of a session carries while it is to be looked up.
pub(super) fn of_session(session: &LinkSession) -> Item {
    let due = session.due_at.map(|at| texts([(MONTH, DUE.to_owned()), (MADE, sortable(at))]));
    due.unwrap_or_default()
}

/// What the item of a webhook carries.
pub(super) fn of_webhook(webhook: &Webhook) -> Item {
    let (list, at) = match webhook.state {
        WebhookState::Waiting => (WAITING, webhook.due_at),
        WebhookState::Worked => (WORKED, webhook.received_at),
        WebhookState::Dead => (DEAD, webhook.received_at),
    };
    texts([(MONTH, list.to_owned()), (MADE, sortable(at))])
}

/// An entry of the sessions that are to be looked up.
pub fn session(item: &Item) -> Result<(ExternalId, SessionId), StoreError> {
    let read = || key::session_of(text(item, PK)?, text(item, SK)?);
    read().ok_or_else(|| corrupt(&SESSION, FOREIGN))
}

/// An entry of the index by time. Not read by way of serde: a million are read.
pub fn entry(item: &Item) -> Result<Entry, StoreError> {
    let read = || {
        let (link_id, holder) = held(item)?;
        let (made, digest) = key::made_parts(text(item, MADE)?)?;
        Some(Entry { link_id, holder, made, digest })
    };
    read().ok_or_else(foreign)
}

/// An entry of the index by group; `None` for one of the quarantine.
pub fn member(item: &Item) -> Result<Option<Member>, StoreError> {
    if text(item, GROUP) == Some(QUARANTINE) {
        return Ok(None);
    }
    let read = || {
        let (link_id, holder) = held(item)?;
        let Holder::User(owner) = holder else { return None };
        let superseded = match text(item, STANDING)? {
            KEPT => false,
            SUPERSEDED => true,
            _ => return None,
        };
        let named = text(item, GROUP)?;
        let group = key::group_of(named).filter(|group| key::group(*group) == named)?;
        Some(Member { group, owner, link_id, superseded })
    };
    read().map(Some).ok_or_else(foreign)
}

/// The link that the entry's key names, and who has it. Its id stands there as we write it: another spelling of it is
/// another key, under which nothing of ours is.
fn held(item: &Item) -> Option<(LinkId, Holder)> {
    let (pk, sk) = (text(item, PK)?, text(item, SK)?);
    let (link_id, holder) = key::holder(pk, sk)?;
    let id = if holder == Holder::Nobody { pk } else { sk };
    let ours = id.bytes().rev().take(36).all(|byte| !byte.is_ascii_uppercase());
    ours.then_some((link_id, holder))
}

/// The link of an entry of the quarantine.
pub fn nobodys(item: &Item) -> Result<LinkId, StoreError> {
    let read = || match held(item)? {
        (link_id, Holder::Nobody) => Some(link_id),
        (_, Holder::User(_)) => None,
    };
    read().ok_or_else(foreign)
}

/// Where in the index by group this member stands.
#[must_use]
pub fn place(member: &Member) -> Item {
    let Member { group, owner, link_id, superseded } = member;
    let mut place = Key::link(owner, *link_id).attributes();
    let standing = standing(*superseded).to_owned();
    place.extend(texts([(GROUP, key::group(*group)), (STANDING, standing)]));
    place
}

fn standing(superseded: bool) -> &'static str {
    if superseded { SUPERSEDED } else { KEPT }
}

/// The month of a time, as Belvo and we count days: UTC.
fn month(at: Timestamp) -> String {
    key::month(TimeZone::UTC.to_datetime(at).date())
}

fn texts<const N: usize>(of: [(&str, String); N]) -> Item {
    HashMap::from(of.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))))
}

fn foreign() -> StoreError {
    corrupt(&LINK, FOREIGN)
}

#[cfg(test)]
mod tests;
