//! Deletion at Belvo: the one thing that cannot be undone, so it goes in steps that can be looked at.
//!
//! An *intent* is marked in the transaction that parks the link, armed by condition just before Belvo is asked, and
//! done when Belvo has confirmed. Until it is armed it can be taken back; afterwards it is carried through whatever
//! happens, since nobody can know whether Belvo was asked.
//!
//! Nothing here asks Belvo unless an operator has switched that on.

mod back;
pub mod cancel;
pub mod disconnect;
mod erasing;
pub mod erasure;
mod pace;
pub mod step;
mod superseded;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use back::begun_anew;
pub use pace::Mode;
pub use work::{Deleter, Store, Tally, WorkError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    external_id::ExternalId,
    policy::{Policy, after},
    values::LinkId,
};

/// Why a link is to be deleted at Belvo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The user disconnected the account.
    Disconnect,
    /// The user asked for erasure.
    Erasure,
    /// This link took its place, long enough ago.
    SupersededBy(LinkId),
}

/// How far a deletion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Decided. Can still be taken back.
    Marked,
    /// Belvo is about to be asked, or was: from here there is no way back.
    Armed,
    /// Belvo took the request. What counts is that the link is gone.
    Requested,
    /// Belvo had no such link when it was asked for the first time: perhaps it is gone, perhaps the keys are for
    /// another environment.
    Unknown,
    /// Belvo confirmed that the link is gone. Final.
    Done,
    /// Taken back before Belvo was asked. May be marked again.
    Cancelled,
}

/// That a link is to be deleted at Belvo. At most one for a link, ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The link.
    pub link_id: LinkId,
    /// Whose it is.
    #[serde(rename = "external_id")]
    pub owner: ExternalId,
    /// Why.
    pub why: Why,
    /// How far it is.
    pub stage: Stage,
    /// When it was marked.
    pub marked_at: Timestamp,
    /// When there is something to do about it next; `None` once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When Belvo was asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// How often Belvo was asked to delete it.
    pub asked: u32,
    /// 1 when marked, one more with each change.
    #[serde(rename = "rev")]
    pub revision: u64,
}

impl Intent {
    /// A new one, due at once.
    #[must_use]
    pub fn mark(link_id: LinkId, owner: ExternalId, why: Why, at: Timestamp) -> Self {
        let (stage, due_at) = (Stage::Marked, Some(at));
        Self { link_id, owner, why, stage, marked_at: at, due_at, asked_at: None, asked: 0, revision: 1 }
    }

    /// Whether it may still be taken back.
    #[must_use]
    pub fn can_be_cancelled(&self) -> bool {
        self.stage == Stage::Marked && self.why != Why::Erasure
    }

    /// Whether it has been open for so long that somebody should look.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp, policy: &Policy) -> bool {
        let begun = match self.why {
            Why::Disconnect | Why::Erasure => Some(self.marked_at),
            Why::SupersededBy(_) => self.asked_at, // until then it waits on purpose
        };
        self.is_open() && begun.is_some_and(|begun| after(begun, policy.deletion_alarm) < now)
    }

    /// Whether there is anything left to do.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Done | Stage::Cancelled)
    }

    /// The intent for this reason in place of what there was: `None` when Belvo may have been asked already.
    #[must_use]
    pub fn instead_of(before: Option<&Self>, wanted: Self) -> Option<Self> {
        match before {
            None => Some(wanted),
            Some(before) if matches!(before.stage, Stage::Marked | Stage::Cancelled) => {
                Some(Self { revision: before.revision + 1, ..wanted })
            }
            Some(_) => None,
        }
    }

    /// The intent for a link that is there though it was taken for gone: what was asked of Belvo before did not come to
    /// its account.
    #[must_use]
    pub fn once_more(before: Option<&Self>, wanted: Self) -> Option<Self> {
        match before {
            Some(over) if over.stage == Stage::Done => Some(Self { revision: over.revision + 1, ..wanted }),
            before => Self::instead_of(before, wanted),
        }
    }

    /// The same, changed.
    pub(crate) fn next(&self, stage: Stage, due_at: Option<Timestamp>) -> Self {
        Self { stage, due_at, revision: self.revision + 1, ..self.clone() }
    }
}
