//! Webhooks as Belvo sends them: who is told, what each one says, when it is tried again, and, when a
//! test asks for it, how deliveries are lost, doubled, delayed or put out of order.
//!
//! Nothing is sent by itself: [`Belvo::deliver_due`] makes the attempts that are due by the
//! simulator's clock, so that a clock in a test's hand decides everything.

pub(crate) mod control;
mod disorder;
mod event;
mod outbox;
mod post;
mod target;

pub use disorder::Disorder;
pub use event::WebhookEvent;
pub(crate) use outbox::Outbox;
pub use outbox::{Delivery, Outcome as DeliveryOutcome};
pub use target::{Target, WrongTarget};

use jiff::Timestamp;

use crate::belvo::Belvo;
use crate::events::Subject;
use crate::state::State;

/// What one round of deliveries came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Attempts that were answered with a 2xx.
    pub delivered: usize,
    /// Attempts that were not: another status, no answer in time, or no connection.
    pub failed: usize,
}

impl Belvo {
    /// Brings everything up to now and makes every attempt that is due, one after the other, and tells how they went. One round
    /// runs at a time; a round that is dropped half-way loses nothing.
    pub async fn deliver_due(&self) -> Delivered {
        let _one_at_a_time = self.rounds().lock().await;
        let mut round = Delivered::default();
        self.settle();
        let now = self.now();
        let due = {
            let mut state = self.lock();
            state.tell();
            state.webhooks.due(now)
        };
        for number in due {
            // Taken anew each time: the target may have been changed or removed meanwhile.
            let Some(attempt) = self.lock().webhooks.attempt(number) else { continue };
            let answer = post::post(attempt).await;
            let now = self.now();
            let mut state = self.lock();
            let step = state.switches.webhook_retry_seconds;
            if state.webhooks.settle(number, answer, now, step) {
                round.delivered += 1;
            } else {
                round.failed += 1;
            }
        }
        round
    }

    /// Tells this receiver from now on; `None` tells nobody, and forgets what still waits.
    pub fn set_webhooks(&self, target: Option<Target>) {
        self.settle();
        let mut state = self.lock();
        // What has happened so far is not for a new receiver.
        state.tell();
        state.webhooks.set_target(target);
    }

    /// Loses, doubles, delays or mixes up the webhooks of later events.
    pub fn set_disorder(&self, disorder: Disorder) {
        self.settle();
        let mut state = self.lock();
        state.tell();
        state.webhooks.disorder = disorder;
    }

    /// How long a receiver has for its answer: five seconds unless set.
    pub fn set_webhook_timeout(&self, timeout: std::time::Duration) {
        self.lock().webhooks.timeout = timeout;
    }

    /// Queues any event, also one that never happened or one of a link that is not there.
    pub fn send_webhook(&self, event: &WebhookEvent) {
        let now = self.now();
        let mut state = self.lock();
        state.tell();
        state.announce(event, None, now);
    }

    /// The deliveries of late, oldest first: the finished ones, then those that wait.
    #[must_use]
    pub fn webhook_deliveries(&self) -> Vec<Delivery> {
        self.lock().webhooks.deliveries()
    }

    /// Whether webhooks of a new link arrive before the widget's own answer.
    pub(crate) fn tells_before_callback(&self) -> bool {
        self.lock().webhooks.disorder.before_callback
    }
}

impl State {
    /// Queues what has happened since the last look for the receiver, if there is one.
    fn tell(&mut self) {
        for (at, event) in self.events.take() {
            let (event, subject) = event::of(event, &self.switches);
            self.announce(&event, subject, at);
        }
    }

    fn announce(&mut self, event: &WebhookEvent, subject: Option<Subject>, at: Timestamp) {
        if self.webhooks.target.is_none() {
            return;
        }
        let record = self.book.get(&event.link_id);
        let subject = subject.or_else(|| record.as_ref().map(|record| Subject::of(&record.link)));
        let number = self.webhooks.numbered();
        let body = event.payload(subject.as_ref(), &self.switches, &format!("{number} {at}"));
        self.webhooks.put(number, event, &body, at);
    }
}

#[cfg(test)]
mod tests;
