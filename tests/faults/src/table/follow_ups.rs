//! Webhooks, due sessions, the agenda.

use std::collections::BTreeSet;

use domain::{
    external_id::ExternalId,
    follow_up::Agenda,
    link::LinkRecord,
    session::LinkSession,
    values::{LinkId, SessionId},
    webhooks::{Webhook, WebhookState},
};
use jiff::{Timestamp, civil::Date, tz::Offset};

use super::Table;

impl Table {
    pub(crate) fn file_webhook(&mut self, webhook: &Webhook) -> bool {
        let new = !self.records.webhooks.contains_key(&webhook.id);
        self.records.webhooks.entry(webhook.id.clone()).or_insert_with(|| webhook.clone());
        new
    }

    fn webhooks_where(&self, wanted: impl Fn(&Webhook) -> bool) -> Vec<Webhook> {
        let mut all: Vec<_> =
            self.records.webhooks.values().filter(|webhook| wanted(webhook)).cloned().collect();
        all.sort_by_key(|webhook: &Webhook| (webhook.received_at, webhook.id.clone()));
        all
    }

    pub(crate) fn due_webhooks(&self, now: Timestamp, most: usize) -> Vec<Webhook> {
        let mut due =
            self.webhooks_where(|webhook| webhook.state == WebhookState::Waiting && webhook.due_at <= now);
        due.sort_by_key(|webhook| webhook.due_at);
        due.truncate(most);
        due
    }

    pub(crate) fn settle(&mut self, webhook: &Webhook) -> bool {
        match self.records.webhooks.get_mut(&webhook.id) {
            Some(kept) if kept.revision + 1 == webhook.revision => {
                *kept = webhook.clone();
                true
            }
            Some(_) | None => false,
        }
    }

    pub(crate) fn webhooks(&self, state: WebhookState, day: Option<Date>, most: usize) -> Vec<Webhook> {
        let on = |at| day.is_none_or(|day| Offset::UTC.to_datetime(at).date() == day);
        let mut all = self.webhooks_where(|webhook| webhook.state == state && on(webhook.received_at));
        if state == WebhookState::Waiting {
            all.sort_by_key(|webhook| webhook.due_at);
        }
        all.truncate(most);
        all.sort_by_key(|webhook| (webhook.received_at, webhook.id.clone()));
        all
    }

    pub(crate) fn webhooks_about(&self, links: &[LinkId]) -> Vec<Webhook> {
        self.webhooks_where(|webhook| webhook.link_id.is_some_and(|link| links.contains(&link)))
    }

    pub(crate) fn some_records(&self, links: &[(ExternalId, LinkId)]) -> Vec<LinkRecord> {
        let once: BTreeSet<_> = links.iter().collect();
        once.into_iter().filter_map(|key| self.records.links.get(key).cloned()).collect()
    }

    pub(crate) fn due_sessions(&mut self, now: Timestamp, most: usize) -> Vec<(ExternalId, SessionId)> {
        let is_due = |session: &LinkSession| session.due_at.filter(|at| *at <= now);
        let mut due: Vec<_> = Vec::new();
        let mut stale = false;
        for (key, session) in &self.records.sessions {
            let shown = match self.lag.as_ref().and_then(|lag| lag.sessions.get(key)) {
                Some(old) => {
                    stale |= old.as_ref().and_then(is_due) != is_due(session);
                    old.as_ref()
                }
                None => Some(session),
            };
            due.extend(shown.and_then(is_due).map(|at| (at, key.clone())));
        }
        self.stale_readings += u64::from(stale);
        due.sort();
        due.into_iter().take(most).map(|(_, key)| key).collect()
    }

    pub(crate) fn agenda(&self) -> Agenda {
        self.agenda.clone()
    }

    pub(crate) fn put_agenda(&mut self, agenda: &Agenda) -> bool {
        let next = self.agenda.revision + 1 == agenda.revision;
        if next {
            self.agenda = agenda.clone();
        }
        next
    }
}
