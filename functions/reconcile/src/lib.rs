//! The scheduled sweep: compares everything at Belvo with everything here, repairs what can be repaired
//! safely, and returns a report with counts.
//!
//! The tick that starts it carries no input: a sweep is the same whoever asks for it, however often.

use adapters::telemetry::chain;
use domain::{
    policy::Policy,
    ports::{Ambient, Census, Ledgers, Provider},
    sweep::{Mode, Report, SweepError, sweep},
};
use lambda_runtime::Diagnostic;

/// The scheduled event. Nothing of it is used.
pub type Tick = serde::de::IgnoredAny;

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

/// A sweep that came to no conclusion. Nothing was lost: the next tick starts anew.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Failed(#[from] SweepError);

impl From<Failed> for Diagnostic {
    fn from(failed: Failed) -> Self {
        let error_type = match &failed.0 {
            SweepError::Store(_) => "StoreUnavailable",
            SweepError::Provider(_) => "BelvoUnavailable",
        };
        Self { error_type: error_type.to_owned(), error_message: failed.to_string() }
    }
}

/// Sweeps once. One summary line a run; what failed goes to Lambda, which counts it.
pub async fn handle<S, P, A>(deps: &Deps<S, P, A>) -> Result<Report, Failed>
where
    S: Ledgers + Census,
    P: Provider,
    A: Ambient,
{
    let Deps { store, provider, ambient, policy } = deps;
    let swept = sweep(store, provider, ambient, policy, Mode::Apply).await;
    let (_, report) = swept.inspect_err(|error| tracing::error!(cause = chain(error), "sweep"))?;
    let actions = serde_json::to_string(&report.actions).unwrap_or_default();
    tracing::info!(
        listed = report.listed,
        known = report.known,
        withheld = report.withheld,
        conflicts = report.conflicts,
        unreadable = report.unreadable,
        actions,
        "sweep"
    );
    Ok(report)
}
