//! What a difference between two versions of a record means.

use crate::{
    change::{Action, AuditEvent},
    link::{LinkRecord, LinkState},
    observe::Notice,
};

/// The audit event of a record's change.
pub(super) fn event(before: Option<&LinkRecord>, after: &LinkRecord, notice: Notice) -> AuditEvent {
    AuditEvent::of_link(action(before, after), before, after, notice)
}

/// Whether the record is bound now and was not before.
pub(super) fn takes_ownership(before: Option<&LinkRecord>, after: &LinkRecord) -> bool {
    let bound_before = before.is_some_and(|before| before.state.is_bound());
    after.state.is_bound() && !after.state.is_final() && !bound_before
}

fn action(before: Option<&LinkRecord>, after: &LinkRecord) -> Action {
    let was = before.map(|before| before.state);
    match (was, after.state) {
        (None | Some(LinkState::Pending), LinkState::Pending) => Action::Await,
        (None | Some(LinkState::Pending), LinkState::Gone) => Action::Drop,
        (None | Some(LinkState::Pending), _) => Action::Bind,
        (Some(_), LinkState::Gone) => Action::Retire,
        (Some(LinkState::Superseded), LinkState::Superseded) => refreshed(before, after),
        (Some(_), LinkState::Superseded) => Action::Supersede,
        (Some(LinkState::Superseded), _) => Action::Restore,
        (Some(_), _) => refreshed(before, after),
    }
}

fn refreshed(before: Option<&LinkRecord>, after: &LinkRecord) -> Action {
    let was_missing = before.is_some_and(|before| before.missing_since.is_some());
    if after.missing_since.is_some() && !was_missing { Action::NoteMissing } else { Action::Refresh }
}
