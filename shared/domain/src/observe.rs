//! The one decision behind callbacks, session starts and sweeps: what to do about a link that Belvo shows.
//!
//! Order and repetition do not matter: the decision depends on what Belvo says, what we hold, and the
//! policy, and not on how the link came to our notice.

use jiff::Timestamp;

use crate::{
    change::Source,
    explain::Explanation,
    link::{Claim, LinkRecord, LinkState, LinkStatus, ProviderLink, QuarantineReason},
    policy::{BindingProof, Policy, after},
    user::Ledger,
    values::SessionId,
};

/// What to do about one link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is this user's: bind it, by this session.
    Bind(Option<SessionId>),
    /// It is bound to this user and Belvo's record says something new.
    Refresh(Box<LinkRecord>),
    /// It is bound to this user and nothing is new, or the record is final.
    Unchanged,
    /// It is nobody's, for this reason.
    Quarantine(QuarantineReason),
    /// Nothing yet: never confirmed, or so young that its callback may still come.
    Wait,
    /// Belvo's record names another user.
    Refuse,
}

/// How and when a link came to our notice.
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    /// The entry point.
    pub source: Source,
    /// When Belvo was asked, by our clock: what it answered is at least this new.
    pub asked_at: Timestamp,
}

/// Decides about `link` with what we hold of a user: for a callback the one who called, else the one whom
/// the link names. `explanation` is what that user's sessions say of a link that is not bound yet.
#[must_use]
pub fn observe(
    link: &ProviderLink,
    ledger: &Ledger,
    explanation: Option<&Explanation>,
    notice: Notice,
    policy: &Policy,
) -> Decision {
    match ledger.link(link.id) {
        Some(record) if record.is_buried() => Decision::Unchanged,
        Some(record) if record.holds_link() => refresh(record, link, notice.asked_at),
        _ => adopt(link, ledger, explanation, notice, policy),
    }
}

/// Why a link that names no user of ours is nobody's.
#[must_use]
pub fn unowned(claim: &Claim) -> QuarantineReason {
    match claim {
        Claim::Absent => QuarantineReason::NoExternalId,
        Claim::Malformed => QuarantineReason::MalformedExternalId,
        Claim::Named(_) => QuarantineReason::UnknownUser,
    }
}

fn adopt(
    link: &ProviderLink,
    ledger: &Ledger,
    explanation: Option<&Explanation>,
    notice: Notice,
    policy: &Policy,
) -> Decision {
    let awaited = ledger.link(link.id).is_some(); // its callback came already
    if link.status == LinkStatus::Unconfirmed || (!awaited && is_left_to_its_callback(link, notice, policy)) {
        return Decision::Wait;
    }
    match &link.claim {
        Claim::Named(id) if *id != ledger.user.external_id => Decision::Refuse,
        Claim::Named(_) => bind_or_quarantine(explanation, policy),
        Claim::Absent | Claim::Malformed => Decision::Quarantine(unowned(&link.claim)),
    }
}

/// Whether a sweep or a webhook leaves the link alone for now, so that planted and real links show up side by side. A
/// webhook tells of a planted link within seconds; but where no session is asked for, nothing is gained by waiting.
#[must_use]
pub fn is_left_to_its_callback(link: &ProviderLink, notice: Notice, policy: &Policy) -> bool {
    let young = after(link.created_at, policy.young) > notice.asked_at;
    let nonsense = link.created_at > after(notice.asked_at, policy.young); // else it would be young for ever
    let waits = match notice.source {
        Source::Sweep => true,
        Source::Webhook => policy.proof == BindingProof::Session,
        Source::Registration
        | Source::SessionStart
        | Source::Callback
        | Source::Claim
        | Source::Operator
        | Source::Backfill
        | Source::FollowUp
        | Source::Disconnect
        | Source::Erasure
        | Source::Deletion => false,
    };
    waits && young && !nonsense
}

fn bind_or_quarantine(explanation: Option<&Explanation>, policy: &Policy) -> Decision {
    match (policy.proof, explanation) {
        (_, Some(Explanation::By(session))) => Decision::Bind(Some(session.clone())),
        (BindingProof::ExternalId, _) => Decision::Bind(None),
        (BindingProof::Session, Some(Explanation::Used)) => {
            Decision::Quarantine(QuarantineReason::SessionUsed)
        }
        (BindingProof::Session, Some(Explanation::Ambiguous)) => {
            Decision::Quarantine(QuarantineReason::Ambiguous)
        }
        (BindingProof::Session, Some(Explanation::Nothing) | None) => {
            Decision::Quarantine(QuarantineReason::NoSession)
        }
    }
}

/// What the record becomes. Evidence older than the record's own changes nothing (I5).
pub(crate) fn refresh(record: &LinkRecord, link: &ProviderLink, asked_at: Timestamp) -> Decision {
    if asked_at < record.last_observed_at {
        return Decision::Unchanged;
    }
    let state = match record.state {
        LinkState::Superseded => LinkState::Superseded, // only the group's survivor is changed by status
        LinkState::Pending
        | LinkState::Active
        | LinkState::NeedsUpdate
        | LinkState::Deleting
        | LinkState::Gone => LinkState::of(&link.status),
    };
    let refreshed = LinkRecord {
        status: Some(link.status.clone()),
        state,
        access_mode: link.access_mode,
        institution_user_id: link.institution_user_id.clone().or_else(|| record.institution_user_id.clone()),
        missing_since: None,
        ..record.clone()
    };
    if refreshed == *record {
        Decision::Unchanged
    } else {
        Decision::Refresh(Box::new(LinkRecord { last_observed_at: asked_at, ..refreshed }))
    }
}

#[cfg(test)]
mod tests;
