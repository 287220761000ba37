//! Making changes: all of a commit's conditions hold and everything is written, or nothing is.

use std::time::Duration;

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, TransactWriteItem},
};
use domain::{
    change::{AuditEvent, Change, Commit, EventId, Standing, WriterId},
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    ports::Place,
    values::LinkId,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    DynamoStore,
    expression::{self, Expected, change, create, stands},
    failure::{Failed, by_code, store_error},
    index,
    item::{self, AUDIT, INTENT, Item, Kind, LINK, OWNER, PURGE_AT, QUARANTINE, SESSION, WRITER},
    key::{self, Key},
    meter::TOLD,
    record::Owner,
};

/// Another transaction held one of the items at this moment.
const CONFLICT: &str = "TransactionConflictException";
/// How often a transaction that met another one is tried.
const ATTEMPTS: u32 = 4;
/// How long a session can still explain a link that turns up late. Then DynamoDB removes it.
const SESSIONS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A write of a transaction, and for an ownership who is to own which link.
pub(super) struct Write {
    item: TransactWriteItem,
    owner: Option<(LinkId, ExternalId)>,
}

impl DynamoStore {
    /// Makes the commit, in as many transactions as it takes (see [`super::parts`]).
    pub(super) async fn make(&self, commit: &Commit) -> Result<(), CommitError> {
        for (number, part) in self.parts(commit)?.into_iter().enumerate() {
            let token = format!("{}{number}", commit.writer.as_str());
            let owners: Vec<_> = part.iter().map(|write| write.owner.clone()).collect();
            let items = part.into_iter().map(|write| write.item).collect();
            let request = self.client.transact_write_items().client_request_token(token);
            let request = request.return_consumed_capacity(TOLD).set_transact_items(Some(items));
            if let Err(error) = self.counted(request.send()).await {
                told(&error, &owners, &commit.writer)?;
            }
        }
        Ok(())
    }

    pub(super) fn write(&self, wanted: &Change, writer: &WriterId) -> Result<Write, StoreError> {
        match wanted {
            Change::Link(record) => {
                let mut body = item::body(&LINK, record, writer)?;
                body.extend(index::of_record(record));
                self.record(&Key::link(&record.owner, record.link_id), &LINK, body, record.revision)
            }
            Change::Session(session) => {
                let mut body = item::body(&SESSION, session, writer)?;
                body.extend(purge_at(session.issued_at));
                body.extend(index::of_session(session));
                self.record(&Key::session(&session.owner, &session.id), &SESSION, body, session.revision)
            }
            Change::Quarantine(link) => {
                let mut body = item::body(&QUARANTINE, link, writer)?;
                body.extend(index::of_quarantined(link));
                self.record(&Key::holder(link.link_id), &QUARANTINE, body, link.revision)
            }
            Change::Stands(kept) => self.standing(kept),
            Change::Intent(intent) => {
                let mut body = item::body(&INTENT, intent, writer)?;
                body.extend(index::of_due(key::DELETION, intent.due_at));
                self.record(&Key::intent(intent.link_id), &INTENT, body, intent.revision)
            }
            Change::Unmarked(link) => {
                let item = expression::unmarked(&self.table, *link).map_err(unbuilt)?;
                Ok(Write { item, owner: None })
            }
            Change::Own(link, owner) => {
                let content = Owner { link_id: *link, external_id: owner.clone() };
                let body = item::body(&OWNER, &content, writer)?;
                let expected = Expected::FreeOrOwnedBy(owner.as_str().to_owned());
                let item =
                    change(&self.table, &Key::holder(*link), &OWNER, body, expected).map_err(unbuilt)?;
                Ok(Write { item, owner: Some((*link, owner.clone())) })
            }
        }
    }

    /// No write, but a condition on the others of its transaction.
    pub(super) fn standing(&self, kept: &Standing) -> Result<Write, StoreError> {
        let key = Key::link(&kept.owner, kept.link_id);
        let item = stands(&self.table, &key, &LINK, kept.revision).map_err(unbuilt)?;
        Ok(Write { item, owner: None })
    }

    /// Another condition: the writer still holds the lease's token (I9).
    pub(super) fn fence(&self, token: u64) -> Result<Write, StoreError> {
        let item = expression::fence(&self.table, token).map_err(unbuilt)?;
        Ok(Write { item, owner: None })
    }

    pub(super) fn record(
        &self,
        key: &Key,
        kind: &'static Kind,
        body: Item,
        revision: u64,
    ) -> Result<Write, StoreError> {
        let item = match revision.checked_sub(1) {
            None | Some(0) => create(&self.table, key, body),
            Some(before) => change(&self.table, key, kind, body, Expected::Revision(before)),
        };
        Ok(Write { item: item.map_err(unbuilt)?, owner: None })
    }

    /// The audit event as an item of its own.
    pub(super) fn audit(
        &self,
        event: &AuditEvent,
        writer: &WriterId,
        number: usize,
    ) -> Result<Write, StoreError> {
        let id = EventId { writer: writer.clone(), number };
        let key = Key::audit(event.external_id.as_ref(), event.link_id, &Place { at: event.at, id });
        self.record(&key, &AUDIT, item::body(&AUDIT, event, writer)?, 1)
    }
}

impl Write {
    /// The item as the SDK takes it.
    pub(super) fn into_item(self) -> TransactWriteItem {
        self.item
    }
}

/// When DynamoDB may remove an item that counts from `at`.
fn purge_at(at: Timestamp) -> Item {
    let seconds = at.checked_add(SESSIONS_KEPT).unwrap_or(Timestamp::MAX).as_second();
    Item::from([(PURGE_AT.to_owned(), aws_sdk_dynamodb::types::AttributeValue::N(seconds.to_string()))])
}

pub(super) fn unbuilt(_: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::Refused(Failed("the request cannot be built".to_owned()).into())
}

/// What a failed transaction means: nothing, when it was our own repeated write.
fn told(
    error: &SdkError<TransactWriteItemsError, HttpResponse>,
    owners: &[Option<(LinkId, ExternalId)>],
    writer: &WriterId,
) -> Result<(), CommitError> {
    let Some(reasons) = cancelled(error) else { return Err(store_error(error).into()) };
    if reasons.iter().any(|reason| written_by(reason, writer)) {
        return Ok(());
    }
    if has_failed(reasons) {
        let lost =
            reasons.iter().zip(owners).find_map(|(reason, owner)| lost_to_another(reason, owner.as_ref()));
        return Err(lost.map_or(CommitError::Stale, CommitError::OwnedByAnother));
    }
    match reason_code(reasons) {
        CONFLICT => Err(CommitError::Stale),
        code => Err(by_code(code).into()),
    }
}

/// Why each item of a cancelled transaction was not written.
pub(super) fn cancelled(
    error: &SdkError<TransactWriteItemsError, HttpResponse>,
) -> Option<&[CancellationReason]> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            Some(cancelled.cancellation_reasons())
        }
        Some(_) | None => None,
    }
}

/// Whether the item that was in the way carries our own mark.
pub(super) fn written_by(reason: &CancellationReason, writer: &WriterId) -> bool {
    reason.item().and_then(|item| item::text(item, WRITER)) == Some(writer.as_str())
}

fn lost_to_another(reason: &CancellationReason, wanted: Option<&(LinkId, ExternalId)>) -> Option<LinkId> {
    let (link, owner) = wanted?;
    let held = reason.item()?;
    let another =
        item::kind_of(held) == Some(OWNER.name) && item::text(held, "external_id") != Some(owner.as_str());
    another.then_some(*link)
}

/// The code of a cancellation without a failed condition, spelled as the exceptions are.
fn reason_code(reasons: &[CancellationReason]) -> &'static str {
    match () {
        () if has(reasons, "TransactionConflict") => CONFLICT,
        () if has(reasons, "ThrottlingError") => "ThrottlingException",
        () if has(reasons, "ProvisionedThroughputExceeded") => "ProvisionedThroughputExceededException",
        () => "ValidationException",
    }
}

/// Whether a condition did not hold.
pub(super) fn has_failed(reasons: &[CancellationReason]) -> bool {
    has(reasons, "ConditionalCheckFailed")
}

fn has(reasons: &[CancellationReason], code: &str) -> bool {
    reasons.iter().any(|reason| reason.code() == Some(code))
}

/// What the attempts come to, once no other transaction is in the way.
pub(super) async fn settled<T, Fut>(attempt: impl Fn() -> Fut) -> Result<T, StoreError>
where
    Fut: Future<Output = Result<Option<T>, StoreError>>,
{
    for number in 0..ATTEMPTS {
        if number > 0 {
            tokio::time::sleep(Duration::from_millis(10 << number)).await;
        }
        if let Some(done) = attempt().await? {
            return Ok(done);
        }
    }
    Err(by_code(CONFLICT))
}

/// `None` when another transaction was in the way.
pub(super) fn undecided<T>(reasons: &[CancellationReason]) -> Result<Option<T>, StoreError> {
    match reason_code(reasons) {
        CONFLICT => Ok(None),
        code => Err(by_code(code)),
    }
}
