//! What a session is for, and what its token is asked for with.

use crate::{consent::ConsentHolder, external_id::ExternalId, ports::TokenRequest, values::LinkId};

/// What a session is wanted for.
#[derive(Clone, Debug)]
pub enum For {
    /// To connect an account.
    Create,
    /// To log in again for this link (Update Mode).
    Update(LinkId),
    /// To connect an account of Brazil's open finance, to which this holder consents.
    Consent(ConsentHolder),
}

impl For {
    /// The link to log in again for.
    pub(super) fn link(&self) -> Option<LinkId> {
        match self {
            Self::Update(link) => Some(*link),
            Self::Create | Self::Consent(_) => None,
        }
    }

    /// What the token for it is asked for with.
    pub(super) fn request(&self, user: &ExternalId) -> TokenRequest {
        let consent = match self {
            Self::Consent(holder) => Some(holder.clone()),
            Self::Create | Self::Update(_) => None,
        };
        TokenRequest { external_id: user.clone(), link_id: self.link(), consent }
    }
}
