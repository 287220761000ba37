//! What a tick leaves behind for whoever watches: an answer, a line in the log, metrics.

use adapters::metrics::{self, Metric, Unit};
use domain::{
    change::Action,
    sweep::{Outcome, Report, Scope},
};
use jiff::Timestamp;
use serde::Serialize;

/// What a tick answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// How it ended, in one word.
    pub outcome: &'static str,
    /// What was counted so far, all ticks of the sweep together; null when this tick did not sweep, or was cut off.
    pub report: Option<Report>,
    /// Until when somebody else is at it, at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub busy_until: Option<Timestamp>,
}

impl Answer {
    /// Time was up before the sweep could say how far it is. Its checkpoint stands.
    pub(crate) const CUT_OFF: Self = Self { outcome: UNFINISHED, report: None, busy_until: None };
}

const UNFINISHED: &str = "unfinished";

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        let word = word(&outcome);
        let swept = |report| Self { outcome: word, report: Some(report), busy_until: None };
        match outcome {
            Outcome::Finished(report) | Outcome::Unfinished(report) | Outcome::Overtaken(report) => {
                swept(report)
            }
            Outcome::Busy(until) => Self { outcome: word, report: None, busy_until: Some(until) },
            Outcome::NothingDue => Self { outcome: word, report: None, busy_until: None },
        }
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Finished(_) => "finished",
        Outcome::Unfinished(_) => UNFINISHED,
        Outcome::Overtaken(_) => "overtaken",
        Outcome::Busy(_) => "busy",
        Outcome::NothingDue => "nothing_due",
    }
}

/// One line a tick: counts, and nothing that points at a person.
pub(crate) fn log(outcome: &Outcome) {
    let Some(report) = outcome.report() else {
        tracing::info!(outcome = word(outcome), "sweep");
        return;
    };
    let counts = &report.counts;
    let actions = serde_json::to_string(&counts.actions).unwrap_or_default();
    tracing::info!(
        outcome = word(outcome),
        scope = scope(&report.scope),
        began = %report.started_at,
        remaining_days = report.remaining_days,
        listed = counts.listed,
        known = counts.known,
        quarantined = counts.quarantined,
        absent = counts.absent,
        conflicts = counts.conflicts,
        refused = counts.refused,
        unreadable = counts.unreadable,
        shared_logins = counts.shared_logins,
        withheld = report.withheld,
        left = report.left,
        belvo_calls = report.spent.belvo_calls,
        actions,
        "sweep"
    );
    if let (Outcome::Finished(_), Some(plan)) = (outcome, &report.plan) {
        tracing::warn!(plan = plan.as_str(), withheld = report.withheld, "a plan waits for an operator");
    }
}

/// The user of a sweep of one is nobody's business.
fn scope(scope: &Scope) -> &'static str {
    match scope {
        Scope::Full => "full",
        Scope::Recent => "recent",
        Scope::Days { .. } => "days",
        Scope::User(_) => "user",
    }
}

/// The metrics of a tick that swept. Counts are those of the whole sweep, so they are told once, at its end: whoever
/// adds them up counts nothing twice.
pub(crate) fn metrics(answer: &Answer, began: Timestamp, now: Timestamp) -> Option<String> {
    let finished = match answer.outcome {
        "finished" => true,
        UNFINISHED | "overtaken" => false,
        _ => return None,
    };
    let seconds = Metric {
        name: "Seconds",
        unit: Unit::Seconds,
        value: (now - began).total(jiff::Unit::Second).unwrap_or(0.0),
    };
    let mut metrics = vec![count("Finished", usize::from(finished)), seconds];
    if let Some(report) = answer.report.as_ref().filter(|_| finished) {
        metrics.extend(counted(report));
    }
    Some(metrics::line("reconcile", now, &metrics))
}

fn counted(report: &Report) -> impl Iterator<Item = Metric> {
    let (counts, spent) = (&report.counts, &report.spent);
    let things = [
        ("Listed", counts.listed),
        ("Known", counts.known),
        ("Quarantined", counts.quarantined),
        ("Orphans", report.count(Action::Bind) + report.count(Action::Quarantine)),
        ("Bound", report.count(Action::Bind)),
        ("Refreshed", report.count(Action::Refresh)),
        ("Superseded", report.count(Action::Supersede)),
        ("NotedMissing", report.count(Action::NoteMissing)),
        ("Retired", report.count(Action::Retire)),
        ("Withheld", report.withheld),
        ("Conflicts", counts.conflicts),
        ("Refused", counts.refused),
        ("Unreadable", counts.unreadable),
        ("Absent", counts.absent),
        ("SharedLogins", counts.shared_logins),
    ];
    let units = [("ReadUnits", spent.read_units), ("WriteUnits", spent.write_units)];
    let calls = [("BelvoCalls", spent.belvo_calls), ("TableRequests", spent.table_requests)];
    let units = units.map(|(name, value)| Metric { name, unit: Unit::Count, value });
    let calls = calls.map(|(name, calls)| count(name, usize::try_from(calls).unwrap_or(usize::MAX)));
    things.into_iter().map(|(name, number)| count(name, number)).chain(units).chain(calls)
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a double; nothing here comes near 2^53")]
fn count(name: &'static str, number: usize) -> Metric {
    Metric { name, unit: Unit::Count, value: number as f64 }
}

#[cfg(test)]
mod tests;
