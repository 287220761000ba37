//! Deletions at Belvo, and erasures: once a minute, what is due is carried a step further.
//!
//! The only function that may delete anything: links at Belvo, if an operator switched that on, and what is left of a
//! user who is erased. Any number of runs may happen at once and be cut off anywhere.

use adapters::{
    metrics::{self, Metric, Unit},
    telemetry::{chain, ticked},
};
use domain::{
    deletion::{Deleter, Store, Tally, WorkError},
    policy::{Policy, before},
    ports::{Ambient, Provider, ProviderDeletion, Timer},
};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Serialize;
use serde_json::Value;

/// The event: nothing in it counts.
pub type Tick = Value;

/// A run stops at least this long before its deadline: one call to Belvo may be under way.
const RESERVE: SignedDuration = SignedDuration::from_secs(15);

/// What the function needs.
#[derive(Debug)]
pub struct Deps<S, P, A> {
    /// The store.
    pub store: S,
    /// Belvo.
    pub provider: P,
    /// Time, chance and waiting.
    pub ambient: A,
    /// The rules' figures.
    pub policy: Policy,
    /// Belvo's environment, for the counters of calls.
    pub account: String,
}

/// A run that broke off. What was done stays done, and the next one goes on.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Failed(#[from] WorkError);

impl Failed {
    fn code(&self) -> &'static str {
        match self.0 {
            WorkError::Store(_) => "StoreUnavailable",
            WorkError::Provider(_) => "BelvoUnavailable",
        }
    }
}

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        Self { error_type: failed.code().to_owned(), error_message: failed.to_string() }
    }
}

/// What a run came to, for whoever invoked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Links that Belvo was asked to delete.
    pub asked: usize,
    /// Links that Belvo confirmed to be gone.
    pub confirmed: usize,
    /// Erasures that were completed.
    pub erased: usize,
    /// Deletions that somebody should look at.
    pub overdue: usize,
    /// Deletions and erasures that wait because deletion is off or stopped.
    pub held_back: usize,
}

impl From<Tally> for Answer {
    fn from(tally: Tally) -> Self {
        let Tally { asked, confirmed, erased, overdue, held_back, .. } = tally;
        Self { asked, confirmed, erased, overdue, held_back }
    }
}

/// What Lambda calls.
pub async fn handle<S, P, A>(deps: &Deps<S, P, A>, event: LambdaEvent<Tick>) -> Result<Answer, Failed>
where
    S: Store,
    P: Provider + ProviderDeletion,
    A: Ambient + Timer,
{
    let request_id = event.context.request_id.clone();
    let answered = answer(deps, event).await;
    let (outcome, code) = match &answered {
        Ok(_) => ("done", "ok"),
        Err(failed) => ("failed", failed.code()),
    };
    ticked("delete-links", &request_id, outcome, code);
    answered
}

async fn answer<S, P, A>(deps: &Deps<S, P, A>, event: LambdaEvent<Tick>) -> Result<Answer, Failed>
where
    S: Store,
    P: Provider + ProviderDeletion,
    A: Ambient + Timer,
{
    let now = deps.ambient.now();
    let deadline = i64::try_from(event.context.deadline).ok();
    let deadline = deadline.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let until = deadline.filter(|at| *at > now).map(|at| before(at, RESERVE));
    let tally = run(deps, until).await?;
    if tally != Tally::default() {
        metrics::emit(&measured(&tally, deps.ambient.now()));
    }
    Ok(tally.into())
}

/// One run, with its line in the log when anything was due: mostly nothing is.
pub async fn run<S, P, A>(deps: &Deps<S, P, A>, until: Option<Timestamp>) -> Result<Tally, Failed>
where
    S: Store,
    P: Provider + ProviderDeletion,
    A: Ambient + Timer,
{
    let Deps { store, provider, ambient, policy, account } = deps;
    let deleter = Deleter { store, provider, ambient, policy, account };
    let ran = Box::pin(deleter.run(until)).await; // it is large, and held by whoever calls
    let tally = ran.inspect_err(|error| tracing::error!(cause = chain(error), "deletions"))?;
    if tally != Tally::default() {
        tell(&tally);
    }
    Ok(tally)
}

fn tell(tally: &Tally) {
    let Tally { asked, confirmed, marked, taken_back, overdue, held_back, erased, refused, skipped } = *tally;
    tracing::info!(
        asked,
        confirmed,
        marked,
        taken_back,
        overdue,
        held_back,
        erased,
        refused,
        skipped,
        "deletions"
    );
}

/// An alarm looks at `Overdue`.
fn measured(tally: &Tally, at: Timestamp) -> String {
    let counts = [
        ("Asked", tally.asked),
        ("Confirmed", tally.confirmed),
        ("Marked", tally.marked),
        ("TakenBack", tally.taken_back),
        ("Overdue", tally.overdue),
        ("HeldBack", tally.held_back),
        ("Erased", tally.erased),
        ("Refused", tally.refused),
        ("Skipped", tally.skipped),
    ];
    let metric = |(name, count): (&'static str, usize)| Metric {
        name,
        unit: Unit::Count,
        value: u32::try_from(count).map_or(f64::MAX, f64::from),
    };
    metrics::line("delete-links", at, &counts.map(metric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_finds_what_is_overdue_by_its_name() {
        let line = measured(&Tally { overdue: 3, ..Tally::default() }, Timestamp::UNIX_EPOCH);
        let read: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!((&read["Overdue"], &read["Function"]), (&Value::from(3.0), &Value::from("delete-links")));
    }
}
