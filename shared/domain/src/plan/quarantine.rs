//! Setting aside links that nobody owns.

use crate::{
    change::{Action, AuditEvent, Change, Evidence},
    link::{LinkStatus, Marker, ProviderLink, QuarantineReason, QuarantinedLink},
    observe::{Notice, is_left_to_its_callback, unowned},
    policy::Policy,
};

use super::UserPlan;

/// The item as it shall be, or `None` when it stands so already.
#[must_use]
pub fn set_aside(
    link: &ProviderLink,
    reason: QuarantineReason,
    held: Option<&QuarantinedLink>,
    notice: Notice,
) -> Option<QuarantinedLink> {
    let item = QuarantinedLink {
        link_id: link.id,
        reason,
        claim: link.claim.clone(),
        institution: link.institution.clone(),
        status: link.status.clone(),
        created_at: link.created_at,
        first_seen_at: held.map_or(notice.asked_at, |held| held.first_seen_at),
        revision: held.map_or(0, |held| held.revision),
    };
    (held != Some(&item)).then(|| QuarantinedLink { revision: item.revision + 1, ..item })
}

/// The audit event of setting a link aside.
#[must_use]
pub fn event(link: &QuarantinedLink, notice: Notice) -> AuditEvent {
    let event = AuditEvent::new(notice.asked_at, Action::Quarantine, notice.source);
    AuditEvent { evidence: Some(Evidence::Unexplained(link.reason)), link_id: Some(link.link_id), ..event }
}

/// Plans for a link that names no user of ours.
#[must_use]
pub fn plan_unowned(
    link: &ProviderLink,
    marker: Option<&Marker>,
    notice: Notice,
    policy: &Policy,
) -> UserPlan {
    let held = match marker {
        Some(Marker::Owned(_)) => return UserPlan::default(), // bound before: its own record is refreshed
        Some(Marker::Quarantined(held)) => Some(held),
        None => None,
    };
    if link.status == LinkStatus::Unconfirmed || is_left_to_its_callback(link, notice, policy) {
        return UserPlan::default();
    }
    let Some(item) = set_aside(link, unowned(&link.claim), held, notice) else { return UserPlan::default() };
    let audit = vec![event(&item, notice)];
    UserPlan { changes: vec![Change::Quarantine(item)], audit, ..UserPlan::default() }
}
