//! Links as the API shows them. Never the `institution_user_id`, never a session.

use domain::{
    duplicates::Duplicate,
    link::{AccessMode, LinkRecord, LinkState, QuarantinedLink},
    masked::MaskedAccount,
    policy::Unusable,
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
    /// The institution's own name, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Erebor")]
    pub institution_name: Option<String>,
    /// Its accounts, masked, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accounts: Option<Vec<AccountView>>,
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

/// One account behind a link: enough to recognise it by.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountView {
    /// What kind of account it is, in Belvo's words.
    #[schema(required, example = "CHECKING_ACCOUNT")]
    pub category: Option<String>,
    /// At most two letters of its name, and `•••`.
    #[schema(required, example = "Cu•••")]
    pub name: Option<String>,
    /// At most the last four digits of its number.
    #[schema(required, pattern = "^[0-9]{1,4}$", example = "5763")]
    pub number: Option<String>,
    /// Its currency.
    #[schema(required, pattern = "^[A-Z]{3}$", example = "MXN")]
    pub currency: Option<String>,
}

impl From<&MaskedAccount> for AccountView {
    fn from(account: &MaskedAccount) -> Self {
        Self {
            category: account.category.as_ref().map(|word| word.as_str().to_owned()),
            name: account.name.as_ref().map(|name| name.as_str().to_owned()),
            number: account.number.as_ref().map(|ending| ending.as_str().to_owned()),
            currency: account.currency.as_ref().map(|currency| currency.as_str().to_owned()),
        }
    }
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
            institution_name: record.institution_name.as_ref().map(|name| name.as_str().to_owned()),
            accounts: record.accounts.as_ref().map(|all| all.iter().map(AccountView::from).collect()),
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
            institution_name: None,
            accounts: None,
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
    /// say that they made it. `delete_and_reconnect`: disconnect it, then open a session to connect it anew.
    pub way_out: WayOut,
}

/// What the user can do about a link.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WayOut {
    /// Log in again, in Update Mode.
    UpdateMode,
    /// Disconnect the link, and connect the account anew.
    DeleteAndReconnect,
    /// Nothing: the link works, and serves for what the user wanted to connect.
    UseIt,
    /// It is being disconnected: try again when that is done.
    Wait,
    /// Belvo's record names the user, but no session of theirs explains the link, so it is nobody's. The user tells
    /// by its institution, status and `created_at` whether they made it, and claims it; or leaves it, since it may
    /// be somebody else's, planted.
    Claim,
}

impl WayOut {
    /// What a user can do about a link of theirs in this state.
    #[must_use]
    pub fn of(state: LinkState, policy: Unusable) -> Self {
        match (state, policy) {
            (LinkState::NeedsUpdate, Unusable::UpdateMode) => Self::UpdateMode,
            (LinkState::NeedsUpdate, Unusable::Reconnect) => Self::DeleteAndReconnect,
            (LinkState::Deleting, _) => Self::Wait,
            (LinkState::Pending | LinkState::Active | LinkState::Superseded | LinkState::Gone, _) => {
                Self::UseIt
            }
        }
    }
}

/// Several live links of the user to one login.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Duplicate)]
pub struct DuplicateView {
    /// The link that is used.
    #[schema(value_type = schema::LinkId)]
    pub survivor: LinkId,
    /// Those that gave way to it.
    #[schema(value_type = Vec<schema::LinkId>)]
    pub superseded: Vec<LinkId>,
}

impl From<Duplicate> for DuplicateView {
    fn from(Duplicate { survivor, superseded }: Duplicate) -> Self {
        Self { survivor, superseded }
    }
}
