//! What waits to be delivered, when it is due, and what became of the rest.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use serde_json::Value;

use super::disorder::Disorder;
use super::event::WebhookEvent;
use super::post::Attempt;
use super::target::Target;

/// Repeats after the first attempt.
const RETRIES: u32 = 5;

/// Finished deliveries that are remembered.
const REMEMBERED: usize = 1_000;

/// One delivery, and its attempts so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// In the order of the events; an event that is delivered twice has two.
    pub number: u64,
    /// `ACCOUNTS`, `LINK`, …
    pub webhook_type: String,
    /// `historical_update`, …
    pub webhook_code: String,
    /// The link it is about.
    pub link_id: String,
    /// Attempts made.
    pub attempts: u32,
    /// The status of the last answer; `None` when there was none.
    pub last_status: Option<u16>,
    /// What became of it.
    pub outcome: Outcome,
    /// When the next attempt is, or would have been, due.
    pub due_at: Timestamp,
    #[serde(skip)]
    body: String,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An attempt is still to be made.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// The last repeat failed too.
    GivenUp,
    /// Disorder had it that nobody ever tried.
    Lost,
}

/// Everything about webhooks that changes. Not in the snapshot: what waits is gone with the process,
/// as a receiver must expect anyway.
pub(crate) struct Outbox {
    pub(crate) target: Option<Target>,
    pub(crate) disorder: Disorder,
    pub(crate) timeout: Duration,
    waiting: BTreeMap<u64, Delivery>,
    finished: VecDeque<Delivery>,
    numbers: u64,
}

impl Outbox {
    pub(crate) fn new(target: Option<Target>) -> Self {
        Self {
            target,
            disorder: Disorder::default(),
            timeout: Duration::from_secs(5),
            waiting: BTreeMap::new(),
            finished: VecDeque::new(),
            numbers: 0,
        }
    }

    pub(super) fn set_target(&mut self, target: Option<Target>) {
        if target.is_none() {
            self.waiting.clear();
        }
        self.target = target;
    }

    pub(super) fn numbered(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Takes an event in: once, twice or not at all.
    pub(super) fn put(&mut self, number: u64, event: &WebhookEvent, body: &Value, now: Timestamp) {
        let delay = if self.disorder.before_callback { 0 } else { self.disorder.delay_seconds };
        let mut delivery = Delivery {
            number,
            webhook_type: event.webhook_type.clone(),
            webhook_code: event.code.clone(),
            link_id: event.link_id.clone(),
            attempts: 0,
            last_status: None,
            outcome: Outcome::Waiting,
            due_at: later(now, delay),
            body: body.to_string(),
        };
        if self.disorder.loses(number) {
            return self.finish(delivery, Outcome::Lost);
        }
        self.waiting.insert(number, delivery.clone());
        if self.disorder.doubles(number) {
            delivery.number = self.numbered();
            self.waiting.insert(delivery.number, delivery);
        }
    }

    /// The deliveries with an attempt due, in the order in which they leave.
    pub(super) fn due(&self, now: Timestamp) -> Vec<u64> {
        let due = self.waiting.values().filter(|delivery| delivery.due_at <= now);
        let place = |delivery: &Delivery| (self.disorder.place(delivery.number), delivery.due_at);
        let mut due: Vec<_> = due.map(|delivery| (place(delivery), delivery.number)).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, number)| number).collect()
    }

    pub(super) fn attempt(&self, number: u64) -> Option<Attempt> {
        let body = self.waiting.get(&number)?.body.clone();
        Some(Attempt { target: self.target.clone()?, timeout: self.timeout, body })
    }

    /// Writes down how an attempt went: the status of the answer, if there was one. `true`: it arrived.
    pub(super) fn settle(&mut self, number: u64, answer: Option<u16>, now: Timestamp, step: u32) -> bool {
        let arrived = answer.is_some_and(|status| (200..300).contains(&status));
        let Some(mut delivery) = self.waiting.remove(&number) else { return arrived };
        delivery.attempts += 1;
        delivery.last_status = answer;
        if arrived {
            self.finish(delivery, Outcome::Delivered);
        } else if delivery.attempts > RETRIES {
            tracing::warn!(number, "a webhook is given up");
            self.finish(delivery, Outcome::GivenUp);
        } else {
            delivery.due_at = later(now, delivery.attempts.saturating_mul(step));
            self.waiting.insert(number, delivery);
        }
        arrived
    }

    fn finish(&mut self, mut delivery: Delivery, outcome: Outcome) {
        delivery.outcome = outcome;
        if self.finished.len() == REMEMBERED {
            self.finished.pop_front();
        }
        self.finished.push_back(delivery);
    }

    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        self.finished.iter().chain(self.waiting.values()).cloned().collect()
    }
}

fn later(now: Timestamp, seconds: u32) -> Timestamp {
    now.checked_add(i64::from(seconds).seconds()).unwrap_or(Timestamp::MAX)
}
