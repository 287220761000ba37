//! A deletion is taken back, by an operator, while Belvo has not been asked yet.

use crate::{
    callbacks::ATTEMPTS,
    change::{Action, AuditEvent, CarriedOut, Change, Source, carry_out},
    deletion::{Intent, Stage},
    failure::StoreError,
    link::{LinkRecord, LinkState},
    observe::Notice,
    ports::{Ambient, Intents},
    values::LinkId,
};

/// What taking a deletion back came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// The link is the user's as before.
    Done(Box<LinkRecord>),
    /// Nobody wants this link deleted.
    NotMarked,
    /// Belvo may have been asked, or the user is being erased.
    TooLate,
}

/// Takes the deletion of `link` back.
pub async fn cancel(
    store: &impl Intents,
    ambient: &impl Ambient,
    link: LinkId,
) -> Result<Cancelled, StoreError> {
    for _ in 0..ATTEMPTS {
        let intent = store.intents(&[link]).await?.remove(&link);
        let Some(intent) = intent.filter(Intent::is_open) else { return Ok(Cancelled::NotMarked) };
        let ledger = if intent.can_be_cancelled() { store.ledger(&intent.owner).await? } else { None };
        let record = ledger.and_then(|ledger| ledger.link(link).cloned());
        let Some(record) = record else { return Ok(Cancelled::TooLate) };
        let notice = Notice { source: Source::Operator, asked_at: ambient.now() };
        let kept = kept(&record);
        let event = AuditEvent::of_link(Action::CancelDeletion, Some(&record), &kept, notice);
        let changes = vec![Change::Link(kept.clone()), Change::Intent(intent.next(Stage::Cancelled, None))];
        match carry_out(store, ambient, changes, vec![event]).await? {
            CarriedOut::Done => return Ok(Cancelled::Done(Box::new(kept))),
            CarriedOut::Stale | CarriedOut::OwnedByAnother(_) => {}
        }
    }
    Err(StoreError::Busy("the user's records kept changing".into()))
}

/// The record as it was before it was parked; which of several duplicates stays is settled by the next sweep.
fn kept(record: &LinkRecord) -> LinkRecord {
    let state = match (record.state, &record.status) {
        (LinkState::Deleting, Some(status)) => LinkState::of(status),
        (state, _) => state,
    };
    LinkRecord { state, revision: record.revision + 1, ..record.clone() }
}
