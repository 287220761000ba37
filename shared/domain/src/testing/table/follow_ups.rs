//! Webhooks, due sessions and the agenda, in memory.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::Offset};

use super::Table;
use crate::{
    external_id::ExternalId,
    failure::StoreError,
    follow_up::Agenda,
    link::LinkRecord,
    ports::{FiledWebhooks, FollowUps, Inbox},
    values::{LinkId, SessionId},
    webhooks::{Webhook, WebhookId, WebhookState},
};

/// What the table keeps of these.
#[derive(Default)]
pub(super) struct Kept {
    webhooks: BTreeMap<WebhookId, Webhook>,
    agenda: Agenda,
}

impl Table {
    /// All webhooks, as they came.
    pub(crate) fn filed_webhooks(&self) -> Vec<Webhook> {
        let mut all: Vec<_> = self.with(|items| items.follow_ups.webhooks.values().cloned().collect());
        all.sort_by_key(|webhook: &Webhook| (webhook.received_at, webhook.id.clone()));
        all
    }
}

impl Inbox for Table {
    async fn file(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        Ok(self.with(|items| {
            let new = !items.follow_ups.webhooks.contains_key(&webhook.id);
            items.follow_ups.webhooks.entry(webhook.id.clone()).or_insert_with(|| webhook.clone());
            new
        }))
    }
}

impl FiledWebhooks for Table {
    async fn due_webhooks(&self, now: Timestamp, most: usize) -> Result<Vec<Webhook>, StoreError> {
        let mut due = self.filed_webhooks();
        due.retain(|webhook| webhook.state == WebhookState::Waiting && webhook.due_at <= now);
        due.sort_by_key(|webhook| webhook.due_at);
        due.truncate(most);
        Ok(due)
    }

    async fn settle(&self, webhook: &Webhook) -> Result<bool, StoreError> {
        Ok(self.with(|items| match items.follow_ups.webhooks.get_mut(&webhook.id) {
            Some(kept) if kept.revision + 1 == webhook.revision => {
                *kept = webhook.clone();
                true
            }
            Some(_) | None => false,
        }))
    }

    async fn webhooks(
        &self,
        state: WebhookState,
        day: Option<Date>,
        most: usize,
    ) -> Result<Vec<Webhook>, StoreError> {
        let on = |at| day.is_none_or(|day| Offset::UTC.to_datetime(at).date() == day);
        let mut all = self.filed_webhooks();
        all.retain(|webhook| webhook.state == state && on(webhook.received_at));
        all.truncate(most);
        Ok(all)
    }

    async fn webhooks_about(&self, links: &[LinkId]) -> Result<Vec<Webhook>, StoreError> {
        let mut all = self.filed_webhooks();
        all.retain(|webhook| webhook.link_id.is_some_and(|link| links.contains(&link)));
        Ok(all)
    }

    async fn records(&self, links: &[(ExternalId, LinkId)]) -> Result<Vec<LinkRecord>, StoreError> {
        if self.with(|items| links.iter().any(|(owner, _)| items.damaged.contains(owner))) {
            return Err(StoreError::Corrupt { kind: "link", cause: "damaged".into() });
        }
        Ok(self.with(|items| links.iter().filter_map(|key| items.links.get(key).cloned()).collect()))
    }
}

impl FollowUps for Table {
    async fn due_sessions(
        &self,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<(ExternalId, SessionId)>, StoreError> {
        Ok(self.with(|items| {
            let due = items.sessions.values().filter_map(|session| Some((session.due_at?, session)));
            let mut due: Vec<_> = due.filter(|(at, _)| *at <= now).collect();
            due.sort_by_key(|(at, session)| (*at, session.id.clone()));
            due.into_iter()
                .take(most)
                .map(|(_, session)| (session.owner.clone(), session.id.clone()))
                .collect()
        }))
    }

    async fn agenda(&self) -> Result<Agenda, StoreError> {
        Ok(self.with(|items| items.follow_ups.agenda.clone()))
    }

    async fn put_agenda(&self, agenda: &Agenda) -> Result<bool, StoreError> {
        Ok(self.with(|items| {
            let next = items.follow_ups.agenda.revision + 1 == agenda.revision;
            if next {
                items.follow_ups.agenda = agenda.clone();
            }
            next
        }))
    }
}
