//! How things stand after a tick, whether it swept or not: what alarms look at that nobody else would tell.

use adapters::{
    metrics::{self, Metric, Unit},
    telemetry::chain,
};
use domain::{failure::StoreError, sweep::Store};
use jiff::Timestamp;

/// The quarantine is counted up to here: more is more than anybody looks through.
const MOST: usize = 10_000;

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When the last full sweep ended; `None` before the first.
    pub swept_at: Option<Timestamp>,
    /// Since when the link waits that waits longest for Belvo.
    pub waits_since: Option<Timestamp>,
    /// How many links are in quarantine, counted up to ten thousand.
    pub quarantined: usize,
}

/// Tells it. A table that does not answer fails no tick that was done.
pub(crate) async fn tell<S: Store>(store: &S, now: Timestamp) {
    match read(store).await {
        Ok(standing) => metrics::emit(&line(standing, now)),
        Err(error) => tracing::warn!(error = %chain(&error), "how things stand is not known"),
    }
}

/// Reads it: the state, and an entry or a count of each index.
pub async fn read<S: Store>(store: &S) -> Result<Standing, StoreError> {
    let swept_at = store.state().await?.last_full.map(|last| last.finished_at);
    let waits_since = store.named(1).await?.first().map(|entry| entry.made);
    Ok(Standing { swept_at, waits_since, quarantined: store.quarantine_size(MOST).await? })
}

/// Nothing waits: 0 seconds. No full sweep yet: nothing to tell of its age.
#[expect(clippy::cast_precision_loss, reason = "a metric is a double; nothing here comes near 2^53")]
fn line(standing: Standing, now: Timestamp) -> String {
    let age = |since: Timestamp| now.duration_since(since).as_secs().max(0) as f64;
    let seconds = |name, value| Metric { name, unit: Unit::Seconds, value };
    let mut metrics = vec![
        seconds("OldestUnbound", standing.waits_since.map_or(0.0, age)),
        Metric { name: "QuarantineSize", unit: Unit::Count, value: standing.quarantined as f64 },
    ];
    metrics.extend(standing.swept_at.map(|at| seconds("SweepLag", age(at))));
    metrics::line("reconcile", now, &metrics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_445_600 + second).expect("a time")
    }

    fn told(standing: Standing) -> Value {
        serde_json::from_str(&line(standing, at(100))).expect("JSON")
    }

    #[test]
    fn ages_are_told_in_seconds_and_never_below_none() {
        let told = told(Standing { swept_at: Some(at(40)), waits_since: Some(at(130)), quarantined: 7 });
        assert_eq!((&told["SweepLag"], &told["OldestUnbound"]), (&60.0.into(), &0.0.into()));
        assert_eq!(told["QuarantineSize"], Value::from(7.0));
    }

    #[test]
    fn before_the_first_full_sweep_there_is_no_lag() {
        let told = told(Standing { swept_at: None, waits_since: None, quarantined: 0 });
        assert_eq!(told.get("SweepLag"), None);
        assert_eq!(told["OldestUnbound"], Value::from(0.0));
    }
}
