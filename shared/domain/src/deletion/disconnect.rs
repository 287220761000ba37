//! `DELETE /users/{user}/links/{link_id}`: the user disconnects an account. It is parked at once, and deleted at Belvo
//! later, by whoever may do that.

use std::collections::BTreeMap;

use crate::{
    callbacks::ATTEMPTS,
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    deletion::{Intent, Why},
    external_id::ExternalId,
    failure::StoreError,
    link::{LinkRecord, LinkState},
    observe::Notice,
    ports::{Ambient, Intents},
    user::Ledger,
    values::LinkId,
};

/// Parks the link and marks it for deletion; `None` when it is not the user's, or gone. Asked twice, done once.
///
/// With a link go those that gave way to it: they are the same account, which would otherwise come back by another
/// link at the next sweep. No link of another login or institution is touched.
pub async fn disconnect(
    store: &impl Intents,
    ambient: &impl Ambient,
    user: &ExternalId,
    link: LinkId,
) -> Result<Option<LinkRecord>, StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(ledger) = store.ledger(user).await? else { return Ok(None) };
        let record = match ledger.link(link) {
            Some(record) if record.state == LinkState::Deleting => return Ok(Some(record.clone())),
            Some(record) if record.holds_link() && !record.state.is_final() => record,
            Some(_) | None => return Ok(None),
        };
        let notice = Notice { source: Source::Disconnect, asked_at: ambient.now() };
        let going: Vec<_> = same_account(&ledger, record).collect();
        let (changes, audit) = park_all(store, &going, Why::Disconnect, Action::Disconnect, notice).await?;
        match carry_out(store, ambient, changes, audit).await? {
            CarriedOut::Done => return Ok(Some(parked(record, notice))),
            CarriedOut::Stale | CarriedOut::OwnedByAnother(_) => {}
        }
    }
    Err(StoreError::Busy("the user's records kept changing".into()))
}

/// The link, and those that gave way to it.
fn same_account<'a>(ledger: &'a Ledger, record: &'a LinkRecord) -> impl Iterator<Item = &'a LinkRecord> {
    let gave_way = |other: &&LinkRecord| {
        other.state == LinkState::Superseded && other.superseded_by == Some(record.link_id)
    };
    std::iter::once(record).chain(ledger.links.iter().filter(gave_way))
}

/// What parks these links for this reason, with an event for each.
pub(super) async fn park_all(
    store: &impl Intents,
    records: &[&LinkRecord],
    why: Why,
    action: Action,
    notice: Notice,
) -> Result<(Vec<Change>, Vec<AuditEvent>), StoreError> {
    let ids: Vec<_> = records.iter().map(|record| record.link_id).collect();
    let intents = store.intents(&ids).await?;
    let parts = records.iter().map(|record| park(record, &intents, why, action, notice));
    let (changes, audit): (Vec<_>, Vec<_>) = parts.unzip();
    Ok((changes.into_iter().flatten().collect(), audit))
}

pub(super) fn park(
    record: &LinkRecord,
    intents: &BTreeMap<LinkId, Intent>,
    why: Why,
    action: Action,
    notice: Notice,
) -> (Vec<Change>, AuditEvent) {
    let after = parked(record, notice);
    let event = AuditEvent::of_link(action, (record.revision > 0).then_some(record), &after, notice);
    let wanted = Intent::mark(record.link_id, record.owner.clone(), why, notice.asked_at);
    let before = intents.get(&record.link_id);
    let is_over = record.state == LinkState::Gone;
    let intent = if is_over { Intent::once_more(before, wanted) } else { Intent::instead_of(before, wanted) };
    (std::iter::once(Change::Link(after)).chain(intent.map(Change::Intent)).collect(), event)
}

/// The record of a link that is on its way out.
pub(super) fn parked(record: &LinkRecord, notice: Notice) -> LinkRecord {
    LinkRecord {
        state: LinkState::Deleting,
        superseded_by: None,
        last_observed_at: notice.asked_at.max(record.last_observed_at),
        revision: record.revision + 1,
        ..record.clone()
    }
}
