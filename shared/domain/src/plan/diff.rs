//! What a difference between two versions of a record means.

use crate::{
    change::{Action, AuditEvent, Source},
    link::{LinkRecord, LinkState},
    observe::Notice,
};

/// The audit event of a record's change.
pub(super) fn event(before: Option<&LinkRecord>, after: &LinkRecord, notice: Notice) -> AuditEvent {
    AuditEvent::of_link(action(before, after, notice.source), before, after, notice)
}

/// Whether the record is bound now and was not before.
pub(super) fn takes_ownership(before: Option<&LinkRecord>, after: &LinkRecord) -> bool {
    let held_before = before.is_some_and(LinkRecord::holds_link);
    after.holds_link() && !after.state.is_final() && !held_before
}

fn action(before: Option<&LinkRecord>, after: &LinkRecord, source: Source) -> Action {
    let was = before.filter(|before| before.holds_link()).map(|before| before.state);
    match (was, after.state) {
        (None, LinkState::Pending) => Action::Await,
        (None, LinkState::Gone) => Action::Drop,
        (None, _) => bound_by(source),
        (Some(_), LinkState::Gone) => Action::Retire,
        (Some(LinkState::Superseded), LinkState::Superseded) => refreshed(before, after),
        (Some(_), LinkState::Superseded) => Action::Supersede,
        (Some(LinkState::Superseded), _) if is_missed(before, after) => Action::NoteMissing,
        (Some(LinkState::Superseded), _) => Action::Restore,
        (Some(_), _) => refreshed(before, after),
    }
}

fn bound_by(source: Source) -> Action {
    match source {
        Source::Claim | Source::Operator => Action::Claim,
        Source::Registration
        | Source::SessionStart
        | Source::Callback
        | Source::Sweep
        | Source::Backfill
        | Source::Webhook
        | Source::FollowUp
        | Source::Disconnect
        | Source::Erasure
        | Source::Deletion => Action::Bind,
    }
}

fn refreshed(before: Option<&LinkRecord>, after: &LinkRecord) -> Action {
    if is_missed(before, after) { Action::NoteMissing } else { Action::Refresh }
}

/// Whether Belvo does not have it for the first time. That is said even of a link that takes the place of another by the
/// same change: else it would be forgotten, and found out a sweep later.
fn is_missed(before: Option<&LinkRecord>, after: &LinkRecord) -> bool {
    let was_missing = before.is_some_and(|before| before.missing_since.is_some());
    after.missing_since.is_some() && !was_missing
}
