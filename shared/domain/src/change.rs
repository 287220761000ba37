//! What a decision wants changed: records as they shall be, and the audit event that goes with each.
//!
//! A commit is all or nothing, and conditional throughout: a record of revision 1 must not exist yet, any
//! other must still have the revision before. So whoever decides on old knowledge changes nothing.

mod audit;

use serde::{Deserialize, Serialize};

use crate::{
    deletion::Intent,
    external_id::ExternalId,
    failure::{CommitError, StoreError},
    letters,
    link::{LinkRecord, QuarantinedLink},
    ports::{Ambient, Ledgers},
    session::LinkSession,
    values::LinkId,
};

pub use audit::{Actor, AuditEvent, EventId, Evidence, Filed};

/// One record as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A link of a user.
    Link(LinkRecord),
    /// The link id belongs to this user from now on; refused when it belongs to another.
    Own(LinkId, ExternalId),
    /// A link that nobody owns.
    Quarantine(QuarantinedLink),
    /// A link session.
    Session(LinkSession),
    /// Not a change but a condition: the survivor, for whose sake others are superseded, is still as it was
    /// when that was decided. So no two runs can each supersede what the other keeps (I6).
    Stands(Standing),
    /// That a link is to be deleted at Belvo.
    Intent(Intent),
    /// Not a change but a condition: nobody wants this link deleted. The link that another gives way to, so that no
    /// two duplicates can each be deleted for the other's sake.
    Unmarked(LinkId),
}

/// A record that must not have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whose.
    pub owner: ExternalId,
    /// Which.
    pub link_id: LinkId,
    /// The revision that it must still have.
    pub revision: u64,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A user was registered.
    Register,
    /// The app's own name for a user came to lead to this one.
    Alias,
    /// A link session was issued.
    OpenSession,
    /// The widget told how a session ended.
    EndSession,
    /// A link named by the app waits for Belvo.
    Await,
    /// A link became a user's.
    Bind,
    /// A quarantined link became a user's on somebody's word.
    Claim,
    /// Belvo's record of a bound link changed.
    Refresh,
    /// A link gave way to the survivor of its group.
    Supersede,
    /// A superseded link became the survivor again.
    Restore,
    /// Belvo answered `not_found` for a bound link for the first time.
    NoteMissing,
    /// Belvo answered `not_found` twice, a grace period apart: the link is gone.
    Retire,
    /// A pending link turned out not to be the user's, or not to exist.
    Drop,
    /// A link that nobody owns was set aside.
    Quarantine,
    /// A session that ended without a callback was looked up at Belvo.
    LookUp,
    /// The account's holder was told, or is to be told, that a consent ends soon or has ended.
    NoteConsent,
    /// The user disconnected the link: it is parked, and to be deleted at Belvo.
    Disconnect,
    /// A link was marked to be deleted at Belvo. Can still be taken back.
    MarkDeletion,
    /// The deletion of a link is about to be asked for. Cannot be taken back.
    ArmDeletion,
    /// A deletion that was marked only is taken back.
    CancelDeletion,
    /// Belvo confirmed that a link that was to be deleted is gone.
    ConfirmDeletion,
    /// The user asked for erasure: nothing of them is shown or adopted from now on.
    Erase,
    /// Everything of the user is gone but the tombstone and the certificate.
    CertifyErasure,
}

impl Action {
    /// Whether it takes something away because of what a listing shows, and so obeys caps and breakers. What a user
    /// asks for is no such thing, and deletions at Belvo have limits of their own.
    #[must_use]
    pub fn is_negative(self) -> bool {
        match self {
            Self::Supersede | Self::NoteMissing | Self::Retire => true,
            Self::Register
            | Self::Alias
            | Self::OpenSession
            | Self::EndSession
            | Self::Await
            | Self::Bind
            | Self::Claim
            | Self::Refresh
            | Self::Restore
            | Self::Drop
            | Self::Quarantine
            | Self::LookUp
            | Self::NoteConsent
            | Self::Disconnect
            | Self::MarkDeletion
            | Self::ArmDeletion
            | Self::CancelDeletion
            | Self::ConfirmDeletion
            | Self::Erase
            | Self::CertifyErasure => false,
        }
    }
}

/// Where the knowledge behind a change came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `POST /users`.
    Registration,
    /// A session start.
    SessionStart,
    /// A callback of the widget.
    Callback,
    /// A scheduled or requested sweep.
    Sweep,
    /// The user said in the app that a quarantined link is theirs.
    Claim,
    /// An operator, by hand: said whose a quarantined link is, or applied a plan.
    Operator,
    /// A file of accounts from before, which an operator vouches for.
    Backfill,
    /// A webhook of Belvo's.
    Webhook,
    /// What waited for its time: a session that ended without a callback, a consent that ends soon.
    FollowUp,
    /// The user disconnected an account.
    Disconnect,
    /// The user asked for erasure.
    Erasure,
    /// The function that deletes links at Belvo.
    Deletion,
}

/// Marks everything that one commit wrote, so that our own repeated write is recognised as ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WriterId(String);

impl WriterId {
    /// A new mark from 128 random bits.
    #[must_use]
    pub fn mint(random: [u8; 16]) -> Self {
        Self(letters::encode(random))
    }

    /// A mark that was made before.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        letters::is_encoded(text).then(|| Self(text.to_owned()))
    }

    /// The mark as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Changes that are made together or not at all.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The records as they shall be.
    pub changes: Vec<Change>,
    /// One event for each change of state.
    pub audit: Vec<AuditEvent>,
    /// Who writes.
    pub writer: WriterId,
    /// The lease's token that the writer holds: nothing is changed when another was given out since (I9).
    pub fence: Option<u64>,
}

/// What became of a commit that may have been too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarriedOut {
    /// Everything is changed and durable.
    Done,
    /// A record changed meanwhile: decide again on fresh knowledge.
    Stale,
    /// The link is bound to another user, now and always.
    OwnedByAnother(LinkId),
}

/// Commits `changes` with their events; to be too late is an answer, not a failure.
pub async fn carry_out(
    store: &impl Ledgers,
    ambient: &impl Ambient,
    changes: Vec<Change>,
    audit: Vec<AuditEvent>,
) -> Result<CarriedOut, StoreError> {
    carry_out_fenced(store, ambient, changes, audit, None).await
}

/// The same, for a sweeper that takes something away: only while it holds the lease's token.
pub async fn carry_out_fenced(
    store: &impl Ledgers,
    ambient: &impl Ambient,
    changes: Vec<Change>,
    audit: Vec<AuditEvent>,
    fence: Option<u64>,
) -> Result<CarriedOut, StoreError> {
    let commit = Commit { changes, audit, writer: WriterId::mint(ambient.random()), fence };
    match store.commit(&commit).await {
        Ok(()) => Ok(CarriedOut::Done),
        Err(CommitError::Stale) => Ok(CarriedOut::Stale),
        Err(CommitError::OwnedByAnother(link)) => Ok(CarriedOut::OwnedByAnother(link)),
        Err(CommitError::Store(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests;
