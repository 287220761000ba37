//! Links as the API shows them. Never the `institution_user_id`, never a session.

use domain::{
    link::{AccessMode, LinkRecord, LinkState, QuarantinedLink},
    values::{Institution, LinkId},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// One link of the caller.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    /// Belvo's id.
    #[schema(value_type = schema::LinkId)]
    pub link_id: LinkId,
    /// Belvo's name of the institution.
    #[schema(value_type = schema::Institution)]
    pub institution: Institution,
    /// Belvo's status; null while Belvo could not be asked.
    #[schema(required, example = "valid")]
    pub status: Option<String>,
    /// Where it stands with us: a link state, or `quarantined`.
    #[schema(value_type = schema::LinkState)]
    pub state: State,
    /// `single` or `recurrent`.
    #[schema(required, value_type = Option<schema::AccessMode>)]
    pub access_mode: Option<AccessMode>,
    /// When Belvo made it.
    #[schema(required)]
    pub created_at: Option<Timestamp>,
    /// When Belvo was last asked with something new to tell.
    pub last_observed_at: Timestamp,
}

/// The state word of an answer.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
pub enum State {
    /// Of a link that is the user's.
    Of(LinkState),
    /// Of a link that nothing proves to be the user's.
    Quarantined(Quarantined),
}

/// The one word for links that are nobody's.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quarantined {
    /// Waits for its user or an operator.
    Quarantined,
}

impl From<&LinkRecord> for LinkView {
    fn from(record: &LinkRecord) -> Self {
        Self {
            link_id: record.link_id,
            institution: record.institution.clone(),
            status: record.status.as_ref().map(|status| status.as_str().to_owned()),
            state: State::Of(record.state),
            access_mode: record.access_mode,
            created_at: record.created_at,
            last_observed_at: record.last_observed_at,
        }
    }
}

impl From<&QuarantinedLink> for LinkView {
    fn from(link: &QuarantinedLink) -> Self {
        Self {
            link_id: link.link_id,
            institution: link.institution.clone(),
            status: Some(link.status.as_str().to_owned()),
            state: State::Quarantined(Quarantined::Quarantined),
            access_mode: None,
            created_at: Some(link.created_at),
            last_observed_at: link.first_seen_at,
        }
    }
}

/// A link that the user has to do something about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attention {
    /// The link.
    #[serde(flatten)]
    pub link: LinkView,
    /// `update_mode`: open a link session with this `link_id`. `claim`: show it to the user, and claim it if they
    /// say that they made it.
    pub way_out: WayOut,
}

/// What the user can do about a link.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayOut {
    /// Log in again, in Update Mode.
    UpdateMode,
    /// Belvo's record names the user, but no session of theirs explains the link, so it is nobody's. The user tells
    /// by its institution, status and `created_at` whether they made it, and claims it; or leaves it, since it may
    /// be somebody else's, planted.
    Claim,
}
