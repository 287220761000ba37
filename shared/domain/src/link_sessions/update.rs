//! Update Mode: whether there is anything to log in again for. What Belvo says now decides, not our record of it.

use crate::{link::LinkState, plan::UserPlan, user::Ledger, values::LinkId};

/// Why no session in Update Mode is to be had for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not the user's, or not there: the two are not told apart (I12).
    NoSuchLink,
    /// It works: there is nothing to update.
    Valid,
    /// It was the user's, and is gone or on its way out: the account has to be connected again.
    Gone,
    /// This link to the same account took its place.
    Superseded(LinkId),
}

/// What our own book refuses before Belvo is asked: links that are nobody's business of this user, and graves.
pub(super) fn refused_unasked(ledger: &Ledger, id: LinkId) -> Option<Refusal> {
    match ledger.link(id) {
        Some(record) if record.is_buried() => Some(Refusal::Gone),
        Some(record) if record.holds_link() => None,
        Some(_) | None => Some(Refusal::NoSuchLink),
    }
}

/// What is refused once Belvo has answered and `plan` says how the records stand with that.
pub(super) fn refused(ledger: &Ledger, plan: &UserPlan, id: LinkId, absent: bool) -> Option<Refusal> {
    let ledger = ledger.clone().with(&plan.changes);
    let Some(record) = ledger.link(id).filter(|record| record.holds_link()) else {
        return Some(Refusal::NoSuchLink);
    };
    match (record.state, record.superseded_by) {
        (LinkState::Deleting | LinkState::Gone, _) => Some(Refusal::Gone),
        (LinkState::Superseded, Some(survivor)) => Some(Refusal::Superseded(survivor)),
        _ if absent => Some(Refusal::Gone), // Belvo would make no token for it
        (LinkState::Active, _) => Some(Refusal::Valid),
        (LinkState::Pending | LinkState::NeedsUpdate | LinkState::Superseded, _) => None,
    }
}
