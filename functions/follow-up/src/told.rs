//! What a tick leaves behind for whoever watches: an answer, a line in the log, metrics. Counts, and nothing that
//! points at a person.

use adapters::metrics::{self, Metric, Unit};
use domain::{
    follow_up::{LookedUp, Noted},
    webhooks::Tally,
};
use jiff::Timestamp;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// What a tick came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Sessions that ended without a callback.
    pub sessions: LookedUp,
    /// Webhooks.
    pub webhooks: Tally,
    /// Consents.
    pub consents: Noted,
}

impl Answer {
    /// Every count with its name.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, usize); 15] {
        let Self { sessions, webhooks, consents } = self;
        [
            ("SessionsLookedUp", sessions.sessions),
            ("SessionsRepaired", sessions.bound),
            ("WebhooksWorked", webhooks.worked),
            ("WebhooksUnknown", webhooks.unknown),
            ("WebhooksPutOff", webhooks.put_off),
            ("WebhooksFailed", webhooks.failed),
            ("WebhooksDead", webhooks.dead),
            ("Bound", webhooks.bound),
            ("Refreshed", webhooks.refreshed),
            ("Quarantined", webhooks.quarantined),
            ("NotedMissing", webhooks.missing),
            ("ConsentsRead", consents.read),
            ("ConsentsNoted", consents.noted + webhooks.consents),
            ("Refused", sessions.refused + consents.refused),
            ("BelvoCalls", sessions.calls + webhooks.calls + consents.calls),
        ]
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.counts();
        let mut map = serializer.serialize_map(Some(counts.len()))?;
        for (name, count) in counts {
            map.serialize_entry(name, &count)?;
        }
        map.end()
    }
}

/// One line a tick.
pub(crate) fn log(answer: &Answer) {
    let counts = serde_json::to_string(answer).unwrap_or_default();
    if answer.webhooks.dead > 0 {
        tracing::warn!(dead = answer.webhooks.dead, "webhooks wait for an operator");
    }
    tracing::info!(counts, "follow-up");
}

/// The metrics of a tick.
#[expect(clippy::cast_precision_loss, reason = "a metric is a double; nothing here comes near 2^53")]
pub(crate) fn metrics(answer: &Answer, now: Timestamp) -> String {
    let metric = |(name, count)| Metric { name, unit: Unit::Count, value: count as f64 };
    let metrics: Vec<_> = answer.counts().into_iter().map(metric).collect();
    metrics::line("follow-up", now, &metrics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_is_told_by_its_name_in_answer_and_metrics_alike() {
        let webhooks = Tally { worked: 3, consents: 1, calls: 2, ..Tally::default() };
        let consents = Noted { noted: 1, calls: 1, ..Noted::default() };
        let answer = Answer { webhooks, consents, ..Answer::default() };
        let told = serde_json::to_value(answer).expect("JSON");
        let count = |name: &str| told[name].as_u64();
        let counts = (count("WebhooksWorked"), count("ConsentsNoted"), count("BelvoCalls"));
        assert_eq!(counts, (Some(3), Some(2), Some(3)));
        let line = metrics(&answer, Timestamp::UNIX_EPOCH);
        assert!(answer.counts().iter().all(|(name, _)| line.contains(name)), "{line}");
    }
}
