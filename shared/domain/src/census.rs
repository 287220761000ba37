//! What the store's two indexes tell of the links that we hold: enough for a sweep to see that nothing has
//! changed, and not a byte more.
//!
//! One index has every link that may change by the time Belvo made it, with a [`Digest`] of what Belvo said
//! last: a day of Belvo's listing is compared with a range of it. The other has live links by [`Group`], so that
//! duplicates and shared logins stand side by side, and the quarantine in one place. An index may lag behind:
//! it finds candidates, and whoever changes something reads the record itself first.

mod digest;
mod group;

pub use digest::{Digest, DigestError, Standing};
pub use group::Group;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{external_id::ExternalId, values::LinkId};

/// Who has a link, as the indexes tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A user: bound to them, or named by them while Belvo could not be asked.
    User(ExternalId),
    /// The quarantine.
    Nobody,
}

/// One link in the index by time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Belvo's id.
    pub link_id: LinkId,
    /// Who has it.
    pub holder: Holder,
    /// When Belvo made it; for a pending link, when the app named it.
    pub made: Timestamp,
    /// What Belvo said last.
    pub digest: Digest,
}

/// One link in the index by group, and a place to go on reading from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Which group.
    pub group: Group,
    /// Whose link.
    pub owner: ExternalId,
    /// Which link.
    pub link_id: LinkId,
    /// Whether another link of the group took its place.
    pub superseded: bool,
}
