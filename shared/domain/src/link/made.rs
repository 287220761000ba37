//! How a link that Belvo shows becomes a record of ours.

use jiff::Timestamp;

use super::{LinkRecord, LinkState, ProviderLink};
use crate::{external_id::ExternalId, values::SessionId};

impl LinkRecord {
    /// A link that is this user's from now on, by this session. Its revision is that of a record that is not written
    /// yet.
    #[must_use]
    pub fn bound(link: &ProviderLink, owner: ExternalId, session: Option<SessionId>, at: Timestamp) -> Self {
        Self {
            link_id: link.id,
            owner,
            institution: link.institution.clone(),
            access_mode: link.access_mode,
            status: Some(link.status.clone()),
            state: LinkState::of(&link.status),
            institution_user_id: link.institution_user_id.clone(),
            created_at: Some(link.created_at),
            last_observed_at: at,
            institution_name: None,
            accounts: None,
            session_id: session,
            superseded_by: None,
            missing_since: None,
            consent_ends_at: None,
            revision: 0,
        }
    }
}
