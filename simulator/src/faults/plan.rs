//! Which faults hit which request. Nothing but the seed and the number of the request decides.

use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Fault, FaultKind};

/// The faults that are set.
#[derive(Default)]
pub(crate) struct Plan {
    pub(super) set: Vec<Planned>,
}

/// A fault and what has become of it.
pub(super) struct Planned {
    fault: Fault,
    since: Timestamp,
    seen: u64,
    hits: u64,
    /// The last record of the page before, for the drift.
    pub(super) last: Option<Value>,
}

/// A fault that hits a request: its place in the plan, its kind, and how often it has hit, this one included.
pub(super) struct Hit {
    pub(super) place: usize,
    pub(super) kind: FaultKind,
    pub(super) number: u64,
}

impl Plan {
    /// Adds one.
    pub(crate) fn add(&mut self, fault: Fault, now: Timestamp) {
        self.set.push(Planned { fault, since: now, seen: 0, hits: 0, last: None });
    }

    /// What is set.
    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.set.iter().map(|planned| planned.fault.clone()).collect()
    }

    /// Those that hit this request.
    pub(super) fn hits(&mut self, route: &str, path: &str, widget: bool, now: Timestamp) -> Vec<Hit> {
        let all = self.set.iter_mut().enumerate();
        all.filter(|(_, planned)| planned.fault.kind.is_of_widget() == widget)
            .filter_map(|(place, planned)| {
                let number = planned.next(route, path, now)?;
                Some(Hit { place, kind: planned.fault.kind.clone(), number })
            })
            .collect()
    }
}

impl Planned {
    fn next(&mut self, route: &str, path: &str, now: Timestamp) -> Option<u64> {
        let fault = &self.fault;
        let over = fault.seconds.is_some_and(|seconds| {
            self.since.checked_add(i64::from(seconds).seconds()).is_ok_and(|end| end <= now)
        });
        let elsewhere = fault.route.as_deref().is_some_and(|wanted| wanted != route)
            || fault.link.as_deref().is_some_and(|link| !path.trim_end_matches('/').ends_with(link));
        if over || elsewhere || fault.times.is_some_and(|times| self.hits >= times) {
            return None;
        }
        self.seen += 1;
        (draw(fault.seed, self.seen) < fault.rate).then(|| {
            self.hits += 1;
            self.hits
        })
    }
}

/// From 0 to below 1.
fn draw(seed: u64, number: u64) -> f64 {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(number.to_be_bytes()).finalize();
    let [a, b, c, d, ..] = <[u8; 32]>::from(digest);
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}
