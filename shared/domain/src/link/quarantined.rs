//! Links that belong to nobody yet, and who holds a link.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Claim, LinkStatus};
use crate::{
    external_id::ExternalId,
    values::{Institution, LinkId},
};

/// Why a link at Belvo is bound to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    /// Belvo's record has no `external_id`.
    NoExternalId,
    /// Belvo's record has an `external_id` that cannot be one of ours.
    MalformedExternalId,
    /// The `external_id` is well formed, but no user has it.
    UnknownUser,
    /// The user exists, but no link session of theirs covers the moment the link was made.
    NoSession,
    /// A session covers the moment, but it made another link already.
    SessionUsed,
    /// More links than sessions: any of them may be the planted one.
    Ambiguous,
}

/// A link at Belvo that nobody here owns: waits for its user or an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedLink {
    /// Belvo's id.
    pub link_id: LinkId,
    /// Why it was not bound.
    pub reason: QuarantineReason,
    /// Whom Belvo's record names.
    pub claim: Claim,
    /// Belvo's name of the institution.
    pub institution: Institution,
    /// As Belvo said last.
    pub status: LinkStatus,
    /// When Belvo made the link.
    pub created_at: Timestamp,
    /// When we saw it first.
    pub first_seen_at: Timestamp,
    /// 1 for a new item, one more with each change.
    #[serde(rename = "rev")]
    pub revision: u64,
}

/// Who holds a link id: at most one user, or the quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Bound to this user, now or once; never bound to another.
    Owned(ExternalId),
    /// Bound to nobody yet.
    Quarantined(QuarantinedLink),
}
