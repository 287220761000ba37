//! What waits for its time: webhooks, sessions that may have lost their callback, consents.

use jiff::{Timestamp, civil::Date};

use crate::{
    external_id::ExternalId,
    failure::{ProviderError, StoreError},
    follow_up::Agenda,
    link::LinkRecord,
    values::{ConsentId, LinkId, SessionId},
    webhooks::{Webhook, WebhookState},
};

/// Where webhooks are filed. The only thing that taking one in needs.
pub trait Inbox: Sync {
    /// Files a webhook if none of its id is there. False: it is there already, whatever became of it. MUST be durable
    /// before it returns.
    fn file(&self, webhook: &Webhook) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// What has been filed.
pub trait FiledWebhooks: Sync {
    /// Waiting webhooks whose time has come, longest due first, so many at most. Each as it stands now; the list
    /// itself may lag behind.
    fn due_webhooks(
        &self,
        now: Timestamp,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Webhook>, StoreError>> + Send;

    /// Replaces a webhook if it is still at the revision before. False: somebody else was quicker.
    fn settle(&self, webhook: &Webhook) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// The webhooks in this state, or of them those that were received on this day (UTC), so many at most.
    fn webhooks(
        &self,
        state: WebhookState,
        day: Option<Date>,
        most: usize,
    ) -> impl Future<Output = Result<Vec<Webhook>, StoreError>> + Send;

    /// All webhooks about these links.
    fn webhooks_about(
        &self,
        links: &[LinkId],
    ) -> impl Future<Output = Result<Vec<Webhook>, StoreError>> + Send;

    /// Those of these links that their users have, consistently read, in no order.
    fn records(
        &self,
        links: &[(ExternalId, LinkId)],
    ) -> impl Future<Output = Result<Vec<LinkRecord>, StoreError>> + Send;
}

/// What else is followed up.
pub trait FollowUps: Sync {
    /// Sessions that are to be looked up by now, longest due first, so many at most. The list may lag behind.
    fn due_sessions(
        &self,
        now: Timestamp,
        most: usize,
    ) -> impl Future<Output = Result<Vec<(ExternalId, SessionId)>, StoreError>> + Send;

    /// What was done when, consistently read; the default when nothing ever was.
    fn agenda(&self) -> impl Future<Output = Result<Agenda, StoreError>> + Send;

    /// Replaces it if it is still at the revision before. False: somebody else was quicker.
    fn put_agenda(&self, agenda: &Agenda) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// The consent behind a link of Brazilian open finance. Whose document it is for is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Belvo's id of it.
    pub id: ConsentId,
    /// The link that it is for.
    pub link_id: LinkId,
    /// When it ends; `None` when it does not.
    pub ends_at: Option<Timestamp>,
}

/// One page of Belvo's list of consents.
#[derive(Clone, Debug, Default)]
pub struct ConsentPage {
    /// Those that can be read.
    pub consents: Vec<Consent>,
    /// Whether there is a page after this one.
    pub more: bool,
}

/// What Belvo tells of consents.
pub trait Consents: Sync {
    /// One page of the consents. `page` counts from 1.
    fn consents(&self, page: u32) -> impl Future<Output = Result<ConsentPage, ProviderError>> + Send;

    /// One consent; `None` when Belvo has none of this id.
    fn consent(&self, id: ConsentId) -> impl Future<Output = Result<Option<Consent>, ProviderError>> + Send;
}
