//! Links: what Belvo says of one ([`ProviderLink`]), what we hold of one ([`LinkRecord`]), and links that
//! belong to nobody yet ([`QuarantinedLink`]).

mod made;
mod quarantined;

pub use quarantined::{Marker, QuarantineReason, QuarantinedLink};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    external_id::ExternalId,
    masked::MaskedAccount,
    session::LinkSession,
    values::{Institution, InstitutionName, InstitutionUserId, LinkId, SessionId},
};

/// Belvo's status of a link. A value that we do not know survives as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum LinkStatus {
    /// Works.
    Valid,
    /// Was valid; the institution wants a new MFA token.
    TokenRequired,
    /// The credentials no longer work.
    Invalid,
    /// Creation was never completed. Such a link is never bound and never blocks another.
    Unconfirmed,
    /// A status of a later version of Belvo's API.
    Other(String),
}

impl LinkStatus {
    /// The word as Belvo writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Valid => "valid",
            Self::TokenRequired => "token_required",
            Self::Invalid => "invalid",
            Self::Unconfirmed => "unconfirmed",
            Self::Other(word) => word,
        }
    }
}

impl From<String> for LinkStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "valid" => Self::Valid,
            "token_required" => Self::TokenRequired,
            "invalid" => Self::Invalid,
            "unconfirmed" => Self::Unconfirmed,
            _ => Self::Other(word),
        }
    }
}

impl From<LinkStatus> for String {
    fn from(status: LinkStatus) -> Self {
        status.as_str().to_owned()
    }
}

/// How often Belvo visits the institution for this link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessMode {
    /// Once.
    Single,
    /// Again and again.
    Recurrent,
}

/// Whom Belvo's record names as the link's user. Set in the browser, so a claim and never a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// `external_id` is null: it was not sent, or Belvo took it for personal data.
    Absent,
    /// A well-formed `external_id`.
    Named(ExternalId),
    /// Something that no `external_id` of ours can be.
    Malformed,
}

impl Claim {
    /// Whether it names this user.
    #[must_use]
    pub fn names(&self, user: &ExternalId) -> bool {
        matches!(self, Self::Named(id) if id == user)
    }
}

/// One link as Belvo's record tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLink {
    /// Belvo's id.
    pub id: LinkId,
    /// Belvo's name of the institution.
    pub institution: Institution,
    /// Null for some links, or a mode of a later API version.
    pub access_mode: Option<AccessMode>,
    /// Usable or not.
    pub status: LinkStatus,
    /// The user named by the record.
    pub claim: Claim,
    /// When the link was made, by Belvo's clock.
    pub created_at: Timestamp,
    /// Absent for links from before 8 February 2022.
    pub institution_user_id: Option<InstitutionUserId>,
}

/// Where a link stands with us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The user's app named it, Belvo could not be asked yet. Owned by nobody so far.
    Pending,
    /// Bound and usable.
    Active,
    /// Bound; needs a new login or token.
    NeedsUpdate,
    /// Bound; another link to the same account took its place.
    Superseded,
    /// Bound; on its way to be deleted at Belvo.
    Deleting,
    /// A tombstone: Belvo no longer has it. Final.
    Gone,
}

impl LinkState {
    /// The state that a status means for a bound link.
    #[must_use]
    pub fn of(status: &LinkStatus) -> Self {
        match status {
            LinkStatus::Valid => Self::Active,
            LinkStatus::TokenRequired
            | LinkStatus::Invalid
            | LinkStatus::Unconfirmed
            | LinkStatus::Other(_) => Self::NeedsUpdate,
        }
    }

    /// Whether the record no longer waits for Belvo: all but pending.
    #[must_use]
    pub fn is_bound(self) -> bool {
        self != Self::Pending
    }

    /// Whether the record is one of the accounts that the user sees as connected.
    #[must_use]
    pub fn is_connected(self) -> bool {
        matches!(self, Self::Active | Self::NeedsUpdate)
    }

    /// Whether nothing that Belvo says can change the record any more (I11).
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Deleting | Self::Gone)
    }
}

/// What we hold of one link of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRecord {
    /// Belvo's id.
    pub link_id: LinkId,
    /// The user whom it is bound to, or who named it while pending.
    #[serde(rename = "external_id")]
    pub owner: ExternalId,
    /// Belvo's name of the institution; while pending, the widget's word for it.
    pub institution: Institution,
    /// As Belvo said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_mode: Option<AccessMode>,
    /// As Belvo said last; `None` while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<LinkStatus>,
    /// Where it stands with us.
    pub state: LinkState,
    /// Which login at the institution it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution_user_id: Option<InstitutionUserId>,
    /// When Belvo made the link; `None` while pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When we asked Belvo for what this record says, by our clock. Refreshed only when something changes.
    pub last_observed_at: Timestamp,
    /// The institution's own name; `None` until Belvo told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution_name: Option<InstitutionName>,
    /// Its accounts, masked; `None` until Belvo told them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<MaskedAccount>>,
    /// The link session that explains the owner; `None` for a claimed link, and under `BINDING_PROOF=external_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The survivor that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<LinkId>,
    /// When Belvo first answered `not_found` for it, while nothing contradicted since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<Timestamp>,
    /// When the consent behind it ends. Noted a week ahead, once for each end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_ends_at: Option<Timestamp>,
    /// 1 for a new record, one more with each change; never falls (I5).
    #[serde(rename = "rev")]
    pub revision: u64,
}

impl LinkRecord {
    /// A link that the user's app named while Belvo could not be asked: nobody owns it yet.
    #[must_use]
    pub fn pending(link: LinkId, session: &LinkSession, named: Institution, at: Timestamp) -> Self {
        Self {
            link_id: link,
            owner: session.owner.clone(),
            institution: named,
            access_mode: None,
            status: None,
            state: LinkState::Pending,
            institution_user_id: None,
            created_at: None,
            last_observed_at: at,
            institution_name: None,
            accounts: None,
            session_id: Some(session.id.clone()),
            superseded_by: None,
            missing_since: None,
            consent_ends_at: None,
            revision: 1,
        }
    }

    /// Whether the link is or was this user's. A tombstone of a link that the user only named (Belvo never
    /// showed it as theirs) says nothing of who owns it.
    #[must_use]
    pub fn holds_link(&self) -> bool {
        self.state.is_bound() && self.created_at.is_some()
    }

    /// Whether the record is a tombstone of a link that was this user's: nothing changes it any more (I11).
    #[must_use]
    pub fn is_buried(&self) -> bool {
        self.holds_link() && self.state.is_final()
    }

    /// Whether the record counts in a duplicate group: bound, not on its way out, and once confirmed.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.state.is_bound() && !self.state.is_final() && self.status != Some(LinkStatus::Unconfirmed)
    }
}

#[cfg(test)]
mod tests;
