//! One line of a file: what it may say, and what can be wrong with it. A fault names the rule and never repeats
//! the value.

use serde::Deserialize;

use crate::{
    external_id::{ExternalId, ExternalIdError, ReferenceKey},
    values::{LinkId, Reference, ValueError},
};

/// What a line says, as it came.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The app's own key for the user.
    #[serde(default)]
    pub reference: Option<String>,
    /// The user's name at Belvo.
    #[serde(default)]
    pub external_id: Option<String>,
    /// A link of the user's.
    #[serde(default)]
    pub link_id: Option<String>,
}

/// A line that keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The id that the app's own key for the user derives to, where it is not the user's own: never the key.
    pub(super) reference: Option<ExternalId>,
    /// The user.
    pub(super) external_id: ExternalId,
    /// A link of the user's.
    pub(super) link: Option<LinkId>,
}

impl Line {
    /// The one door. Whoever is named by a reference alone has the id that registration gives.
    pub fn parse(said: Said, key: &ReferenceKey) -> Result<Self, Fault> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let reference = given(said.reference).map(Reference::parse).transpose()?;
        let derived = reference.map(|reference| ExternalId::derive(key, &reference));
        let link = given(said.link_id).map(|id| LinkId::parse(&id)).transpose()?;
        let (reference, external_id) = match (given(said.external_id), derived) {
            (Some(id), derived) => (derived, ExternalId::import(id)?),
            (None, Some(derived)) => (None, derived),
            (None, None) => return Err(Fault::Nobody),
        };
        Ok(Self { reference, external_id, link })
    }

    /// The link, if one is named.
    #[must_use]
    pub fn link(&self) -> Option<LinkId> {
        self.link
    }
}

/// Why a line is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be taken apart.
    #[error("the line is no record of reference, external_id and link_id")]
    Unreadable,
    /// It names no user.
    #[error("neither external_id nor reference is given")]
    Nobody,
    /// An `external_id` against the rules.
    #[error(transparent)]
    ExternalId(#[from] ExternalIdError),
    /// A reference or link id against the rules.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The reference is a user, or leads to another.
    #[error("the reference is registered already under another external_id")]
    ReferenceTaken,
    /// Two people would share one user's links.
    #[error("the external_id belongs to another reference already")]
    UserTaken,
    /// Belvo does not list the link.
    #[error("Belvo has no such link")]
    NotAtBelvo,
    /// Its creation was never completed.
    #[error("the link was never confirmed at Belvo")]
    Unconfirmed,
    /// Belvo contradicts the file.
    #[error("Belvo's record of the link names another user")]
    NamesAnother,
    /// We hold it for somebody else.
    #[error("the link is bound to another user")]
    HeldByAnother,
    /// What was let go does not come back (I11).
    #[error("the link is gone here, or on its way out")]
    Gone,
    /// Nor does a user.
    #[error("the user was erased; bring them in under another external_id")]
    Erased,
}
