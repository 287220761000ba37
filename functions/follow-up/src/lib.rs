//! What waits for its time, worked every minute: sessions that ended without a callback are looked up, webhooks that
//! were taken in are worked off, consents that end soon are noted.
//!
//! What one tick does not come to is still due for the next, so a tick may stop or be cut off at any moment, and two
//! at once do no harm.

mod told;

use std::time::Duration;

use adapters::{
    belvo::webhook_said,
    metrics,
    telemetry::{chain, ticked},
};
use domain::{
    failure::Outage,
    follow_up::{self, Follower, look_up, note_consents},
    policy::{Policy, before},
    ports::{Ambient, Consents, Provider},
    webhooks::{self, Desk},
};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;

pub use told::Answer;

/// The event. A schedule's says nothing that matters.
pub type Tick = Value;

/// Nothing new is begun so long before the deadline: a call to Belvo with its waits may take a while.
const RESERVE: SignedDuration = SignedDuration::from_secs(20);
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

/// What a store must be able to do.
pub trait Store: webhooks::Store + follow_up::Store {}

impl<T: webhooks::Store + follow_up::Store> Store for T {}

/// A tick that broke off. Nothing was lost: what was not done is still due.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Failed(#[from] Outage);

impl Failed {
    fn code(&self) -> &'static str {
        match self.0 {
            Outage::Store(_) => "StoreUnavailable",
            Outage::Provider(_) => "BelvoUnavailable",
        }
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Self { error_type: failed.code().to_owned(), error_message: failed.to_string() }
    }
}

/// What Lambda calls. What failed goes back to it, which counts it.
pub async fn handle<S: Store, P: Provider + Consents, A: Ambient>(
    deps: &Deps<S, P, A>,
    event: LambdaEvent<Tick>,
) -> Result<Answer, Failed> {
    let request_id = event.context.request_id.clone();
    let answered = answer(deps, event).await;
    let (outcome, code) = match &answered {
        Ok(_) => ("done", "ok"),
        Err(failed) => ("failed", failed.code()),
    };
    ticked("follow-up", &request_id, outcome, code);
    answered
}

async fn answer<S: Store, P: Provider + Consents, A: Ambient>(
    deps: &Deps<S, P, A>,
    event: LambdaEvent<Tick>,
) -> Result<Answer, Failed> {
    let began = deps.ambient.now();
    let deadline = deadline(event.context.deadline, began);
    let until = deadline.map(|at| before(at, RESERVE));
    let time = deadline.map(|at| before(at, ANSWERING).duration_since(began));
    let answer = within(time, tick(deps, until)).await?;
    metrics::emit(&told::metrics(&answer, deps.ambient.now()));
    Ok(answer)
}

/// One tick, with a summary in the log. Sessions come first: their users may be waiting.
pub async fn tick<S: Store, P: Provider + Consents, A: Ambient>(
    deps: &Deps<S, P, A>,
    until: Option<Timestamp>,
) -> Result<Answer, Failed> {
    let worked = Box::pin(work(deps, until)).await; // it is large, and held by whoever calls
    let answer = worked.inspect_err(|error| tracing::error!(cause = chain(error), "follow-up"))?;
    told::log(&answer);
    Ok(answer)
}

async fn work<S: Store, P: Provider + Consents, A: Ambient>(
    deps: &Deps<S, P, A>,
    until: Option<Timestamp>,
) -> Result<Answer, Outage> {
    let Deps { store, provider, ambient, policy } = deps;
    let on = Follower { store, provider, ambient, policy, until };
    let sessions = look_up(&on).await?;
    let desk = Desk { on, read: webhook_said };
    let webhooks = desk.work().await?;
    let consents = note_consents(&desk.on).await?;
    Ok(Answer { sessions, webhooks, consents })
}

/// When Lambda ends the tick. A deadline that was over before the tick began is an emulator's, and none.
fn deadline(millis: u64, began: Timestamp) -> Option<Timestamp> {
    let at = i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    at.filter(|at| *at > began)
}

/// The tick, or nothing to tell when its time is up: what it did is done, and the rest is still due.
async fn within(
    time: Option<SignedDuration>,
    tick: impl Future<Output = Result<Answer, Failed>>,
) -> Result<Answer, Failed> {
    let Some(time) = time else { return tick.await };
    match tokio::time::timeout(Duration::try_from(time).unwrap_or_default(), tick).await {
        Ok(ended) => ended,
        Err(_cut_off) => {
            tracing::warn!("the tick was cut off; what was not done is still due");
            Ok(Answer::default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_was_over_before_the_tick_began_is_none() {
        let at = |second: i64| Timestamp::from_second(1_772_445_600 + second).expect("a time");
        let millis = |at: Timestamp| u64::try_from(at.as_millisecond()).expect("after 1970");
        assert_eq!((deadline(0, at(0)), deadline(millis(at(0)), at(0))), (None, None));
        assert_eq!(deadline(millis(at(29)), at(0)), Some(at(29)));
    }

    #[tokio::test]
    async fn a_tick_that_does_not_stop_in_time_is_dropped_and_answered_for() {
        let cut_off = within(Some(SignedDuration::ZERO), std::future::pending()).await;
        assert_eq!(cut_off.expect("an answer"), Answer::default());
        let done = within(None, async { Ok(Answer::default()) }).await;
        assert_eq!(done.expect("an answer"), Answer::default());
    }
}
