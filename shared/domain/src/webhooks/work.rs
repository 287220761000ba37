//! One run over what waits: batch after batch, until nothing is due, time is up, or the run's calls are made.

use crate::{
    failure::Outage,
    follow_up::Follower,
    ports::{Ambient, Consents, FiledWebhooks, Ledgers, Provider, Tombstones},
};

use super::{Said, Webhook, WebhookState, batch::Batch};

/// What a store must be able to do.
pub trait Store: Ledgers + Tombstones + FiledWebhooks {}

impl<T: Ledgers + Tombstones + FiledWebhooks> Store for T {}

/// Where webhooks are worked off.
#[derive(Debug)]
pub struct Desk<'a, S, P, A> {
    /// With what, by which rules, and until when.
    pub on: Follower<'a, S, P, A>,
    /// What a body says; `None` if it cannot be read.
    pub read: fn(&str) -> Option<Said>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Webhooks that were worked.
    pub worked: usize,
    /// Of them, those of a type or code that we do not know.
    pub unknown: usize,
    /// Webhooks that are to be looked at later.
    pub put_off: usize,
    /// Webhooks whose work failed, and is tried again.
    pub failed: usize,
    /// Webhooks that died.
    pub dead: usize,
    /// Links that became a user's.
    pub bound: usize,
    /// Links whose record was brought up to date.
    pub refreshed: usize,
    /// Links that were set aside.
    pub quarantined: usize,
    /// Links that Belvo has no longer.
    pub missing: usize,
    /// Consents that were noted to end.
    pub consents: usize,
    /// Calls to Belvo, repeats aside.
    pub calls: usize,
}

impl Tally {
    /// One more was settled.
    pub(super) fn count(&mut self, webhook: &Webhook) {
        match webhook.state {
            WebhookState::Worked => self.worked += 1,
            WebhookState::Dead => self.dead += 1,
            WebhookState::Waiting if webhook.attempts > 0 => self.failed += 1,
            WebhookState::Waiting => self.put_off += 1,
        }
    }
}

impl<S: Store, P: Provider + Consents, A: Ambient> Desk<'_, S, P, A> {
    /// Works off what is due. If Belvo or the table cannot be asked, the rest waits for the next run.
    pub async fn work(&self) -> Result<Tally, Outage> {
        let mut tally = Tally::default();
        while !self.on.is_late() && self.may_ask(&tally) {
            let due = self.on.store.due_webhooks(self.on.ambient.now(), self.on.policy.webhooks_at_once);
            let due = due.await?;
            if due.is_empty() || Batch::new(self, &mut tally).work(due).await? == 0 {
                break;
            }
        }
        Ok(tally)
    }

    /// Whether the run may still call Belvo.
    pub(super) fn may_ask(&self, tally: &Tally) -> bool {
        tally.calls < self.on.policy.read_backs_per_run
    }
}
