//! The scheduled sweep: one tick of comparing everything at Belvo with everything here and repairing what can be
//! repaired safely.
//!
//! A tick goes on where the one before stopped, and stops in time itself: before Lambda does, with a checkpoint.
//! Should it be cut off all the same, the checkpoint of a moment ago stands.

pub mod order;
pub mod standing;
mod told;

use std::time::Duration;

use adapters::{
    metrics,
    telemetry::{chain, ticked},
};
use domain::{
    policy::{Policy, before},
    ports::Ambient,
    sweep::{Listing, Order, Outcome, Store, SweepError, Sweeper},
};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Diagnostic, LambdaEvent};
use order::OrderError;
use serde_json::Value;

pub use told::Answer;

/// The event: what is to be swept, if anything is said.
pub type Tick = Value;

/// A tick stops at least this long before its deadline,
const LEAST_RESERVE: SignedDuration = SignedDuration::from_secs(10);
/// or this part of its time, if that is more: what is under way may take a while to end.
const RESERVE: i32 = 5;
/// What has not stopped by then is dropped, and the tick still answers.
const ANSWERING: SignedDuration = SignedDuration::from_secs(3);

/// What the function needs.
#[derive(Debug)]
pub struct Deps<S, P, A> {
    /// The store.
    pub store: S,
    /// Belvo.
    pub provider: P,
    /// Time and chance.
    pub ambient: A,
    /// The rules' figures.
    pub policy: Policy,
}

/// A tick that came to nothing. Nothing was lost: the next one goes on from the checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The event asks for what cannot be done.
    #[error("the event: {0}")]
    Order(#[from] OrderError),
    /// The sweep broke off.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

impl Failed {
    fn code(&self) -> &'static str {
        match self {
            Self::Order(_) => "BadEvent",
            Self::Sweep(SweepError::Store(_)) => "StoreUnavailable",
            Self::Sweep(SweepError::Provider(_)) => "BelvoUnavailable",
            Self::Sweep(SweepError::OtherEnvironment) => "OtherEnvironment",
        }
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Self { error_type: failed.code().to_owned(), error_message: failed.to_string() }
    }
}

/// What Lambda calls. What failed goes back to it, which counts it.
pub async fn handle<S: Store, P: Listing, A: Ambient>(
    deps: &Deps<S, P, A>,
    event: LambdaEvent<Tick>,
) -> Result<Answer, Failed> {
    let request_id = event.context.request_id.clone();
    let answered = answer(deps, event).await;
    let (outcome, code) = match &answered {
        Ok(answer) => (answer.outcome, "ok"),
        Err(failed) => ("failed", failed.code()),
    };
    ticked("reconcile", &request_id, outcome, code);
    answered
}

async fn answer<S: Store, P: Listing, A: Ambient>(
    deps: &Deps<S, P, A>,
    event: LambdaEvent<Tick>,
) -> Result<Answer, Failed> {
    let began = deps.ambient.now();
    let asked = order::of(&event.payload).inspect_err(|rule| tracing::error!(%rule, "event"))?;
    let deadline = deadline(event.context.deadline, began);
    let order = Order { until: deadline.map(|at| stop_at(at, began)), ..asked };
    let time = deadline.map(|at| before(at, ANSWERING).duration_since(began));
    let answer = within(time, tick(deps, &order)).await?;
    if let Some(line) = told::metrics(&answer, began, deps.ambient.now()) {
        metrics::emit(&line);
    }
    standing::tell(&deps.store, deps.ambient.now()).await;
    Ok(answer)
}

/// One tick, with a summary in the log.
pub async fn tick<S: Store, P: Listing, A: Ambient>(
    deps: &Deps<S, P, A>,
    order: &Order,
) -> Result<Outcome, Failed> {
    let Deps { store, provider, ambient, policy } = deps;
    let sweeper = Sweeper { store, provider, ambient, policy, watcher: &() };
    let swept = Box::pin(sweeper.tick(order)).await; // it is large, and held by whoever calls
    let outcome = swept.inspect_err(|error| tracing::error!(cause = chain(error), "sweep"))?;
    told::log(&outcome);
    Ok(outcome)
}

/// When Lambda ends the tick. A deadline that was over before the tick began is an emulator's, and none.
fn deadline(millis: u64, began: Timestamp) -> Option<Timestamp> {
    let at = i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    at.filter(|at| *at > began)
}

/// When the tick is to stop by itself.
fn stop_at(deadline: Timestamp, began: Timestamp) -> Timestamp {
    let part = deadline.duration_since(began) / RESERVE;
    before(deadline, part.max(LEAST_RESERVE))
}

/// The tick, or what there is to say when its time is up: a future that is dropped leaves its checkpoint.
async fn within(
    time: Option<SignedDuration>,
    tick: impl Future<Output = Result<Outcome, Failed>>,
) -> Result<Answer, Failed> {
    let Some(time) = time else { return tick.await.map(Answer::from) };
    match tokio::time::timeout(Duration::try_from(time).unwrap_or_default(), tick).await {
        Ok(ended) => ended.map(Answer::from),
        Err(_cut_off) => {
            tracing::warn!("the tick was cut off; the next one goes on from its checkpoint");
            Ok(Answer::CUT_OFF)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_445_600 + second).expect("a time")
    }

    #[test]
    fn a_tick_stops_ten_seconds_before_its_deadline_or_a_fifth_of_its_time() {
        assert_eq!(stop_at(at(900), at(0)), at(720));
        assert_eq!(stop_at(at(30), at(0)), at(20));
        assert_eq!(stop_at(at(5), at(0)), at(-5), "at its first checkpoint");
    }

    #[test]
    fn a_deadline_that_was_over_before_the_tick_began_is_none() {
        let millis = |at: Timestamp| u64::try_from(at.as_millisecond()).expect("after 1970");
        assert_eq!(deadline(0, at(0)), None);
        assert_eq!(deadline(u64::MAX, at(0)), None);
        assert_eq!(deadline(millis(at(0)), at(0)), None);
        assert_eq!(deadline(millis(at(29)), at(0)), Some(at(29)));
    }

    #[tokio::test]
    async fn a_tick_that_does_not_stop_in_time_is_dropped_and_answered_for() {
        let never = std::future::pending();
        let answer = within(Some(SignedDuration::ZERO), never).await.expect("an answer");
        assert_eq!((answer.outcome, answer.report), ("unfinished", None));
        let late = within(Some(SignedDuration::from_secs(-5)), std::future::pending()).await;
        assert_eq!(late.expect("an answer"), Answer::CUT_OFF);
    }

    #[tokio::test]
    async fn a_tick_that_ends_in_time_tells_how() {
        let done = |outcome| async { Ok(outcome) };
        let idle = within(None, done(Outcome::NothingDue)).await.expect("an answer");
        assert_eq!((idle.outcome, idle.busy_until), ("nothing_due", None));
        let minute = Some(SignedDuration::from_mins(1));
        let busy = within(minute, done(Outcome::Busy(at(60)))).await.expect("an answer");
        assert_eq!((busy.outcome, busy.busy_until), ("busy", Some(at(60))));
    }
}
