//! Publishes what happened: the table's stream brings what was filed in the audit trail, and what concerns the outside
//! goes to the event bus.
//!
//! At least once, and each user's events in order: where the bus does not take one, nothing behind it of that user is
//! told, and Lambda brings the batch again from there. A record that cannot be read would come again for ever and
//! hold up all behind it, so it is counted, told in the log by its kind, and passed over: it stays in the trail.

use std::convert::Infallible;

use adapters::{
    dynamo::Batch,
    metrics::{self, Metric, Unit},
    telemetry::{chain, ticked},
};
use domain::{
    policy::before,
    ports::{Ambient, Publisher},
    published::{Published, publish},
};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Context, LambdaEvent};
use serde::Serialize;

/// A call to the bus is not begun later than this before Lambda's deadline: it may take as long.
const RESERVE: SignedDuration = SignedDuration::from_secs(6);

/// What the function needs.
#[derive(Debug)]
pub struct Deps<P, A> {
    /// The event bus.
    pub publisher: P,
    /// Time and chance.
    pub ambient: A,
}

/// What Lambda is to bring again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Empty, or the first record that was not told.
    pub batch_item_failures: Vec<Failure>,
}

/// A record that was not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// Its number in the stream.
    pub item_identifier: String,
}

/// The events of a batch, with the numbers of their records.
#[derive(Default)]
struct Told {
    events: Vec<Published>,
    numbers: Vec<String>,
    unreadable: usize,
}

impl Told {
    fn of(batch: &Batch) -> Self {
        let mut told = Self::default();
        for record in &batch.records {
            match record.filed() {
                Ok(filed) => {
                    if let Some(event) = filed.as_ref().and_then(Published::of) {
                        told.events.push(event);
                        told.numbers.push(record.sequence_number().to_owned());
                    }
                }
                Err(error) => {
                    told.unreadable += 1;
                    tracing::error!(error = %chain(&error), "passed over");
                }
            }
        }
        told
    }
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    published: usize,
    unpublished: usize,
    unreadable: usize,
}

/// What Lambda calls. It does not fail: what was not told is named in the answer.
pub async fn handle<P: Publisher, A: Ambient>(
    deps: &Deps<P, A>,
    event: LambdaEvent<Batch>,
) -> Result<Answer, Infallible> {
    let deadline = deadline(&event.context, deps.ambient.now());
    let (answer, counts) = tell(deps, &event.payload, deadline).await;
    let outcome = if answer.batch_item_failures.is_empty() { "done" } else { "comes_again" };
    ticked("publish-events", &event.context.request_id, outcome, "ok");
    metrics::emit(&line(counts, deps.ambient.now()));
    Ok(answer)
}

async fn tell<P: Publisher, A: Ambient>(
    deps: &Deps<P, A>,
    batch: &Batch,
    deadline: Option<Timestamp>,
) -> (Answer, Counts) {
    let Told { events, numbers, unreadable } = Told::of(batch);
    let in_time = || deadline.is_none_or(|at| deps.ambient.now() < before(at, RESERVE));
    let missed = publish(&deps.publisher, &events, in_time).await.err();
    let first = missed.map(|missed| {
        tracing::warn!(error = %chain(&missed), "comes again");
        missed.first
    });
    let published = first.unwrap_or(events.len());
    let counts = Counts { published, unpublished: events.len().saturating_sub(published), unreadable };
    let failed = first.and_then(|first| numbers.get(first).cloned());
    let failures = failed.map(|item_identifier| Failure { item_identifier });
    (Answer { batch_item_failures: failures.into_iter().collect() }, counts)
}

/// When Lambda ends this. A deadline that was over before it began is an emulator's, and none.
fn deadline(context: &Context, began: Timestamp) -> Option<Timestamp> {
    let at = i64::try_from(context.deadline).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    at.filter(|at| *at > began)
}

fn line(counts: Counts, at: Timestamp) -> String {
    let count = |name, value: usize| {
        let value = f64::from(u32::try_from(value).unwrap_or(u32::MAX));
        Metric { name, unit: Unit::Count, value }
    };
    let counts = [
        count("Published", counts.published),
        count("Unpublished", counts.unpublished),
        count("Unreadable", counts.unreadable),
    ];
    metrics::line("publish-events", at, &counts)
}

#[cfg(test)]
mod tests;
